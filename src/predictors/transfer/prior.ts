import { Matrix } from 'ml-matrix';
import type { Basis } from './basis.js';

/** Node features that say what becomes of a node's result, not what the node is. */
const STATES = ['exists', 'reached', 'leading'];

/**
 * Groups of columns that share a prior strength:
 * - `sources`: deviations of the source devices from their mean. Its kernel is the devices' empirical covariance;
 * - `counts`: what occurs, wherever; latency that adds up over all operations;
 * - `leading`: what occurs on the way to the output; latency of a compiler that drops the rest;
 * - `places`: all products; a time per operation and place;
 * - `paths`: the longest paths; latency of a device that runs branches side by side;
 * - `traffic`: what is moved through memory, by what moves it; latency of a device that takes its time per byte.
 * Beside them a constant and the sources' mean device, which every model has.
 */
export type PriorBlock = 'sources' | 'counts' | 'leading' | 'places' | 'paths' | 'traffic';

/** Prior strength of each block; a block that is absent has none. */
export type Hypothesis = Partial<Record<PriorBlock, number>>;

/** Prior variance of the constant, and of the share of the mean device, relative to the device's scale. */
export const CONSTANT_VARIANCE = 0.1;

/** How much a device is like the sources: hardly, somewhat, as they are like each other. */
const LIKENESS = [0.03, 0.1, 1];

/**
 * What a device has of its own: times of its operations, of all or of those that lead to the output, and of either at
 * their places as well; or along paths; or times per byte. Times of its own it always has, or few samples
 * would have to say with the sources what operation counts say at once; but they may be little, or what the sources say
 * is lost in them.
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

/** Kinds of devices that are told apart by their evidence. Strengths are variances relative to the mean latency. */
const HYPOTHESES: readonly Hypothesis[] = LIKENESS.flatMap((sources) =>
  OWN.map((own) => ({ sources, ...own })),
);

/**
 * Architectures as a device's prior sees them. Latencies are in units of the device's own scale, so that the mean
 * device, the sources' average, is about 1.
 */
export interface PriorView {
  /** `[architecture]`: latency of the mean device, which is what is expected before the first sample. */
  readonly mean: Float64Array;
  /** `[architecture, …]` per block: centred, with a mean squared row of 1 over the space (`sources`: as they are). */
  readonly blocks: Readonly<Partial<Record<PriorBlock, Matrix>>>;
}

/** Linear maps from a basis to its blocks, and back. */
export class Prior {
  /** The blocks that this basis has, with their columns in it. */
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
    // What a node is, as far as networks differ in how many of it they have.
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

  /** The hypotheses that this basis can tell apart: none that needs a block it hasn't, but for the sources. */
  hypotheses(all: readonly Hypothesis[] = HYPOTHESES): Hypothesis[] {
    const seen = new Map<string, Hypothesis>();
    for (const { sources, ...own } of all) {
      if (Object.keys(own).some((block) => !this.columnsOf.has(block as PriorBlock))) continue;
      const kept: Hypothesis = this.columnsOf.has('sources') ? { sources, ...own } : own;
      seen.set(JSON.stringify(kept), kept);
    }
    return [...seen.values()];
  }

  /** A hypothesis without the blocks that this basis hasn't. */
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
   * Weights on a view as weights on the basis: latency = constant + Σ weight·column, in units of the scale.
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

/** Prior covariance of architectures' latencies per block, and of what every model has, `[row, column]` each. */
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

/** Weights of the constant and of the mean device that belong to the dual weights of some samples. */
export function levelWeights({ mean }: PriorView, dual: Float64Array): { constant: number; share: number } {
  let constant = 0;
  let share = 0;
  dual.forEach((value, i) => {
    constant += CONSTANT_VARIANCE * value;
    share += CONSTANT_VARIANCE * value * mean[i];
  });
  return { constant, share };
}
