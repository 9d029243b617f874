import { Random } from '../../base/random.js';
import { conformalHalfWidth } from '../intervals/conformal.js';
import { LEVEL } from '../intervals/interval.js';
import { type MeanAndStd, meanAndStd, spearman, within } from '../metrics.js';
import { intervalFactor, logErrors } from './adapted-interval.js';
import { leastSquares } from './baselines.js';
import { type TransferMethod, type TransferResult, type TransferRows, transferMethods } from './methods.js';
import { choose, type SelectionStrategy } from './selection.js';

/** Number of candidates from which a strategy chooses, drawn anew for every seed. */
const CANDIDATES = 500;

/**
 * Chooses the samples from which to learn a device: candidates are drawn at random, and the strategy chooses
 * among them.
 *
 * @returns positions of rows, the most useful first
 */
export function chooseSamples(
  { basis, columns }: TransferRows,
  {
    strategy,
    count,
    seed,
  }: { readonly strategy: SelectionStrategy; readonly count: number; readonly seed: number },
): number[] {
  const candidates = Array.from(
    new Random(seed).permutation(columns.rows).subarray(0, Math.max(CANDIDATES, count)),
  );
  const chosen = choose(basis, columns.subMatrixRow(candidates), { strategy, count, seed });
  return chosen.map((i) => candidates[i]);
}

/** A method's scores on a device with a number of samples, over several seeds. */
export interface TransferScores {
  readonly device: string;
  readonly method: string;
  /** How the samples were chosen. */
  readonly strategy: SelectionStrategy;
  readonly samples: number;
  readonly spearman: MeanAndStd;
  /** Share within ±10 % of the measured latency. */
  readonly within10: MeanAndStd;
  /** Time in s from the samples to a predictor. */
  readonly adaptSeconds: MeanAndStd;
  /**
   * Share of test samples inside the 90 % interval from held-out residuals, and the intervals' mean width
   * relative to the prediction; null if a method has no intervals, or if there are too few samples for the
   * level (fewer than 9).
   */
  readonly coverage90: MeanAndStd | null;
  readonly width90: MeanAndStd | null;
  /** The device's additivity: see `additivity`. */
  readonly additivity: number;
}

/** A method's scores with one choice of samples. */
export interface TransferTrial {
  readonly device: string;
  readonly method: string;
  readonly strategy: SelectionStrategy;
  readonly samples: number;
  readonly seed: number;
  readonly spearman: number;
  readonly within10: number;
  readonly adaptSeconds: number;
  /** Share inside the 90 % intervals, and their mean width relative to the prediction; null if there are none. */
  readonly coverage90: number | null;
  readonly width90: number | null;
}

export interface TransferProtocol {
  readonly device: string;
  readonly samples: readonly number[];
  readonly seeds: readonly number[];
  readonly strategy: SelectionStrategy;
  readonly methods?: readonly TransferMethod[];
  onTrial?(): void;
}

/**
 * Learns a device from few samples and scores the rest, for every seed: candidates are drawn at random, the
 * strategy chooses among them, each method learns from the first 10, 20, … chosen, and all other samples are
 * for testing.
 *
 * @param rows all of the device's architectures
 * @param values `[architecture]`, in the metric's unit
 */
export async function transferTrials(
  rows: TransferRows,
  values: Float64Array,
  protocol: TransferProtocol,
): Promise<TransferTrial[]> {
  const { device, samples, seeds, strategy, methods = transferMethods } = protocol;
  const trials: TransferTrial[] = [];
  const most = Math.max(...samples);
  for (const seed of seeds) {
    const chosen = chooseSamples(rows, { strategy, count: most, seed });
    for (const count of samples) {
      const train = chosen.slice(0, count);
      const known = new Set(train);
      const test = [...values.keys()].filter((i) => !known.has(i));
      const measured = Float64Array.from(test, (i) => values[i]);
      const task = { rows, train, values: Float64Array.from(train, (i) => values[i]), test, seed };
      for (const method of methods) {
        const result = await method.run(task);
        const { predicted, adaptSeconds } = result;
        const intervals = coverageOf(result, task.values, measured);
        trials.push({
          device,
          method: method.name,
          strategy,
          samples: count,
          seed,
          spearman: spearman(predicted, measured),
          within10: within(predicted, measured, 0.1),
          adaptSeconds,
          coverage90: intervals?.coverage90 ?? null,
          width90: intervals?.width90 ?? null,
        });
        protocol.onTrial?.();
      }
    }
  }
  return trials;
}

/** Mean and deviation over the seeds of one device's trials, with a row per number of samples, strategy and method. */
export function summariseTrials(trials: readonly TransferTrial[], additive: number): TransferScores[] {
  const groups = new Map<string, TransferTrial[]>();
  for (const trial of trials) {
    const key = `${trial.samples} ${trial.strategy} ${trial.method}`;
    groups.set(key, [...(groups.get(key) ?? []), trial]);
  }
  return [...groups.values()].map((list): TransferScores => {
    const { device, method, strategy, samples } = list[0];
    const over = (of: (trial: TransferTrial) => number) => meanAndStd(list.map(of));
    return {
      device,
      method,
      strategy,
      samples,
      spearman: over((t) => t.spearman),
      within10: over((t) => t.within10),
      adaptSeconds: over((t) => t.adaptSeconds),
      coverage90: list.every((t) => t.coverage90 !== null) ? over((t) => t.coverage90!) : null,
      width90: list.every((t) => t.width90 !== null) ? over((t) => t.width90!) : null,
      additivity: additive,
    };
  });
}

/** The trials of a protocol and their summary; see `transferTrials`. */
export async function evaluateTransfer(
  rows: TransferRows,
  values: Float64Array,
  protocol: TransferProtocol,
): Promise<TransferScores[]> {
  return summariseTrials(await transferTrials(rows, values, protocol), additivity(rows, values));
}

/**
 * Share of test samples inside the intervals, and their mean width; undefined if there are too few samples
 * for intervals.
 */
function coverageOf(
  { predicted, heldOut, deviation }: TransferResult,
  trained: Float64Array,
  measured: Float64Array,
): { coverage90: number; width90: number } | undefined {
  if (!heldOut) return undefined;
  const errors = logErrors(heldOut, trained);
  const factor = deviation ? intervalFactor(errors, deviation.heldOut) : conformalHalfWidth(errors, LEVEL);
  if (!Number.isFinite(factor)) return undefined;
  const halves = measured.map((_, i) => factor * (deviation?.test[i] ?? 1));
  const inside = logErrors(predicted, measured).filter((error, i) => error <= halves[i]).length;
  const widths = halves.reduce((sum, half) => sum + Math.exp(half) - Math.exp(-half), 0);
  return { coverage90: inside / measured.length, width90: widths / measured.length };
}

/** Number of samples for the additivity: half to fit, half to test. */
const ADDITIVITY_SAMPLES = 4000;

/** Additivity from which a lookup table of operation counts is as good as any predictor. */
export const TRIVIAL = 0.99;

/**
 * How well a linear model of operation counts explains latency: its R² on held-out samples, at least 0. A
 * benchmark on a device near 1 is trivial.
 */
export function additivity({ counts }: TransferRows, values: Float64Array): number {
  const order = Array.from(new Random(0).permutation(values.length)).slice(0, ADDITIVITY_SAMPLES);
  const half = order.length >> 1;
  const [fit, test] = [order.slice(0, half), order.slice(half)];
  const predicted = leastSquares(
    counts.subMatrixRow(fit),
    Float64Array.from(fit, (i) => values[i]),
  )(counts.subMatrixRow(test));
  const mean = test.reduce((sum, i) => sum + values[i], 0) / test.length;
  const total = test.reduce((sum, i) => sum + (values[i] - mean) ** 2, 0);
  const left = test.reduce((sum, i, at) => sum + (values[i] - predicted[at]) ** 2, 0);
  return total > 0 ? Math.max(0, 1 - left / total) : 1;
}
