import type { LayerShape } from '../lowering/layer.js';

/** One run of data from the stream buffer through the overlay and back. */
export interface Pass {
  /** The operator that the pass is for. */
  readonly node: string;
  /** What the array computes; undefined where the data only pass through to the auxiliary kernels. */
  readonly shape: LayerShape | undefined;
  /** Filters, which several passes may share. */
  readonly weights: { readonly key: string; readonly words: number } | undefined;
  /** Tensors that the array reads, by the operators that compute them. */
  readonly operands: readonly string[];
  /** Those, and what operators fused to the pass read. */
  readonly reads: string[];
  /** Tensors that it writes to the stream buffer, by the operators that compute them. */
  readonly writes: string[];
  /** Elements that go through the auxiliary kernels. */
  auxiliary: number;
  /** Passes on the longest way to what the array reads, fused operators left out. */
  readonly level: number;
}
