import { Matrix } from 'ml-matrix';
import type { Basis } from './basis.js';

/**
 * Groups of columns that share a prior strength:
 * - `sources`: deviations of the source devices from their mean. Its kernel is the devices' empirical covariance;
 * - `counts`: what occurs, wherever; latency that adds up over all operations;
 * - `leading`: what occurs on the way to the output; latency of a compiler that drops the rest;
 * - `places`: all products; a time per operation and place.
 * Beside them a constant and the sources' mean device, which every model has.
 */
export type Block = 'sources' | 'counts' | 'leading' | 'places';

/** Prior strength of each block; a block that is absent has none. */
export type Hypothesis = Partial<Record<Block, number>>;

/** Prior variance of the constant, and of the share of the mean device, relative to the device's scale. */
const LEVEL = 0.1;

/** How much a device is like the sources: hardly, somewhat, as they are like each other. */
const LIKENESS = [0.01, 0.1, 1];

/** What a device may have of its own: nothing; operations with times of their own, by what occurs where. */
const OWN: readonly Hypothesis[] = [
  {},
  { counts: 0.01 },
  { counts: 0.1 },
  { counts: 1 },
  { leading: 0.1 },
  { leading: 1 },
  { counts: 0.03, places: 0.03 },
];

/** Kinds of devices that are told apart by their evidence. Strengths are variances relative to the mean latency. */
export const HYPOTHESES: readonly Hypothesis[] = LIKENESS.flatMap((sources) =>
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
  readonly blocks: Readonly<Partial<Record<Block, Matrix>>>;
}

/** Linear maps from a basis to its blocks, and back. */
export class Prior {
  /** The blocks that this basis has, with their columns in it. */
  readonly columnsOf: ReadonlyMap<Block, readonly number[]>;
  private readonly scaleOf: ReadonlyMap<Block, number>;
  private readonly sources: number;

  constructor(readonly basis: Basis) {
    const { sources, products, variances, space } = basis;
    this.sources = sources.length;
    const gated = (feature: number) =>
      products.flatMap(([a, b], i) => (a === feature || b === feature ? [sources.length + i] : []));
    const leading = space.graph.features.indexOf('leading');
    const columnsOf = new Map<Block, readonly number[]>();
    if (sources.length > 1) columnsOf.set('sources', [...sources.keys()]);
    columnsOf.set('counts', gated(0));
    if (leading >= 0) columnsOf.set('leading', gated(leading));
    columnsOf.set(
      'places',
      [...products.keys()].map((i) => sources.length + i),
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

  /** The hypotheses that this basis can tell apart, its missing blocks left out. */
  hypotheses(all: readonly Hypothesis[] = HYPOTHESES): Hypothesis[] {
    const seen = new Map<string, Hypothesis>();
    for (const hypothesis of all) {
      const kept = Object.entries(hypothesis).filter(([block]) => this.columnsOf.has(block as Block));
      if (kept.length > 0) seen.set(JSON.stringify(kept), Object.fromEntries(kept));
    }
    return [...seen.values()];
  }

  /** @param columns `[architecture, column]` of the basis */
  view(columns: Matrix): PriorView {
    const mean = new Float64Array(columns.rows).fill(1);
    for (let i = 0; this.sources > 0 && i < columns.rows; i++) {
      let sum = 0;
      for (let s = 0; s < this.sources; s++) sum += columns.get(i, s);
      mean[i] = sum / this.sources;
    }
    const blocks: Partial<Record<Block, Matrix>> = {};
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
  onBasis(constant: number, share: number, weights: ReadonlyMap<Block, Float64Array>) {
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
export function kernels(a: PriorView, b: PriorView): { level: Matrix; blocks: Map<Block, Matrix> } {
  const level = new Matrix(a.mean.length, b.mean.length);
  for (let i = 0; i < a.mean.length; i++) {
    for (let j = 0; j < b.mean.length; j++) level.set(i, j, LEVEL * (1 + a.mean[i] * b.mean[j]));
  }
  const blocks = new Map<Block, Matrix>();
  for (const [name, matrix] of Object.entries(a.blocks) as [Block, Matrix][]) {
    blocks.set(name, matrix.mmul(b.blocks[name]!.transpose()));
  }
  return { level, blocks };
}

/** The covariance under one hypothesis. */
export function covariance({ level, blocks }: ReturnType<typeof kernels>, hypothesis: Hypothesis): Matrix {
  const sum = level.clone();
  for (const [block, strength] of Object.entries(hypothesis) as [Block, number][]) {
    sum.add(Matrix.mul(blocks.get(block)!, strength));
  }
  return sum;
}

/** Weights of the constant and of the mean device that belong to the dual weights of some samples. */
export function levelWeights({ mean }: PriorView, dual: Float64Array): { constant: number; share: number } {
  let constant = 0;
  let share = 0;
  dual.forEach((value, i) => {
    constant += LEVEL * value;
    share += LEVEL * value * mean[i];
  });
  return { constant, share };
}
