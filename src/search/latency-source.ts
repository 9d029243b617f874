import { InputError, quote } from '../base/errors.js';
import { loadSamples } from '../datasets/load.js';
import { analyticDevice } from '../devices/catalogue.js';
import { type AnalyticDevice, NetworkDoesNotFitError } from '../devices/device.js';
import { LATENCY, type Metric, sameMetric } from '../metrics/metric.js';
import { type KeptQuantiles, limitLog } from '../predictors/intervals/within-limit.js';
import { kernelsOf } from '../predictors/kernels/find.js';
import { SpaceKernels } from '../predictors/kernels/space-kernels.js';
import type { Predictor } from '../predictors/predictor.js';
import { targetOf } from '../predictors/saved/card.js';
import { listModels } from '../predictors/saved/model-folder.js';
import { loadPredictor } from '../predictors/saved/saved.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import type { CandidateCost } from './constraints.js';
import type { CandidatePool } from './pool.js';

/** Where a device's metric comes from: measurements, a formula, or otherwise a trained predictor. */
export interface CostQuery {
  readonly device: string;
  /** Latency if absent. */
  readonly metric?: Metric;
  /** A CSV of measurements that includes the device. */
  readonly measured?: string;
  /** Folder of predictors. */
  readonly models: string;
  readonly margin: Margin;
}

/**
 * Safety margin between a prediction and its limit: a percentage of the prediction, or the margin with which
 * a share (0.5 to 0.95) of networks predicted at this value are within the limit, by the prediction's own
 * interval. Measured or computed latencies need none.
 */
export type Margin = { readonly percent: number } | { readonly confidence: number };

/**
 * Default confidence. It was chosen on devices other than those of the reported results. There, 95 % of the
 * returned networks are within the limit (the best network is rarely the one closest to it).
 */
export const DEFAULT_CONFIDENCE = 0.8;

/** @throws InputError if nothing is known about the device's metric */
export async function costOf(
  pool: CandidatePool,
  { device, metric = LATENCY, measured, models, margin }: CostQuery,
): Promise<CandidateCost> {
  const { space } = pool;
  if (measured !== undefined)
    return known(device, metric, await measuredValues(measured, device, metric, pool));
  if (device.includes(':') && metric.name === LATENCY.name) return analyticLatencyOf(pool, device);
  const entries = (await listModels(models)).filter((entry) => 'card' in entry);
  const ofMetric = entries.filter(
    ({ card }) => card.space === space.name && sameMetric(targetOf(card).metric, metric),
  );
  const found = ofMetric.find(({ card }) => card.device === device);
  const kernels = found || metric.name !== LATENCY.name ? undefined : await kernelsOf(models, device);
  if (kernels) {
    const quantiles = kernels.card.interval ?? undefined;
    return costBy(new SpaceKernels(kernels, space), pool, { device, metric, margin }, quantiles);
  }
  if (!found) {
    const there = ofMetric.map(({ card }) => card.device).join(', ') || 'none';
    throw new InputError(
      `there is no predictor of ${metric.name} for ${quote(device)} in ${space.name}; there are ${there} ` +
        'in --models, analytic devices (fnas:zcu102) for latency, or a column of --measured',
      { field: '--device' },
    );
  }
  return predictedCostOf(pool, device, found.folder, margin);
}

/** @throws InputError if there is no such analytic device */
export function analyticLatencyOf({ space, architectures }: CandidatePool, device: string): CandidateCost {
  const analytic = analyticDevice(device);
  return known(
    device,
    LATENCY,
    Float64Array.from(architectures, (a) => analyticLatency(analytic, space, a)),
  );
}

/**
 * Costs from a saved predictor. One without intervals provides no margin of its own.
 *
 * @throws InputError if its folder is damaged
 */
export async function predictedCostOf(
  pool: CandidatePool,
  device: string,
  folder: string,
  margin: Margin,
): Promise<CandidateCost> {
  const predictor = await loadPredictor(folder, { threads: 1 });
  try {
    const { metric } = targetOf(predictor.card);
    return await costBy(predictor, pool, { device, metric, margin }, predictor.card.interval);
  } finally {
    await predictor.release();
  }
}

/** @param quantiles of measurements along the predictor's intervals */
async function costBy(
  predictor: Predictor,
  { architectures }: CandidatePool,
  { device, metric, margin }: { device: string; metric: Metric; margin: Margin },
  quantiles?: KeptQuantiles,
): Promise<CandidateCost> {
  const values = await predictor.predict(architectures);
  if ('percent' in margin) {
    const factor = (1 + margin.percent / 100) ** (metric.better === 'less' ? 1 : -1);
    return { device, metric, values, worst: values.map((value) => value * factor) };
  }
  const spread = await predictor.spread?.(architectures);
  if (!spread) return known(device, metric, values);
  const wanted = { probability: margin.confidence, better: metric.better };
  const worst = values.map((value, i) => value * Math.exp(limitLog(spread, i, quantiles, wanted)));
  return { device, metric, values, worst };
}

function known(device: string, metric: Metric, values: Float64Array): CandidateCost {
  return { device, metric, values, worst: values };
}

async function measuredValues(
  file: string,
  device: string,
  metric: Metric,
  { space, architectures }: CandidatePool,
): Promise<Float64Array> {
  const samples = await loadSamples(file, { space, device, metric, duplicates: 'mean' });
  const measured = new Map(samples.architectures.map((a, i) => [space.format(a), samples.values[i]]));
  const unknown = metric.better === 'less' ? Number.POSITIVE_INFINITY : 0;
  return Float64Array.from(architectures, (a) => measured.get(space.format(a)) ?? unknown);
}

function analyticLatency(device: AnalyticDevice, space: SearchSpace, architecture: Architecture): number {
  try {
    return device.latency(space.toNetwork(space.prune(architecture))).latencyMs;
  } catch (error) {
    if (error instanceof NetworkDoesNotFitError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
