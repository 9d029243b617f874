import { elements } from '../../base/elements.js';
import type { OperatorGraph } from '../../network/graph.js';
import type { Conv2d, ConvTranspose2d, Operator, OperatorKind, Pool, Shape } from '../../network/operator.js';
import type { Layer, LayerInput, LayerShape } from './layer.js';

/** Operators after which a reader needs every pixel, because they sum over the map or rearrange it. */
const WHOLE_MAP = new Set<OperatorKind>([
  'globalAvgPool',
  'globalMaxPool',
  'reduceMean',
  'reduceSum',
  'reduceMax',
  'groupNorm',
  'flatten',
  'reshape',
  'transpose',
]);

/**
 * The layers of a network that need an engine, in topological order. Each lists the layers that it reads
 * directly or through operators that work on the stream.
 */
export function loweredLayers(graph: OperatorGraph): Layer[] {
  const layers: Layer[] = [];
  /** For each tensor, the layers that it comes from, and whether its first pixel needs all of theirs. */
  const origins = new Map<string, ReadonlyMap<number, boolean>>();
  const zeros = new Set<string>();
  for (const node of graph.names()) {
    const operator = graph.operator(node);
    const inputs = operator.kind === 'add' ? terms(graph.inputs(node), zeros) : graph.inputs(node);
    const zero = operator.kind === 'add' && inputs.every((input) => zeros.has(input));
    if (zero || operator.kind === 'zeroize') zeros.add(node);
    const merged = new Map<number, boolean>();
    inputs.forEach((input, position) => {
      // A matrix product needs its complete second operand, which takes the place of weights, before it
      // starts.
      const all = WHOLE_MAP.has(operator.kind) || (operator.kind === 'matmul' && position === 1);
      for (const [layer, whole] of origins.get(input)!) {
        merged.set(layer, merged.get(layer) || whole || all);
      }
    });
    const shape = layerShape(
      operator,
      inputs.map((input) => graph.shape(input)),
      graph.shape(node),
    );
    if (shape === undefined) {
      origins.set(node, merged);
    } else {
      origins.set(node, new Map([[layers.length, false]]));
      layers.push({
        node,
        shape,
        inputs: [...merged].map(([layer, whole]): LayerInput => ({ layer, whole })),
      });
    }
  }
  return layers;
}

/** The terms that a sum reads: those known to be zero need no hardware. A sum of only zeros keeps its stream. */
function terms(inputs: readonly string[], zeros: ReadonlySet<string>): readonly string[] {
  const nonzero = inputs.filter((input) => !zeros.has(input));
  return nonzero.length > 0 ? nonzero : inputs;
}

/** The loop nest of an operator, or undefined if it works on the stream. */
export function layerShape(
  operator: Operator,
  inputs: readonly Shape[],
  output: Shape,
): LayerShape | undefined {
  switch (operator.kind) {
    case 'conv2d':
      return convolution(operator, inputs[0], output);
    case 'convTranspose2d':
      return transposedConvolution(operator, inputs[0]);
    case 'maxPool':
    case 'avgPool':
      return pooling(operator, output);
    case 'linear':
      return product(1, inputs[0].at(-1)!, operator.outFeatures, elements(output.slice(0, -1)));
    case 'matmul':
      return product(elements(output.slice(0, -2)), inputs[0].at(-1)!, output.at(-1)!, output.at(-2)!);
    default:
      return undefined;
  }
}

function convolution(operator: Conv2d, input: Shape, output: Shape): LayerShape {
  const { kernel, stride, padding, dilation, groups } = operator;
  return {
    kind: 'convolution',
    inChannels: input[0] / groups,
    outChannels: output[0],
    groups,
    outHeight: output[1],
    outWidth: output[2],
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    spanHeight: (kernel[0] - 1) * dilation[0] + 1,
    spanWidth: (kernel[1] - 1) * dilation[1] + 1,
    strideHeight: stride[0],
    strideWidth: stride[1],
    padTop: padding[0],
    padLeft: padding[1],
  };
}

/**
 * A transposed convolution as a convolution over the input's pixels that writes stride × stride output pixels
 * as that many channels.
 */
function transposedConvolution(operator: ConvTranspose2d, [channels, height, width]: Shape): LayerShape {
  const { kernel, stride, groups, outChannels } = operator;
  const [kernelHeight, kernelWidth] = kernel.map((size, axis) => Math.ceil(size / stride[axis]));
  return {
    kind: 'convolution',
    inChannels: channels / groups,
    outChannels: outChannels * stride[0] * stride[1],
    groups,
    outHeight: height,
    outWidth: width,
    kernelHeight,
    kernelWidth,
    spanHeight: kernelHeight,
    spanWidth: kernelWidth,
    strideHeight: 1,
    strideWidth: 1,
    padTop: 0,
    padLeft: 0,
  };
}

function pooling({ kernel, stride, padding }: Pool, [channels, height, width]: Shape): LayerShape {
  return {
    kind: 'pooling',
    inChannels: 1,
    outChannels: channels,
    groups: channels,
    outHeight: height,
    outWidth: width,
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    spanHeight: kernel[0],
    spanWidth: kernel[1],
    strideHeight: stride[0],
    strideWidth: stride[1],
    padTop: padding[0],
    padLeft: padding[1],
  };
}

/** `batch` products of `[rows, inner]` and `[inner, columns]` as a 1×1 convolution in groups. */
function product(batch: number, inner: number, columns: number, rows: number): LayerShape {
  return {
    kind: 'convolution',
    inChannels: inner,
    outChannels: batch * columns,
    groups: batch,
    outHeight: rows,
    outWidth: 1,
    kernelHeight: 1,
    kernelWidth: 1,
    spanHeight: 1,
    spanWidth: 1,
    strideHeight: 1,
    strideWidth: 1,
    padTop: 0,
    padLeft: 0,
  };
}
