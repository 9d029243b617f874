import type { Board } from '../board/boards.js';
import type { LayerShape } from '../lowering/layer.js';

/** Output columns and filter columns of the Winograd transform F(4, 3) for which the array is built. */
const TILE_OUTPUTS = 4;
const TILE_TAPS = 3;
/** Multiplications per such tile, and so columns that a row of the array processes: 6 instead of 12. */
export const LANES = TILE_OUTPUTS + TILE_TAPS - 1;

/** The processing elements, vectorised in all directions (Abdelfattah et al., FPL 2018). */
export interface OverlayArray {
  /** C_vec: number of input channels that a processing element multiplies at a time. */
  readonly cVec: number;
  /** K_vec: number of processing elements, each for one output channel. */
  readonly kVec: number;
  /** P_vec: number of output rows processed at a time. */
  readonly pVec: number;
}

export function multipliers({ cVec, kVec, pVec }: OverlayArray): number {
  return cVec * kVec * pVec * LANES;
}

/** The arrays for which a board has enough multipliers, in ascending order of size. */
export function arraysFor({ dsp, narrowProductsPerDsp }: Board): OverlayArray[] {
  const arrays: OverlayArray[] = [];
  for (const pVec of [1, 2, 4]) {
    for (const cVec of [4, 8, 16, 32]) {
      for (let kVec = 8; multipliers({ cVec, kVec, pVec }) <= dsp * narrowProductsPerDsp; kVec += 8) {
        arrays.push({ cVec, kVec, pVec });
      }
    }
  }
  return arrays.sort((a, b) => multipliers(a) - multipliers(b));
}

/**
 * The array that suits most networks: the largest with one to four processing elements per input channel. A
 * board that is too small for any gets the smallest, on which no network fits.
 */
export function usualArray(board: Board): OverlayArray {
  const balanced = arraysFor(board).filter(({ cVec, kVec }) => kVec >= cVec && kVec <= 4 * cVec);
  return balanced.at(-1) ?? { cVec: 4, kVec: 8, pVec: 1 };
}

export interface ArrayOptions {
  readonly winograd: boolean;
  /** Whether pixels with few channels under strided filters are rearranged into more channels without strides. */
  readonly folding: boolean;
}

/**
 * Cycles of the array for a layer: `groups·⌈C/C_vec⌉·⌈K/K_vec⌉·⌈Q/Q_vec⌉·⌈P/P_vec⌉·R·S`, with ⌈S/3⌉ in place
 * of S and Q_vec = 4 in place of 6 where Winograd applies (stride 1, no dilation) and is faster.
 *
 * @param rows to compute: all of the layer's, or more if slices overlap
 */
export function arrayCycles(
  shape: LayerShape,
  rows: number,
  { cVec, kVec, pVec }: OverlayArray,
  { winograd, folding }: ArrayOptions,
): number {
  let { inChannels, kernelHeight, kernelWidth, strideHeight, strideWidth } = shape;
  const dilated = shape.spanWidth > kernelWidth;
  if (folding && !dilated && inChannels < cVec && strideHeight * strideWidth > 1) {
    inChannels *= strideHeight * strideWidth;
    kernelHeight = Math.ceil(kernelHeight / strideHeight);
    kernelWidth = Math.ceil(kernelWidth / strideWidth);
    strideHeight = 1;
    strideWidth = 1;
  }
  const perColumn =
    shape.groups *
    Math.ceil(inChannels / cVec) *
    Math.ceil(shape.outChannels / shape.groups / kVec) *
    kernelHeight;
  // The rows of a matrix product may be arranged as pixels in any way.
  const flat = shape.outWidth === 1 && shape.spanWidth === 1;
  const columns = flat ? rows : shape.outWidth;
  const steps = flat ? 1 : Math.ceil(rows / pVec);
  const direct = perColumn * kernelWidth * Math.ceil(columns / LANES) * steps;
  if (!winograd || dilated || strideWidth > 1 || kernelWidth === 1) return direct;
  const transformed =
    perColumn * Math.ceil(kernelWidth / TILE_TAPS) * Math.ceil(columns / TILE_OUTPUTS) * steps;
  return Math.min(direct, transformed);
}
