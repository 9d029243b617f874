import { setTimeout as sleep } from 'node:timers/promises';
import type { CandidateAnswer, TempographClient } from '../client/index.js';
import { InputError } from '../src/base/errors.js';
import { LATENCY, metricKey } from '../src/metrics/metric.js';
import type { Measurer } from '../src/search/limits/measurer.js';
import type { SearchSpace } from '../src/spaces/space.js';
import { accepted } from './fleet-client.js';

const POLL_MS = 1000;
/** Without a worker for so long it is said what is waited for, ms. */
const TELL_AFTER_MS = 10_000;

export interface FleetMeasurerOptions {
  readonly client: TempographClient;
  /** As the service knows it. */
  readonly device: string;
  readonly space: SearchSpace;
  /** Told once of a network that no worker takes. */
  readonly onWait?: (architecture: string) => void;
  /** How often the service is asked, ms; 1,000 by default. */
  readonly pollMs?: number;
}

/**
 * Has a service's workers measure networks: `tempograph measure --server` on the device.
 *
 * @returns a measurer that throws InputError if the workers give up on a network or the service refuses it
 */
export function fleetMeasurer({
  client,
  device,
  space,
  onWait,
  pollMs = POLL_MS,
}: FleetMeasurerOptions): Measurer {
  return async (architecture, signal) => {
    const text = space.format(architecture);
    const wanted = { space: space.name, architectures: [text] };
    const { queued, waiting } = await accepted(client.queueCandidates(device, wanted, { signal }));
    const [{ id }] = [...queued, ...waiting];
    const tellAt = performance.now() + TELL_AFTER_MS;
    let isTold = false;
    for (;;) {
      const found = await accepted(client.candidate(device, id, { signal }));
      if (found.state === 'failed') throw refusal(text, found.reason ?? 'its workers do not say why');
      if (found.state === 'measured') return latencyMs(found);
      if (found.state === 'queued' && !isTold && performance.now() > tellAt) {
        isTold = true;
        onWait?.(text);
      }
      await sleep(pollMs, undefined, { signal });
    }
  };
}

/** @throws InputError if the workers have measured another metric */
function latencyMs({ architecture, measurements }: CandidateAnswer): number {
  const latency = measurements.find(({ metric }) => metric === metricKey(LATENCY));
  if (latency) return latency.value;
  throw refusal(architecture, 'its workers have measured no latency');
}

function refusal(architecture: string, why: string): InputError {
  return new InputError(`${architecture} cannot be measured: ${why}`, { field: '--measure' });
}
