import { addOuter, Cholesky, dot } from '../cholesky.js';
import type { FactorBasis, FactorPosterior } from './factor.js';
import type { KernelFeatures } from './features.js';

/** A group of kernels whose factors are learned. */
export interface GroupPart {
  readonly group: string;
  readonly basis: FactorBasis;
  /** Normal equations from the profiled kernels and the prior. */
  readonly matrix: Float64Array;
  readonly right: Float64Array;
}

type SolvedPart = GroupPart & Pick<FactorPosterior, 'weights' | 'precision'>;

/** A network with a known total. */
export interface TotalledNetwork {
  readonly totalUs: number;
  readonly kernels: readonly { group: string; features: KernelFeatures; ratedUs: number }[];
}

/** Standard deviation of a total's noise, in addition to that of its kernels. */
const TOTAL_NOISE = 0.03;
const MOST_STEPS = 12;
/** Iterations stop once a step improves the loss (a log probability) by less. */
const LEAST_GAIN = 0.1;
const LEAST_SHARE = 1 / 64;

/**
 * Solves for all groups' weights together, because totals couple them, by the Gauss-Newton method: each step
 * linearises the logarithms of the totals at the previous weights, and is shortened until the loss falls. The
 * variances kept are those of each group alone.
 */
export function solvedWithTotals(
  parts: readonly GroupPart[],
  runs: readonly TotalledNetwork[],
  callUs: number,
): SolvedPart[] {
  const fit = new TotalsFit(parts, runs, callUs);
  let weights: Float64Array = new Float64Array(fit.size);
  let loss = fit.lossAt(weights);
  let equations = fit.equationsAt(weights);
  for (let step = 0; step < MOST_STEPS; step++) {
    const before = weights;
    const aim = Cholesky.of(equations.matrix, fit.size).solve(equations.right);
    let share = 1;
    let next = aim;
    let nextLoss = fit.lossAt(next);
    while (!(nextLoss < loss) && share > LEAST_SHARE) {
      share /= 2;
      next = before.map((weight, i) => weight + share * (aim[i] - weight));
      nextLoss = fit.lossAt(next);
    }
    if (!(nextLoss < loss)) break;
    const gain = loss - nextLoss;
    weights = next;
    loss = nextLoss;
    if (gain < LEAST_GAIN) break;
    equations = fit.equationsAt(weights);
  }
  return parts.map((part) => ({ ...part, ...fit.ofPart(part, weights, equations.matrix) }));
}

/** Normal equations: `[size, size]`, lower triangle, and `[size]`. */
interface NormalEquations {
  readonly matrix: Float64Array;
  readonly right: Float64Array;
}

/** Totals, together with what is otherwise known about each group's weights. */
class TotalsFit {
  /** Number of weights in all groups. */
  readonly size: number;
  private readonly starts = new Map<string, number>();
  private readonly totals: readonly {
    readonly totalUs: number;
    readonly kernels: readonly {
      readonly at: number;
      readonly us: number;
      /** In single precision, because there are many. */
      readonly basis: Float32Array;
    }[];
  }[];

  constructor(
    private readonly parts: readonly GroupPart[],
    runs: readonly TotalledNetwork[],
    private readonly callUs: number,
  ) {
    let size = 0;
    for (const { group, right } of parts) {
      this.starts.set(group, size);
      size += right.length;
    }
    this.size = size;
    const bases = new Map(parts.map(({ group, basis }) => [group, basis]));
    this.totals = runs.map(({ totalUs, kernels }) => ({
      totalUs,
      kernels: kernels.map(({ group, features, ratedUs }) => ({
        at: this.startOf(group),
        us: ratedUs,
        basis: Float32Array.from((bases.get(group) as FactorBasis).read(features).basis),
      })),
    }));
  }

  /** The negative log posterior, up to a constant. */
  lossAt(weights: Float64Array): number {
    let loss = 0;
    for (const { group, matrix, right } of this.parts) {
      const at = this.startOf(group);
      const rows = right.length;
      for (let i = 0; i < rows; i++) {
        let product = 0.5 * matrix[i * rows + i] * weights[at + i];
        for (let j = 0; j < i; j++) product += matrix[i * rows + j] * weights[at + j];
        loss += weights[at + i] * (product - right[i]);
      }
    }
    for (const { totalUs, kernels } of this.totals) {
      let predicted = this.callUs;
      for (const { at, us, basis } of kernels) predicted += us * Math.exp(logFactor(basis, weights, at));
      loss += 0.5 * (Math.log(totalUs / predicted) / TOTAL_NOISE) ** 2;
    }
    return loss;
  }

  /** The normal equations with the totals linearised at the given weights. */
  equationsAt(weights: Float64Array): NormalEquations {
    const { size } = this;
    const matrix = new Float64Array(size * size);
    const right = new Float64Array(size);
    for (const part of this.parts) {
      const at = this.startOf(part.group);
      const rows = part.right.length;
      for (let i = 0; i < rows; i++) {
        right[at + i] = part.right[i];
        for (let j = 0; j <= i; j++) matrix[(at + i) * size + at + j] = part.matrix[i * rows + j];
      }
    }
    const slope = new Float64Array(size);
    for (const { totalUs, kernels } of this.totals) {
      slope.fill(0);
      let predicted = this.callUs;
      for (const { at, us, basis } of kernels) {
        const now = us * Math.exp(logFactor(basis, weights, at));
        predicted += now;
        for (let i = 0; i < basis.length; i++) slope[at + i] += now * basis[i];
      }
      for (let i = 0; i < size; i++) slope[i] /= predicted;
      const weight = TOTAL_NOISE ** -2;
      const aim = Math.log(totalUs / predicted) + dot(slope, weights);
      addOuter(matrix, size, slope, weight);
      for (let i = 0; i < size; i++) right[i] += weight * aim * slope[i];
    }
    return { matrix, right };
  }

  /** A group's part of the weights, and its precision given all other groups. */
  ofPart(
    { group, right }: GroupPart,
    weights: Float64Array,
    matrix: Float64Array,
  ): Pick<FactorPosterior, 'weights' | 'precision'> {
    const [at, rows] = [this.startOf(group), right.length];
    const own = new Float64Array(rows * rows);
    for (let i = 0; i < rows; i++) {
      const row = (at + i) * this.size + at;
      own.set(matrix.subarray(row, row + i + 1), i * rows);
    }
    return { weights: weights.slice(at, at + rows), precision: Cholesky.of(own, rows) };
  }

  private startOf(group: string): number {
    return this.starts.get(group) ?? 0;
  }
}

function logFactor(basis: Float32Array, weights: Float64Array, at: number): number {
  let log = 0;
  for (let i = 0; i < basis.length; i++) log += basis[i] * weights[at + i];
  return log;
}
