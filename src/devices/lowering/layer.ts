/** The loop nest of a layer that has hardware in an accelerator: a convolution, or pooling. */
export interface LayerShape {
  /** Pooling is a convolution without weights and multipliers, one channel per group. */
  readonly kind: 'convolution' | 'pooling';
  /** Input channels per group. */
  readonly inChannels: number;
  /** Output channels over all groups. */
  readonly outChannels: number;
  readonly groups: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  /** Input rows and columns under the kernel: more than the kernel's size if it is dilated. */
  readonly spanHeight: number;
  readonly spanWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
}

/** A layer and the sources of its input. */
export interface Layer {
  /** Key of the operator in the graph. */
  readonly node: string;
  readonly shape: LayerShape;
  /** The layers whose outputs it reads, directly or through operators that stream (activation, addition …). */
  readonly inputs: readonly LayerInput[];
}

export interface LayerInput {
  /** Index in the list of layers, smaller than that of the layer itself. */
  readonly layer: number;
  /** Whether the first result needs every pixel, as after a global pooling. */
  readonly whole: boolean;
}

/** A key that is equal for layers that the same hardware can run. */
export function shapeKey(shape: LayerShape): string {
  const { kind, inChannels, outChannels, groups, outHeight, outWidth } = shape;
  const { kernelHeight, kernelWidth, spanHeight, spanWidth, strideHeight, strideWidth } = shape;
  return `${kind} ${inChannels} ${outChannels} ${groups} ${outHeight} ${outWidth} ${kernelHeight} ${kernelWidth} ${spanHeight} ${spanWidth} ${strideHeight} ${strideWidth}`;
}

/** Multiply-accumulates of a layer; for pooling, the additions or comparisons. */
export function operations(shape: LayerShape): number {
  const { inChannels, outChannels, outHeight, outWidth, kernelHeight, kernelWidth } = shape;
  return inChannels * outChannels * outHeight * outWidth * kernelHeight * kernelWidth;
}
