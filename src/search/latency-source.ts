import { loadLatency } from '../datasets/load.js';
import { analyticDevice } from '../devices/catalogue.js';
import { type AnalyticDevice, NetworkDoesNotFitError } from '../devices/device.js';
import { InputError, quote } from '../errors.js';
import { listModels } from '../predictors/model-folder.js';
import { loadPredictor } from '../predictors/saved.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import type { LatencyLimit } from './constraints.js';
import type { CandidatePool } from './pool.js';

/** Where latencies of a device come from: measurements, a formula, or else a trained predictor. */
export interface LatencyQuery {
  readonly device: string;
  /** A latency CSV with the device in it. */
  readonly measured?: string;
  /** Folder of predictors. */
  readonly models: string;
}

/**
 * The latencies of a pool's candidates on a device, ms; infinite for a network that was not measured or does not
 * fit.
 *
 * @throws InputError if nothing is known of the device
 */
export async function latencyOf(
  pool: CandidatePool,
  { device, measured, models }: LatencyQuery,
): Promise<Pick<LatencyLimit, 'device' | 'latencyMs'>> {
  const { space, architectures } = pool;
  if (measured !== undefined) {
    return { device, latencyMs: await measuredLatency(measured, device, space, architectures) };
  }
  if (device.includes(':')) {
    const analytic = analyticDevice(device);
    const latencyMs = Float64Array.from(architectures, (a) => analyticLatency(analytic, space, a));
    return { device, latencyMs };
  }
  const entries = (await listModels(models)).filter((entry) => 'card' in entry);
  const found = entries.find(({ card }) => card.device === device && card.space === space.name);
  if (!found) {
    const known = entries.filter(({ card }) => card.space === space.name).map(({ card }) => card.device);
    throw new InputError(
      `there is no predictor for ${quote(device)} in ${space.name}; there are ${known.join(', ') || 'none'} ` +
        'in --models, analytic devices (fnas:zcu102), or a column of --latency',
      { field: '--device' },
    );
  }
  const predictor = await loadPredictor(found.folder);
  try {
    return { device, latencyMs: await predictor.predict(architectures) };
  } finally {
    await predictor.release();
  }
}

async function measuredLatency(
  file: string,
  device: string,
  space: SearchSpace,
  architectures: readonly Architecture[],
): Promise<Float64Array> {
  const samples = await loadLatency(file, { space, device, duplicates: 'mean' });
  const measured = new Map(samples.architectures.map((a, i) => [space.format(a), samples.latencyMs[i]]));
  return Float64Array.from(architectures, (a) => measured.get(space.format(a)) ?? Number.POSITIVE_INFINITY);
}

function analyticLatency(device: AnalyticDevice, space: SearchSpace, architecture: Architecture): number {
  try {
    return device.latency(space.toNetwork(space.prune(architecture))).latencyMs;
  } catch (error) {
    if (error instanceof NetworkDoesNotFitError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
