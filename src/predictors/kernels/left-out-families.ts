import { mean, median } from 'simple-statistics';
import { type Calibration, sharesWithin } from '../intervals/calibration.js';
import { positionIn, type Quantiles, quantilesOf } from '../intervals/quantiles.js';
import { probabilityWithin } from '../intervals/within-limit.js';
import { spearman } from '../metrics.js';
import { evidenceOf, familiarityOf } from './familiarity.js';
import { fitKernels, KernelsModel, type KernelsPosterior, type NetworkTime } from './kernels-model.js';
import type { TimedNetwork } from './timed-network.js';

/** The prediction of a network by a model without its family. */
export interface LeftOutNetwork {
  readonly network: TimedNetwork & { readonly totalUs: number };
  readonly time: NetworkTime;
  readonly familiar: boolean;
}

/** Standard deviation of the logarithm of a total that no kernel explains. */
const FLOOR = 0.05;

/** Scale of a prediction's error in log space, before calibration. */
export const errorScale = ({ logStd }: NetworkTime): number => Math.hypot(logStd, FLOOR);

/**
 * Predicts every network with a model of all others except those of its family. Families in `always` are part
 * of every model, and are not predicted.
 *
 * @param always families to learn from every time: probes, which share no structure, or a space's
 *   architectures
 * @param source another device, from whose kernels each model starts
 */
export async function leaveFamiliesOut(
  networks: readonly TimedNetwork[],
  always: ReadonlySet<string>,
  hooks: { onFamily?(done: number, families: number): void; signal?: AbortSignal } = {},
  source?: KernelsPosterior,
): Promise<LeftOutNetwork[]> {
  const families = [...new Set(networks.map(({ family }) => family))].filter((family) => !always.has(family));
  if (families.length < 2) return [];
  const left: LeftOutNetwork[] = [];
  for (const [done, family] of families.entries()) {
    if (hooks.signal?.aborted) break;
    hooks.onFamily?.(done, families.length);
    left.push(
      ...predicted(
        networks.filter((network) => network.family !== family),
        networks.filter((network) => network.family === family),
        source,
      ),
    );
    // Fits take seconds: let signals and progress bars run in between.
    await new Promise(setImmediate);
  }
  hooks.onFamily?.(families.length, families.length);
  return left;
}

/** Predicts networks with a model of other networks and, if given, of another device. */
export function predicted(
  known: readonly TimedNetwork[],
  asked: readonly TimedNetwork[],
  source?: KernelsPosterior,
): LeftOutNetwork[] {
  const model = new KernelsModel(fitKernels(known, source));
  const evidence = evidenceOf(known);
  return asked.flatMap((network) => {
    const { totalUs } = network;
    if (totalUs === undefined) return [];
    const time = model.predict(network.kernels);
    return [{ network: { ...network, totalUs }, time, familiar: familiarityOf(evidence, time).familiar }];
  });
}

/**
 * Multiple of the error's scale that covers a share of a new family's networks: a quantile in which all
 * families have equal weight.
 *
 * @returns undefined with fewer than five families
 */
export function calibratedMultiple(left: readonly LeftOutNetwork[], level: number): number | undefined {
  const families = familySizes(left);
  if (families.size < 5) return undefined;
  const scores = left
    .map(({ network, time }) => ({
      score: Math.abs(Math.log(network.totalUs / time.totalUs)) / errorScale(time),
      weight: 1 / (families.get(network.family) ?? 1),
    }))
    .sort((a, b) => a.score - b.score);
  const enough = level * families.size;
  let weight = 0;
  for (const { score, weight: own } of scores) {
    weight += own;
    if (weight >= enough - 1e-9) return score;
  }
  return scores[scores.length - 1].score;
}

/** Half-widths of intervals as multiples of the error's scale, as in a card. */
export interface Multiples {
  readonly multiple: number;
  readonly unfamiliarMultiple: number;
}

/**
 * Multiples that cover a share of the networks of new families.
 *
 * @returns undefined with fewer than five families
 */
export function multiplesOf(left: readonly LeftOutNetwork[], level: number): Multiples | undefined {
  const all = calibratedMultiple(left, level);
  // If few are familiar, all of them determine how wide the interval has to be.
  const multiple =
    calibratedMultiple(
      left.filter(({ familiar }) => familiar),
      level,
    ) ?? all;
  return multiple === undefined ? undefined : { multiple, unfamiliarMultiple: Math.max(multiple, all ?? 0) };
}

/** Where measurements of new families lie along their intervals; all families have equal weight. */
export function leftOutQuantiles(left: readonly LeftOutNetwork[], multiples: Multiples): Quantiles {
  const families = familySizes(left);
  return quantilesOf(
    left.map(({ network: { totalUs, family }, time, familiar }) => ({
      position: positionIn(Math.log(totalUs / time.totalUs), halfWidth({ time, familiar }, multiples)),
      weight: 1 / families.get(family)!,
    })),
  );
}

/**
 * How often limits are met, using quantiles from other families.
 *
 * @returns undefined with too few families
 */
export function calibrationByFamilies(
  left: readonly LeftOutNetwork[],
  level: number,
): Calibration | undefined {
  const own: number[] = [];
  for (const family of familySizes(left).keys()) {
    const others = left.filter(({ network }) => network.family !== family);
    const multiples = multiplesOf(others, level);
    if (!multiples) return undefined;
    const quantiles = leftOutQuantiles(others, multiples);
    for (const asked of left.filter(({ network }) => network.family === family)) {
      const logHigh = Float32Array.of(halfWidth(asked, multiples));
      const spread = { level, logLow: logHigh.map((width) => -width), logHigh, unfamiliarity: logHigh };
      const limit = asked.network.totalUs;
      own.push(
        probabilityWithin(spread, 0, { quantiles }, { value: asked.time.totalUs, limit, better: 'less' }),
      );
    }
  }
  return sharesWithin(own);
}

function halfWidth(
  { time, familiar }: Pick<LeftOutNetwork, 'time' | 'familiar'>,
  { multiple, unfamiliarMultiple }: Multiples,
): number {
  return (familiar ? multiple : unfamiliarMultiple) * errorScale(time);
}

function familySizes(left: readonly LeftOutNetwork[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { network } of left) sizes.set(network.family, (sizes.get(network.family) ?? 0) + 1);
  return sizes;
}

/** Coverage of intervals if each family's are calibrated on the others, and their mean width. */
export function coverageByFamilies(
  left: readonly LeftOutNetwork[],
  level: number,
): { coverage: number; width: number } | undefined {
  let inside = 0;
  let width = 0;
  for (const family of new Set(left.map(({ network }) => network.family))) {
    const multiple = calibratedMultiple(
      left.filter(({ network }) => network.family !== family),
      level,
    );
    if (multiple === undefined) return undefined;
    for (const { network, time } of left) {
      if (network.family !== family) continue;
      const half = multiple * errorScale(time);
      if (Math.abs(Math.log(network.totalUs / time.totalUs)) <= half) inside++;
      width += Math.exp(half) - Math.exp(-half);
    }
  }
  return { coverage: inside / left.length, width: width / left.length };
}

/** How predictions of held-out families compare with measurements. */
export interface LeftOutFamilyScores {
  readonly networks: number;
  readonly mape: number;
  readonly medianError: number;
  readonly within10: number;
  readonly within20: number;
  readonly spearman: number;
}

export function leftOutFamilyScores(left: readonly LeftOutNetwork[]): LeftOutFamilyScores | null {
  if (left.length < 2) return null;
  const errors = left.map(({ network, time }) => Math.abs(time.totalUs - network.totalUs) / network.totalUs);
  const share = (tolerance: number) => errors.filter((error) => error <= tolerance).length / errors.length;
  return {
    networks: left.length,
    mape: mean(errors),
    medianError: median(errors),
    within10: share(0.1),
    within20: share(0.2),
    spearman: spearman(
      Float64Array.from(left, ({ time }) => time.totalUs),
      Float64Array.from(left, ({ network }) => network.totalUs),
    ),
  };
}
