import { elements } from '../../base/elements.js';
import { InputError, quote } from '../../base/errors.js';
import type { OperatorGraph } from '../../network/graph.js';
import { type Conv2d, nameOf, type Pool, type Shape } from '../../network/operator.js';
import { isFused } from '../lowering/fused.js';

/** Bytes per memory access; a read starts and ends at a multiple of it. */
const WORD_BYTES = 16;
/** Channels of a pixel are stored in groups of four. */
const STORED_CHANNELS = 4;

/** The work of one operator on an array of M output channels × P output pixels. */
export interface MpArrayLayer {
  /** Key of the operator in the graph. */
  readonly node: string;
  /** Cycles of the multipliers. */
  readonly multiplierCycles: number;
  /** Bytes of activations and, if nothing else hides them, of weights read from memory. */
  readonly bytes: number;
  /** Rows of P pixels written back, one per output channel and tile; each takes one cycle of the port's clock. */
  readonly rowsWritten: number;
  /** Number of tiles of M channels × P pixels. */
  readonly tiles: number;
}

/**
 * The layers of a network on the array, in topological order.
 *
 * @throws InputError that names an operator for which the array has no hardware
 */
export function mpArrayLayers(graph: OperatorGraph, m: number, p: number): MpArrayLayer[] {
  return graph.names().flatMap((node) => layerOf(graph, node, m, p) ?? []);
}

function layerOf(graph: OperatorGraph, node: string, m: number, p: number): MpArrayLayer | undefined {
  const operator = graph.operator(node);
  const [input] = graph.inputs(node).map((name) => graph.shape(name));
  const output = graph.shape(node);
  switch (operator.kind) {
    case 'conv2d':
      return convolution(node, operator, input, output, m, p);
    case 'linear': {
      // With a single pixel, every weight is used once, so the array waits for memory.
      const bytes = input.at(-1)! * output.at(-1)!;
      return { node, multiplierCycles: 0, bytes, rowsWritten: 0, tiles: 1 };
    }
    case 'maxPool':
    case 'avgPool':
      return pooling(node, operator, input, output, p);
    case 'globalAvgPool':
    case 'globalMaxPool': {
      const [, height, width] = input;
      const whole = { kernel: [height, width], stride: [1, 1], padding: [0, 0, 0, 0] } as const;
      return pooling(node, whole, input, [input[0], 1, 1], p);
    }
    case 'add':
      // Both terms are read at once, through separate ports.
      return { node, multiplierCycles: 0, bytes: elements(output), rowsWritten: 0, tiles: 1 };
    default:
      if (isFused(operator.kind)) return undefined;
      throw new InputError(`the M×P array has no hardware for operator ${quote(node)} (${nameOf(operator)})`);
  }
}

/** The input is read again for every M output channels. Groups of a grouped convolution run one after another. */
function convolution(
  node: string,
  operator: Conv2d,
  input: Shape,
  output: Shape,
  m: number,
  p: number,
): MpArrayLayer {
  const { kernel, groups } = operator;
  const channels = stored(input[0] / groups);
  const rounds = groups * Math.ceil(output[0] / groups / m);
  const { tiles, bytesPerChannel } = pixelTiles(operator, input, output, p);
  return {
    node,
    multiplierCycles: rounds * tiles * channels * kernel[0] * kernel[1],
    bytes: rounds * channels * bytesPerChannel,
    rowsWritten: rounds * tiles * m,
    tiles: rounds * tiles,
  };
}

/** Pooling processes four channels per cycle of the port, one tap after another. */
function pooling(
  node: string,
  operator: Pick<Pool, 'kernel' | 'stride' | 'padding'>,
  input: Shape,
  output: Shape,
  p: number,
): MpArrayLayer {
  const channels = stored(input[0]);
  const taps = operator.kernel[0] * operator.kernel[1];
  const { tiles, bytesPerChannel } = pixelTiles(operator, input, output, p);
  return {
    node,
    multiplierCycles: 0,
    bytes: channels * bytesPerChannel,
    rowsWritten: (tiles * channels * taps) / STORED_CHANNELS,
    tiles,
  };
}

/**
 * Tiles of P output pixels in raster order, and what they read of one input channel: for each tile,
 * everything between the first and the last pixel under its kernels, in whole words.
 */
function pixelTiles(
  {
    kernel,
    stride,
    padding,
    dilation = [1, 1],
  }: Pick<Conv2d, 'kernel' | 'stride' | 'padding'> & Partial<Pick<Conv2d, 'dilation'>>,
  [, height, width]: Shape,
  [, outHeight, outWidth]: Shape,
  p: number,
): { tiles: number; bytesPerChannel: number } {
  const [top, left] = padding;
  const reachY = (kernel[0] - 1) * dilation[0] - top;
  const reachX = (kernel[1] - 1) * dilation[1] - left;
  const pixels = outHeight * outWidth;
  let bytesPerChannel = 0;
  for (let first = 0; first < pixels; first += p) {
    const last = Math.min(first + p, pixels) - 1;
    const y = Math.floor(first / outWidth) * stride[0] - top;
    const x = (first % outWidth) * stride[1] - left;
    const start = y < 0 ? 0 : y * width + Math.max(0, x);
    const lastY = Math.floor(last / outWidth) * stride[0] + reachY;
    const lastX = Math.min(width - 1, (last % outWidth) * stride[1] + reachX);
    const end = lastY >= height ? height * width : lastY * width + lastX + 1;
    bytesPerChannel += (Math.ceil(end / WORD_BYTES) - Math.floor(start / WORD_BYTES)) * WORD_BYTES;
  }
  return { tiles: Math.ceil(pixels / p), bytesPerChannel };
}

function stored(channels: number): number {
  return Math.ceil(channels / STORED_CHANNELS) * STORED_CHANNELS;
}
