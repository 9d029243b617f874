import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '../src/base/errors.js';
import { type MeasurementProtocol, type NetworkToMeasure, runCampaign } from '../src/measure/campaign.js';
import { memoryJournal } from '../src/measure/journal.js';
import { architectureModel, type NetworkOptions, referenceArchitecture } from '../src/measure/network.js';
import { type CampaignSummary, type MeasurementSummary, summarise } from '../src/measure/summary.js';
import type { Target } from '../src/measure/target.js';
import type { Architecture, SearchSpace } from '../src/spaces/space.js';
import type { Claim, FleetClient, FleetMeasurement } from './fleet-client.js';
import { keepLease } from './keep-lease.js';
import type { Outbox, Parcel } from './outbox.js';

export interface WorkerOptions {
  readonly device: string;
  readonly target: Target;
  readonly client: FleetClient;
  readonly outbox: Outbox;
  readonly protocol: MeasurementProtocol;
  readonly network: Omit<NetworkOptions, 'deadOperations'>;
  /** Networks to claim at once. */
  readonly count: number;
  /** Pause when there is nothing to do, milliseconds; undefined to end instead. */
  readonly pollMs?: number;
  /** How often to renew the leases of a claim, ms. */
  readonly keepEveryMs?: number;
  readonly signal: AbortSignal;
  readonly onClaim?: (claim: Claim) => void;
  readonly onSent?: (measured: number, failed: number) => void;
}

/** A third of the lease. */
const KEEP_EVERY_MS = 20_000;

/**
 * Measures what a service asks for, claim by claim, until there is nothing more or the signal is aborted. Measurements are
 * on disk before they are sent; if this worker is killed, the next one sends them.
 *
 * @throws InputError if the service refuses a request
 */
export async function work(options: WorkerOptions): Promise<void> {
  try {
    await new Worker(options).run();
  } catch (error) {
    // An abort ends waits and requests by throwing; measurements are in the outbox.
    if (!options.signal.aborted) throw error;
  }
}

class Worker {
  /** The reference's latency at the worker's first claim, by space: later claims are scaled to that speed. */
  private readonly baselinesMs = new Map<string, number>();

  constructor(private readonly options: WorkerOptions) {}

  async run(): Promise<void> {
    const { device, client, outbox, count, pollMs, signal, onClaim } = this.options;
    const unsent = outbox.unsent(device);
    if (unsent) await this.send(unsent);
    while (!signal.aborted) {
      const claim = await client.claim(count);
      if (claim.candidates.length > 0) {
        onClaim?.(claim);
        await this.fulfil(claim);
      } else if (pollMs === undefined) return;
      else await sleep(pollMs, undefined, { signal });
    }
  }

  /** Measures a claim's candidates and sends the results; other workers get them if this one is killed. */
  private async fulfil(claim: Claim): Promise<void> {
    const { client, keepEveryMs = KEEP_EVERY_MS } = this.options;
    const ids = claim.candidates.map(({ id }) => id);
    const stop = keepLease(keepEveryMs, (signal) => client.keep(ids, signal));
    try {
      await this.measureClaim(claim);
    } finally {
      stop();
    }
  }

  private async measureClaim({ space: name, deadOperations, candidates }: Claim): Promise<void> {
    const { device, client, outbox, network, protocol, onSent } = this.options;
    const space = await client.space(name);
    const named = (architecture: Architecture): NetworkToMeasure => ({
      architecture: space.format(architecture),
      model: () => architectureModel(space, architecture, { ...network, deadOperations }),
    });
    /** Why each candidate could not be measured, by identifier. */
    const failures = new Map<string, string>();
    const networks = new Map<string, NetworkToMeasure>();
    const ids = new Map<string, string>();
    for (const { id, architecture } of candidates) {
      try {
        const candidate = named(space.parse(architecture));
        networks.set(candidate.architecture, candidate);
        ids.set(candidate.architecture, id);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        failures.set(id, error.message);
      }
    }
    const summary = await this.measure(space, [...networks.values()], named(referenceArchitecture(space)));
    for (const [architecture, reason] of summary.failures)
      failures.set(ids.get(architecture) as string, reason);
    const measurements = summary.networks
      .filter(({ groups }) => groups >= protocol.rounds)
      .map((network) => measurementsOf(network, ids.get(network.architecture) as string));
    if (measurements.length > 0) {
      const parcel: Parcel = { device, key: randomUUID(), measurements: measurements.flat() };
      outbox.put(parcel);
      await this.send(parcel);
    }
    for (const [id, reason] of failures) await client.fail(id, reason);
    onSent?.(measurements.length, failures.size);
  }

  private async measure(
    space: SearchSpace,
    candidates: readonly NetworkToMeasure[],
    reference: NetworkToMeasure,
  ): Promise<CampaignSummary> {
    const { target, protocol, signal } = this.options;
    const journal = memoryJournal();
    if (candidates.length > 0)
      await runCampaign(target, candidates, reference, protocol, journal, { signal });
    const summary = summarise(journal.entries, this.baselinesMs.get(space.name));
    const { baselineMs } = summary.drift;
    if (!Number.isNaN(baselineMs)) this.baselinesMs.set(space.name, baselineMs);
    return summary;
  }

  private async send({ key, measurements }: Parcel): Promise<void> {
    const { client, outbox } = this.options;
    try {
      await client.send(key, measurements);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError(`${error.message}; the measurements are kept in ${outbox.path}`);
    }
    outbox.clear();
  }
}

/** A candidate's measurements in the service's form: its latency, and other metrics the target reports. */
function measurementsOf(
  { architecture, latencyMs, values }: MeasurementSummary,
  candidate: string,
): FleetMeasurement[] {
  const others = Object.entries(values);
  return [
    { architecture, candidate, latencyMs },
    ...others.map(([metric, value]) => ({ architecture, candidate, metric, value })),
  ];
}
