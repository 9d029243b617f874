import type { LayerShape } from '../lowering/layer.js';

/** One run of data from the stream buffer through the overlay and back. */
export interface Pass {
  /** The operator that the pass is for. */
  readonly node: string;
  /** What the array computes; undefined if the data go straight to the auxiliary kernels. */
  readonly shape: LayerShape | undefined;
  /** Filters, which several passes may share. */
  readonly weights: { readonly key: string; readonly words: number } | undefined;
  /** Tensors that the array reads, named by the operators that compute them. */
  readonly operands: readonly string[];
  /** The operands, and the tensors that fused operators read. */
  readonly reads: string[];
  /** Tensors that the pass writes to the stream buffer, named by the operators that compute them. */
  readonly writes: string[];
  /** Number of elements that go through the auxiliary kernels. */
  auxiliary: number;
  /** Number of passes on the longest path to what the array reads, without fused operators. */
  readonly level: number;
}
