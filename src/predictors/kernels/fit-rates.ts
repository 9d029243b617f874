import type { Kernel } from '../../runtimes/kernel.js';
import { addOuter, Cholesky } from '../cholesky.js';
import { groupOf } from './groups.js';
import { type Rates, ratedUs, TERMS, terms } from './rates.js';
import type { ProfiledKernel, TimedNetwork } from './timed-network.js';

/** Natural logarithms of microseconds per multiply-accumulate, byte, weight byte and call on an ordinary core. */
const ORDINARY = [1e-5, 1e-4, 1e-4, 1].map(Math.log);

/** Standard deviations of the priors, in log space, that tie the rates of a level to those above. */
const SPREAD = { all: 2, group: 1, kind: 0.7 } as const;

/** Factor by which a device's rates and factors are closer to those of a source device than to ordinary ones. */
export const OF_TRANSFER = Math.SQRT1_2;

/** Standard deviation of a kernel's (or network's) log time that rates alone leave unexplained. */
const KERNEL_MISFIT = 0.3;
const TOTAL_MISFIT = 0.1;
/** Resolution of the profiler's clock, including its jitter, in microseconds. */
export const CLOCK_US = 0.8;

/**
 * Variance of a kernel's log time due to the clock. It is relative to the longer of the measured and the
 * predicted time: a kernel measured as next to nothing only shows that it takes no more than the clock's
 * resolution.
 */
export const clockVariance = (measuredUs: number, ratedUs: number): number =>
  (CLOCK_US / Math.max(measuredUs, ratedUs)) ** 2;

const ITERATIONS = 25;

/**
 * Fits positive rates per kernel kind, each shrunk towards its group's, which are shrunk towards those of all
 * kernels: the most likely rates under normal priors of their logarithms, given the logarithms of kernel
 * times and totals.
 *
 * @param kernels profiled kernels
 * @param networks networks of which only the total is known
 * @param callUs cost of a call in addition to its kernels in microseconds, if known
 * @param source rates of another device, expected here too except for a common factor
 */
export function fitRates(
  kernels: readonly ProfiledKernel[],
  networks: readonly TimedNetwork[],
  callUs: number | undefined,
  source?: Rates,
): Rates {
  const layout = layoutOf(kernels, networks, source);
  const prior = priorOf(layout, kernels, networks, callUs, source);
  const totals = networks.map(({ kernels: run, totalUs = 0 }) => ({ amounts: amountsByKind(run), totalUs }));
  return layout.rates(mostLikely({ layout, prior, kernels, totals }));
}

/** Positions of the log rates in a vector: those of all kernels, of groups, of kinds, then the call's time. */
interface Layout {
  readonly size: number;
  readonly callAt: number;
  readonly groupAt: ReadonlyMap<string, number>;
  readonly kindAt: ReadonlyMap<string, number>;
  /** Where the three parts of a kind's rates begin. The parts add up. */
  places(kind: string): readonly [all: number, group: number, kind: number];
  rates(theta: Float64Array): Rates;
}

function layoutOf(
  kernels: readonly ProfiledKernel[],
  networks: readonly TimedNetwork[],
  source: Rates | undefined,
): Layout {
  const all = [...kernels.map(({ kernel }) => kernel), ...networks.flatMap((network) => network.kernels)];
  const kinds = [...new Set([...all.map(({ kind }) => kind), ...(source?.kinds.keys() ?? [])])];
  const groups = [...new Set(kinds.map(groupOf))];
  const groupAt = new Map(groups.map((group, i) => [group, TERMS * (1 + i)]));
  const kindAt = new Map(kinds.map((kind, i) => [kind, TERMS * (1 + groups.length + i)]));
  const callAt = TERMS * (1 + groups.length + kinds.length);
  return {
    size: callAt + 1,
    callAt,
    groupAt,
    kindAt,
    places: (kind) => [0, groupAt.get(groupOf(kind)) ?? 0, kindAt.get(kind) ?? 0],
    rates(theta) {
      const cut = (at: number) => [...theta.subarray(at, at + TERMS)];
      const each = (places: ReadonlyMap<string, number>) =>
        new Map([...places].map(([name, at]) => [name, cut(at)]));
      return { all: cut(0), groups: each(groupAt), kinds: each(kindAt), callUs: Math.exp(theta[callAt]) };
    },
  };
}

/** Independent normal priors. */
interface NormalPrior {
  readonly mean: Float64Array;
  /** Inverse variances. */
  readonly precision: Float64Array;
}

function priorOf(
  { size, callAt, groupAt, kindAt }: Layout,
  kernels: readonly ProfiledKernel[],
  networks: readonly TimedNetwork[],
  callUs: number | undefined,
  source: Rates | undefined,
): NormalPrior {
  const usual: Rates = source ?? { all: ORDINARY, groups: new Map(), kinds: new Map(), callUs: 0 };
  const pace = paceOf(usual, kernels, networks);
  const mean = new Float64Array(size);
  mean.set(usual.all.map((log) => log + pace));
  for (const [group, at] of groupAt) mean.set(usual.groups.get(group) ?? [], at);
  for (const [kind, at] of kindAt) mean.set(usual.kinds.get(kind) ?? [], at);
  const least = Math.min(...networks.map(({ totalUs = 0 }) => totalUs));
  mean[callAt] = Math.log(callUs ?? (Number.isFinite(least) ? 0.05 * least : 1));
  const closer = source ? OF_TRANSFER : 1;
  const spread = (i: number) => {
    if (i === callAt) return callUs === undefined ? 1.5 : 1e-3;
    return closer * (i < TERMS ? SPREAD.all : i < TERMS * (1 + groupAt.size) ? SPREAD.group : SPREAD.kind);
  };
  return { mean, precision: Float64Array.from({ length: size }, (_, i) => spread(i) ** -2) };
}

/** The data that rates are fitted to. */
interface Fit {
  readonly layout: Layout;
  readonly prior: NormalPrior;
  readonly kernels: readonly ProfiledKernel[];
  readonly totals: readonly { readonly amounts: ReadonlyMap<string, number[]>; readonly totalUs: number }[];
}

/** Normal equations of a step: `[size, size]`, lower triangle, and `[size]`. */
interface NormalEquations {
  readonly matrix: Float64Array;
  readonly gradient: Float64Array;
}

/** Levenberg-Marquardt iterations, starting at the priors' means. */
function mostLikely(fit: Fit): Float64Array {
  const { size } = fit.layout;
  const { mean, precision } = fit.prior;
  let theta = mean.slice();
  let damping = 1e-3;
  let loss = lossAt(fit, theta);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const normal = { matrix: new Float64Array(size * size), gradient: new Float64Array(size) };
    lossAt(fit, theta, normal);
    for (let i = 0; i < size; i++) {
      normal.matrix[i * size + i] += precision[i] * (1 + damping);
      normal.gradient[i] -= precision[i] * (theta[i] - mean[i]);
    }
    const step = Cholesky.of(normal.matrix, size).solve(normal.gradient);
    const next = theta.map((value, i) => value + step[i]);
    const nextLoss = lossAt(fit, next);
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
  return theta;
}

/**
 * Twice the negative log posterior, up to a constant. If normal equations are given, adds the terms of
 * kernels and totals to them.
 */
function lossAt(
  { layout, prior, kernels, totals }: Fit,
  theta: Float64Array,
  normal?: NormalEquations,
): number {
  const { size, callAt } = layout;
  let loss = 0;
  for (let i = 0; i < size; i++) loss += prior.precision[i] * (theta[i] - prior.mean[i]) ** 2;
  const row = new Float64Array(size);
  for (const { kernel, us } of kernels) {
    const touched = layout.places(kernel.kind);
    for (const place of touched) row.fill(0, place, place + TERMS);
    const rated = addDerivatives(theta, touched, terms(kernel), row);
    const weight = 1 / (KERNEL_MISFIT ** 2 + clockVariance(us, rated));
    const residual = Math.log(us / rated);
    loss += weight * residual ** 2;
    if (normal) addSparse(normal, size, row, touched, 1 / rated, weight, residual);
  }
  for (const { amounts, totalUs } of totals) {
    row.fill(0);
    let rated = Math.exp(theta[callAt]);
    row[callAt] = rated;
    for (const [kind, amount] of amounts) rated += addDerivatives(theta, layout.places(kind), amount, row);
    const weight = TOTAL_MISFIT ** -2;
    const residual = Math.log(totalUs / rated);
    loss += weight * residual ** 2;
    if (!normal) continue;
    addOuter(normal.matrix, size, row, weight / rated ** 2);
    for (let i = 0; i < size; i++) normal.gradient[i] += (weight * residual * row[i]) / rated;
  }
  return loss;
}

/** A kind's part of a time in microseconds. Adds its derivatives with respect to the log rates at `places` to `row`. */
function addDerivatives(
  theta: Float64Array,
  places: readonly [number, number, number],
  amounts: readonly number[],
  row: Float64Array,
): number {
  const [all, group, kind] = places;
  let us = 0;
  for (let c = 0; c < TERMS; c++) {
    const part = amounts[c] * Math.exp(theta[all + c] + theta[group + c] + theta[kind + c]);
    us += part;
    for (const place of places) row[place + c] += part;
  }
  return us;
}

/** Amounts of each term, by kind. */
function amountsByKind(kernels: readonly Kernel[]): ReadonlyMap<string, number[]> {
  const amounts = new Map<string, number[]>();
  for (const kernel of kernels) {
    const sum = amounts.get(kernel.kind) ?? [0, 0, 0, 0];
    for (const [c, amount] of terms(kernel).entries()) sum[c] += amount;
    amounts.set(kernel.kind, sum);
  }
  return amounts;
}

/** The log factor by which the device is slower than the rates predict: the median over its measurements. */
function paceOf(rates: Rates, kernels: readonly ProfiledKernel[], networks: readonly TimedNetwork[]): number {
  const logs = [
    ...kernels.map(({ kernel, us }) => Math.log(us / ratedUs(rates, kernel))),
    ...networks.map(({ kernels: run, totalUs = 0 }) =>
      Math.log(totalUs / run.reduce((sum, kernel) => sum + ratedUs(rates, kernel), 0)),
    ),
  ].sort((a, b) => a - b);
  return logs[Math.floor(logs.length / 2)] ?? 0;
}

/** Adds weight·g·gᵀ and weight·residual·g, where g is `row` scaled, and zero except in the touched places. */
function addSparse(
  { matrix, gradient }: NormalEquations,
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
