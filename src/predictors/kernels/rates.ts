import type { Kernel } from '../../runtimes/kernel.js';
import { addOuter, Cholesky } from './cholesky.js';
import { groupOf } from './groups.js';
import type { TimedKernel, TimedNetwork } from './timed-network.js';

/** What a kernel's time is the sum of: padded multiply-accumulates, activation bytes, weight bytes, the call. */
const TERMS = 4;

export function terms({ paddedMacs, inBytes, outBytes, weightBytes }: Kernel): readonly number[] {
  return [paddedMacs, inBytes + outBytes, weightBytes, 1];
}

/** Natural logarithms of microseconds per multiply-accumulate, byte, weight byte and call of an ordinary core. */
const ORDINARY = [1e-5, 1e-4, 1e-4, 1].map(Math.log);

/** Standard deviations, in log space, of the priors that hold a level's rates at those above it. */
const SPREAD = { all: 2, group: 1, kind: 0.7 } as const;

/** By how much closer to another device's the rates and factors of a device are than to ordinary ones. */
export const OF_TRANSFER = Math.SQRT1_2;

/** What rates alone leave open of a kernel's and of a network's log time. */
const KERNEL_MISFIT = 0.3;
const TOTAL_MISFIT = 0.1;
/** Steps of the profiler's clock and its jitter, microseconds. */
export const CLOCK_US = 0.8;

const ITERATIONS = 25;

/** Logarithms of the rates of all kernels, of groups relative to it, of kinds relative to their group. */
export interface Rates {
  readonly all: readonly number[];
  readonly groups: ReadonlyMap<string, readonly number[]>;
  readonly kinds: ReadonlyMap<string, readonly number[]>;
  /** What a call costs beside its kernels, microseconds. */
  readonly callUs: number;
}

/** A kernel's time by its rates, microseconds; those of an unknown kind are its group's. */
export function ratedUs({ all, groups, kinds }: Rates, kernel: Kernel): number {
  const group = groups.get(groupOf(kernel.kind));
  const kind = kinds.get(kernel.kind);
  return terms(kernel).reduce(
    (sum, amount, c) => sum + amount * Math.exp(all[c] + (group?.[c] ?? 0) + (kind?.[c] ?? 0)),
    0,
  );
}

/**
 * Positive rates per kind of kernel, each shrunk towards its group's and those towards all kernels': the most likely
 * ones under normal priors of their logarithms, given the logarithms of kernel times and totals.
 *
 * @param kernels profiled kernels
 * @param networks networks of which only the total is known
 * @param callUs what a call costs beside its kernels, where it is known
 * @param source rates of another device, which are likely here too but for the pace of all
 */
export function fitRates(
  kernels: readonly TimedKernel[],
  networks: readonly TimedNetwork[],
  callUs: number | undefined,
  source?: Rates,
): Rates {
  const all = [...kernels.map(({ kernel }) => kernel), ...networks.flatMap((network) => network.kernels)];
  const kinds = [...new Set([...all.map(({ kind }) => kind), ...(source?.kinds.keys() ?? [])])];
  const groups = [...new Set(kinds.map(groupOf))];
  const kindAt = new Map(kinds.map((kind, i) => [kind, TERMS * (1 + groups.length + i)]));
  const groupAt = new Map(groups.map((group, i) => [group, TERMS * (1 + i)]));
  const size = TERMS * (1 + groups.length + kinds.length) + 1;
  const callAt = size - 1;
  const totals = networks.map(({ kernels: run, totalUs = 0 }) => ({ amounts: amountsByKind(run), totalUs }));
  const usual: Rates = source ?? { all: ORDINARY, groups: new Map(), kinds: new Map(), callUs: 0 };
  const pace = paceOf(usual, kernels, networks);
  const prior = new Float64Array(size);
  prior.set(usual.all.map((log) => log + pace));
  for (const [group, at] of groupAt) prior.set(usual.groups.get(group) ?? [], at);
  for (const [kind, at] of kindAt) prior.set(usual.kinds.get(kind) ?? [], at);
  const least = Math.min(...totals.map(({ totalUs }) => totalUs));
  prior[callAt] = Math.log(callUs ?? (Number.isFinite(least) ? 0.05 * least : 1));
  const closer = source ? OF_TRANSFER : 1;
  const spread = (i: number) => {
    if (i === callAt) return callUs === undefined ? 1.5 : 1e-3;
    return closer * (i < TERMS ? SPREAD.all : i < TERMS * (1 + groups.length) ? SPREAD.group : SPREAD.kind);
  };
  const precision = Float64Array.from({ length: size }, (_, i) => spread(i) ** -2);
  const places = (kind: string) => [0, groupAt.get(groupOf(kind)) ?? 0, kindAt.get(kind) ?? 0];

  /** Adds the derivatives by each log rate of `kind`'s part of a time. */
  const differentiate = (
    theta: Float64Array,
    kind: string,
    amounts: readonly number[],
    into: Float64Array,
  ) => {
    const at = places(kind);
    let us = 0;
    for (let c = 0; c < TERMS; c++) {
      const part = amounts[c] * Math.exp(theta[at[0] + c] + theta[at[1] + c] + theta[at[2] + c]);
      us += part;
      for (const place of at) into[place + c] += part;
    }
    return us;
  };

  let theta = prior.slice();
  let damping = 1e-3;
  const evaluate = (at: Float64Array, normal?: { matrix: Float64Array; gradient: Float64Array }) => {
    let loss = 0;
    for (let i = 0; i < size; i++) loss += precision[i] * (at[i] - prior[i]) ** 2;
    const row = new Float64Array(size);
    for (const { kernel, us } of kernels) {
      const touched = places(kernel.kind);
      for (const place of touched) row.fill(0, place, place + TERMS);
      const rated = differentiate(at, kernel.kind, terms(kernel), row);
      const weight = 1 / (KERNEL_MISFIT ** 2 + (CLOCK_US / us) ** 2);
      const residual = Math.log(us / rated);
      loss += weight * residual ** 2;
      if (normal) addSparse(normal, size, row, touched, 1 / rated, weight, residual);
    }
    for (const { amounts, totalUs } of totals) {
      row.fill(0);
      let rated = Math.exp(at[callAt]);
      row[callAt] = rated;
      for (const [kind, amount] of amounts) rated += differentiate(at, kind, amount, row);
      const weight = TOTAL_MISFIT ** -2;
      const residual = Math.log(totalUs / rated);
      loss += weight * residual ** 2;
      if (!normal) continue;
      addOuter(normal.matrix, size, row, weight / rated ** 2);
      for (let i = 0; i < size; i++) normal.gradient[i] += (weight * residual * row[i]) / rated;
    }
    return loss;
  };

  // Levenberg and Marquardt's method.
  let loss = evaluate(theta);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const normal = { matrix: new Float64Array(size * size), gradient: new Float64Array(size) };
    evaluate(theta, normal);
    for (let i = 0; i < size; i++) {
      normal.matrix[i * size + i] += precision[i] * (1 + damping);
      normal.gradient[i] -= precision[i] * (theta[i] - prior[i]);
    }
    const step = Cholesky.of(normal.matrix, size).solve(normal.gradient);
    const next = theta.map((value, i) => value + step[i]);
    const nextLoss = evaluate(next);
    if (nextLoss < loss) {
      const gain = loss - nextLoss;
      theta = next;
      loss = nextLoss;
      damping = Math.max(1e-6, damping / 10);
      if (gain < 1e-5 * loss) break;
    } else {
      damping = Math.max(1, damping * 10);
    }
  }
  const cut = (at: number) => [...theta.subarray(at, at + TERMS)];
  return {
    all: cut(0),
    groups: new Map(groups.map((group) => [group, cut(groupAt.get(group) ?? 0)])),
    kinds: new Map(kinds.map((kind) => [kind, cut(kindAt.get(kind) ?? 0)])),
    callUs: Math.exp(theta[callAt]),
  };
}

/** Amounts of each term, kind by kind. */
function amountsByKind(kernels: readonly Kernel[]): ReadonlyMap<string, number[]> {
  const amounts = new Map<string, number[]>();
  for (const kernel of kernels) {
    const sum = amounts.get(kernel.kind) ?? [0, 0, 0, 0];
    for (const [c, amount] of terms(kernel).entries()) sum[c] += amount;
    amounts.set(kernel.kind, sum);
  }
  return amounts;
}

/** By how much the device is slower than rates say, in log space: a median over what was measured. */
function paceOf(rates: Rates, kernels: readonly TimedKernel[], networks: readonly TimedNetwork[]): number {
  const logs = [
    ...kernels.map(({ kernel, us }) => Math.log(us / ratedUs(rates, kernel))),
    ...networks.map(({ kernels: run, totalUs = 0 }) =>
      Math.log(totalUs / run.reduce((sum, kernel) => sum + ratedUs(rates, kernel), 0)),
    ),
  ].sort((a, b) => a - b);
  return logs[Math.floor(logs.length / 2)] ?? 0;
}

/** Adds weight·g·gᵀ and weight·residual·g, g being `row` scaled, which is zero but for the touched places. */
function addSparse(
  { matrix, gradient }: { matrix: Float64Array; gradient: Float64Array },
  size: number,
  row: Float64Array,
  touched: readonly number[],
  scale: number,
  weight: number,
  residual: number,
): void {
  const columns = touched.flatMap((place) => [place, place + 1, place + 2, place + 3]);
  for (const i of columns) {
    const scaled = weight * scale * row[i];
    gradient[i] += scaled * residual;
    for (const j of columns) if (j <= i) matrix[i * size + j] += scaled * scale * row[j];
  }
}
