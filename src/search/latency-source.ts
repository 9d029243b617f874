import { InputError, quote } from '../base/errors.js';
import { loadSamples } from '../datasets/load.js';
import { analyticDevice } from '../devices/catalogue.js';
import { type AnalyticDevice, NetworkDoesNotFitError } from '../devices/device.js';
import { LATENCY } from '../metrics/metric.js';
import { upperMultiple } from '../predictors/intervals/interval-model.js';
import { listModels } from '../predictors/saved/model-folder.js';
import { loadPredictor } from '../predictors/saved/saved.js';
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
  readonly margin: Margin;
}

/**
 * What a prediction stays below its limit by: percent of it, or as much as makes a share of networks (0.5 to 0.95) that
 * are predicted so keep within, by that prediction's own interval. Latencies that are measured or computed need none.
 */
export type Margin = { readonly percent: number } | { readonly confidence: number };

/**
 * Of what a search returns: chosen on other devices than those of the reported results, where it makes 95 % of the
 * returned networks keep within (the best network is rarely the one closest to the limit).
 */
export const DEFAULT_CONFIDENCE = 0.8;

/** The latencies of a pool's candidates on a device, ms; infinite for a network that was not measured or does not fit. */
export type PoolLatency = Pick<LatencyLimit, 'device' | 'latencyMs' | 'upperMs'>;

/** @throws InputError if nothing is known of the device */
export async function latencyOf(
  pool: CandidatePool,
  { device, measured, models, margin }: LatencyQuery,
): Promise<PoolLatency> {
  const { space, architectures } = pool;
  if (measured !== undefined) {
    return known(device, await measuredLatency(measured, device, space, architectures));
  }
  if (device.includes(':')) return analyticLatencyOf(pool, device);
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
  return predictedLatencyOf(pool, device, found.folder, margin);
}

/** @throws InputError if there is no such analytic device */
export function analyticLatencyOf({ space, architectures }: CandidatePool, device: string): PoolLatency {
  const analytic = analyticDevice(device);
  return known(
    device,
    Float64Array.from(architectures, (a) => analyticLatency(analytic, space, a)),
  );
}

/**
 * By a saved predictor. One without intervals gives no margin of its own.
 *
 * @throws InputError if its folder is damaged
 */
export async function predictedLatencyOf(
  { architectures }: CandidatePool,
  device: string,
  folder: string,
  margin: Margin,
): Promise<PoolLatency> {
  const predictor = await loadPredictor(folder, { threads: 1 });
  try {
    const latencyMs = await predictor.predict(architectures);
    if ('percent' in margin) {
      return { device, latencyMs, upperMs: latencyMs.map((ms) => ms * (1 + margin.percent / 100)) };
    }
    const spread = await predictor.spread?.(architectures);
    if (!spread) return known(device, latencyMs);
    const multiple = upperMultiple(predictor.card.interval?.upper, margin.confidence);
    const upperMs = latencyMs.map((ms, i) => ms * Math.exp(spread.logHigh[i] * multiple));
    return { device, latencyMs, upperMs };
  } finally {
    await predictor.release();
  }
}

function known(device: string, latencyMs: Float64Array): PoolLatency {
  return { device, latencyMs, upperMs: latencyMs };
}

async function measuredLatency(
  file: string,
  device: string,
  space: SearchSpace,
  architectures: readonly Architecture[],
): Promise<Float64Array> {
  const samples = await loadSamples(file, { space, device, metric: LATENCY, duplicates: 'mean' });
  const measured = new Map(samples.architectures.map((a, i) => [space.format(a), samples.values[i]]));
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
