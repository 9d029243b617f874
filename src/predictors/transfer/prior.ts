import { Matrix } from 'ml-matrix';
import type { Basis } from './basis.js';

/** Node features that describe what happens to a node's result, not the node itself. */
const STATES = ['exists', 'reached', 'leading'];

/**
 * Groups of columns that share a prior strength:
 *
 * - `sources`: deviations of the source devices from their mean. The kernel is the devices' empirical
 *   covariance;
 * - `counts`: how often things occur anywhere: latency that adds up over all operations;
 * - `leading`: how often things occur on the way to the output: latency with a compiler that drops the rest;
 * - `places`: all products: a time per operation and place;
 * - `paths`: the longest paths: latency of a device that runs branches in parallel;
 * - `traffic`: memory traffic by what causes it: latency of a device that needs time per byte.
 *
 * In addition, every model has a constant and the sources' mean device.
 */
export type PriorBlock = 'sources' | 'counts' | 'leading' | 'places' | 'paths' | 'traffic';

/** Prior strength of each block; absent blocks are not used. */
export type Hypothesis = Partial<Record<PriorBlock, number>>;

/** Prior variance of the constant and of the mean device's share, relative to the device's scale. */
export const CONSTANT_VARIANCE = 0.1;

/** How similar a device is to the sources: hardly, somewhat, as much as they are to each other. */
const LIKENESS = [0.03, 0.1, 1];

/**
 * A device's own part: times of all operations or of those leading to the output, either also by place; along
 * paths; or per byte. It is never absent: otherwise few samples would have to express through the sources
 * what operation counts express directly. But it may be small, or so large that it drowns the sources.
 */
const OWN: readonly Hypothesis[] = [
  { counts: 0.01 },
  { counts: 0.1 },
  { counts: 1 },
  { leading: 0.1 },
  { leading: 1 },
  { counts: 0.1, places: 0.03 },
  { leading: 1, places: 0.03 },
  { counts: 0.1, paths: 0.1 },
  { counts: 0.1, paths: 1 },
  { traffic: 0.001 },
  { traffic: 0.01 },
  { traffic: 0.1 },
  { traffic: 1 },
];

/** The kinds of devices that evidence distinguishes. Strengths are variances relative to the mean latency. */
const HYPOTHESES: readonly Hypothesis[] = LIKENESS.flatMap((sources) =>
  OWN.map((own) => ({ sources, ...own })),
);

/**
 * Architectures in the form of a device's prior. Latencies are in units of the device's own scale, so that
 * the mean device, the average of the sources, is about 1.
 */
export interface PriorView {
  /** `[architecture]`: latency of the mean device, the expectation before the first sample. */
  readonly mean: Float64Array;
  /** `[architecture, …]` per block: centred, with a mean squared row of 1 over the space (`sources`: unchanged). */
  readonly blocks: Readonly<Partial<Record<PriorBlock, Matrix>>>;
}

/** Linear maps between a basis and its blocks. */
export class Prior {
  /** The blocks that this basis has, with their columns. */
  readonly columnsOf: ReadonlyMap<PriorBlock, readonly number[]>;
  private readonly scaleOf: ReadonlyMap<PriorBlock, number>;
  private readonly sources: number;

  constructor(readonly basis: Basis) {
    const { sources, products, paths, traffic, variances, space } = basis;
    this.sources = sources.length;
    const { features } = space.graph;
    const columnOf = (a: number, b: number) => {
      const i = products.findIndex(([x, y]) => (x === a && y === b) || (x === b && y === a));
      return i < 0 ? [] : [sources.length + i];
    };
    // Features of what a node is, if networks differ in how many such nodes they have.
    const kinds = [...features.keys()].filter(
      (f) => !STATES.includes(features[f]) && columnOf(0, f).length > 0,
    );
    const leading = basis.deadOperations === 'timed' ? features.indexOf('leading') : -1;
    const columnsOf = new Map<PriorBlock, readonly number[]>();
    if (sources.length > 1) columnsOf.set('sources', [...sources.keys()]);
    columnsOf.set(
      'counts',
      kinds.flatMap((f) => columnOf(0, f)),
    );
    if (leading >= 0)
      columnsOf.set(
        'leading',
        kinds.flatMap((f) => columnOf(leading, f)),
      );
    columnsOf.set(
      'places',
      [...products.keys()].map((i) => sources.length + i),
    );
    if (paths.length > 0)
      columnsOf.set(
        'paths',
        [...paths.keys()].map((i) => sources.length + products.length + i),
      );
    if (traffic.length > 0)
      columnsOf.set(
        'traffic',
        [...traffic.keys()].map((i) => sources.length + products.length + paths.length + i),
      );
    this.columnsOf = columnsOf;
    this.scaleOf = new Map(
      [...columnsOf].map(([block, columns]) => [
        block,
        block === 'sources'
          ? 1 / Math.sqrt(sources.length)
          : 1 / Math.sqrt(columns.reduce((sum, column) => sum + variances[column], 0)),
      ]),
    );
  }

  /** The hypotheses that this basis can distinguish: those that need no missing block, apart from the sources. */
  hypotheses(all: readonly Hypothesis[] = HYPOTHESES): Hypothesis[] {
    const seen = new Map<string, Hypothesis>();
    for (const { sources, ...own } of all) {
      if (Object.keys(own).some((block) => !this.columnsOf.has(block as PriorBlock))) continue;
      const kept: Hypothesis = this.columnsOf.has('sources') ? { sources, ...own } : own;
      seen.set(JSON.stringify(kept), kept);
    }
    return [...seen.values()];
  }

  /** A hypothesis without the blocks that this basis lacks. */
  within(hypothesis: Hypothesis): Hypothesis {
    return Object.fromEntries(
      Object.entries(hypothesis).filter(([b]) => this.columnsOf.has(b as PriorBlock)),
    );
  }

  /** @param columns `[architecture, column]` of the basis */
  view(columns: Matrix): PriorView {
    const mean = new Float64Array(columns.rows).fill(1);
    for (let i = 0; this.sources > 0 && i < columns.rows; i++) {
      let sum = 0;
      for (let s = 0; s < this.sources; s++) sum += columns.get(i, s);
      mean[i] = sum / this.sources;
    }
    const blocks: Partial<Record<PriorBlock, Matrix>> = {};
    for (const [block, own] of this.columnsOf) {
      const scale = this.scaleOf.get(block)!;
      const matrix = new Matrix(columns.rows, own.length);
      for (let i = 0; i < columns.rows; i++) {
        for (let j = 0; j < own.length; j++) {
          const centre = block === 'sources' ? mean[i] : this.basis.means[own[j]];
          matrix.set(i, j, (columns.get(i, own[j]) - centre) * scale);
        }
      }
      blocks[block] = matrix;
    }
    return { mean, blocks };
  }

  /**
   * Converts weights on a view to weights on the basis: latency = constant + Σ weight·column, in units of the
   * scale.
   *
   * @param share of the mean device
   * @param weights per block, `[block column]`
   */
  onBasis(constant: number, share: number, weights: ReadonlyMap<PriorBlock, Float64Array>) {
    const columns = new Float64Array(this.basis.means.length);
    let shift = constant + (this.sources === 0 ? share : 0);
    for (let s = 0; s < this.sources; s++) columns[s] = share / this.sources;
    for (const [block, values] of weights) {
      const own = this.columnsOf.get(block)!;
      const scale = this.scaleOf.get(block)!;
      let total = 0;
      values.forEach((value, j) => {
        columns[own[j]] += value * scale;
        if (block === 'sources') total += value * scale;
        else shift -= value * scale * this.basis.means[own[j]];
      });
      if (block === 'sources') for (let s = 0; s < this.sources; s++) columns[s] -= total / this.sources;
    }
    return { constant: shift, columns };
  }
}

/**
 * Prior covariances of architectures' latencies, `[row, column]`: one per block, and one for the parts that
 * every model has.
 */
export function kernels(a: PriorView, b: PriorView): { level: Matrix; blocks: Map<PriorBlock, Matrix> } {
  const level = new Matrix(a.mean.length, b.mean.length);
  for (let i = 0; i < a.mean.length; i++) {
    for (let j = 0; j < b.mean.length; j++) level.set(i, j, CONSTANT_VARIANCE * (1 + a.mean[i] * b.mean[j]));
  }
  const blocks = new Map<PriorBlock, Matrix>();
  for (const [name, matrix] of Object.entries(a.blocks) as [PriorBlock, Matrix][]) {
    blocks.set(name, matrix.mmul(b.blocks[name]!.transpose()));
  }
  return { level, blocks };
}

/** The covariance under one hypothesis. */
export function covariance({ level, blocks }: ReturnType<typeof kernels>, hypothesis: Hypothesis): Matrix {
  const sum = level.clone();
  for (const [block, strength] of Object.entries(hypothesis) as [PriorBlock, number][]) {
    sum.add(Matrix.mul(blocks.get(block)!, strength));
  }
  return sum;
}

/** Weights of the constant and of the mean device for the samples' dual weights. */
export function levelWeights({ mean }: PriorView, dual: Float64Array): { constant: number; share: number } {
  let constant = 0;
  let share = 0;
  dual.forEach((value, i) => {
    constant += CONSTANT_VARIANCE * value;
    share += CONSTANT_VARIANCE * value * mean[i];
  });
  return { constant, share };
}
