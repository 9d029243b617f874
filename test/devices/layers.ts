import type { Layer, LayerShape } from '../../src/devices/lowering/layer.js';

/** A square convolution with stride 1 that keeps the size. */
export function convolution(
  inChannels: number,
  outChannels: number,
  size: number,
  kernel: number,
): LayerShape {
  return {
    kind: 'convolution',
    inChannels,
    outChannels,
    groups: 1,
    outHeight: size,
    outWidth: size,
    kernelHeight: kernel,
    kernelWidth: kernel,
    spanHeight: kernel,
    spanWidth: kernel,
    strideHeight: 1,
    strideWidth: 1,
    padTop: (kernel - 1) / 2,
    padLeft: (kernel - 1) / 2,
  };
}

/** A layer that reads the results of others as they come. */
export function layer(shape: LayerShape, ...inputs: number[]): Layer {
  return { node: '', shape, inputs: inputs.map((from) => ({ layer: from, whole: false })) };
}
