import { elements } from '../../base/elements.js';
import { InputError, quote } from '../../base/errors.js';
import type { OperatorGraph } from '../../network/graph.js';
import { type Conv2d, type ConvTranspose2d, nameOf, type Pair, type Shape } from '../../network/operator.js';
import { isFused } from '../lowering/fused.js';

/** Output pixels, and input and output channels, that the convolution array processes per cycle (PG338, B4096). */
const ARRAY_PIXELS = 8;
const CHANNELS = 16;
/** Pixels of 16 channels that the ALU processes per cycle: half as many as the array, as PG338 recommends. */
const ALU_PIXELS = 4;
/** A bank group: 8 banks (one per pixel) of 2,048 words of 16 channels. Larger maps do not stay on chip. */
const BANK_GROUP_BYTES = 8 * 2048 * CHANNELS;

/** The work of one operator on the DPU. Operators that cost nothing (folded, fused, a view) have none. */
export interface DpuOperation {
  /** Key of the operator in the graph. */
  readonly node: string;
  /** Cycles of the array or the ALU. */
  readonly cycles: number;
  /** Bytes of weights read from external memory while the array works. */
  readonly weightBytes: number;
  /** Bytes that pass through the memory port while nothing else runs. */
  readonly streamedBytes: number;
  /** Bytes of a result too large to stay on chip: written and read again while other work goes on. */
  readonly spilledBytes: number;
  /** Number of groups of 16 channels for which the ALU is set up. */
  readonly passes: number;
}

/**
 * The operations of a network on the DPU, in topological order.
 *
 * @throws InputError that names an operator for which the DPU has no hardware
 */
export function dpuOperations(graph: OperatorGraph): DpuOperation[] {
  return graph.names().flatMap((node) => operationOf(graph, node) ?? []);
}

function operationOf(graph: OperatorGraph, node: string): DpuOperation | undefined {
  const operator = graph.operator(node);
  const output = graph.shape(node);
  const input = graph.inputs(node).map((name) => graph.shape(name))[0];
  switch (operator.kind) {
    case 'conv2d':
      return operator.groups > 1 && operator.groups === input[0]
        ? depthwise(node, operator.kernel, output)
        : convolution(node, operator, input, output, output);
    case 'convTranspose2d':
      return convolution(node, operator, input, output, input);
    case 'linear': {
      const [inner, columns] = [input.at(-1)!, output.at(-1)!];
      const rows = elements(output.slice(0, -1));
      const cycles = Math.ceil(rows / ARRAY_PIXELS) * groups(inner) * groups(columns);
      return { ...nothing(node), cycles, weightBytes: inner * columns };
    }
    case 'maxPool':
    case 'avgPool':
      return depthwise(node, operator.kernel, output);
    case 'globalAvgPool':
    case 'globalMaxPool':
      return globalPooling(node, input);
    case 'add':
    case 'subtract':
    case 'mul':
    case 'resize':
      return { ...nothing(node), passes: groups(channelsOf(output)), streamedBytes: bytesOf(output) };
    default:
      if (isFused(operator.kind)) return undefined;
      throw new InputError(`the DPU has no hardware for operator ${quote(node)} (${nameOf(operator)})`);
  }
}

/**
 * Runs on the array, one group of a grouped convolution after another. `worked` is the map whose pixels are
 * counted.
 */
function convolution(
  node: string,
  { kernel, groups: count }: Conv2d | ConvTranspose2d,
  input: Shape,
  output: Shape,
  worked: Shape,
): DpuOperation {
  const taps = kernel[0] * kernel[1];
  const [inChannels, outChannels] = [input[0] / count, output[0] / count];
  return {
    ...nothing(node),
    cycles: count * strips(worked, ARRAY_PIXELS) * groups(inChannels) * groups(outChannels) * taps,
    weightBytes: count * inChannels * outChannels * taps,
    spilledBytes: spilled(output),
  };
}

/** Runs on the ALU, one group of 16 channels after another: depth-wise convolution and pooling. */
function depthwise(node: string, kernel: Pair, output: Shape): DpuOperation {
  const passes = groups(output[0]);
  return {
    ...nothing(node),
    cycles: strips(output, ALU_PIXELS) * passes * kernel[0] * kernel[1],
    spilledBytes: spilled(output),
    passes,
  };
}

/** Runs on the ALU. A map that is not on chip passes through the port once for each strip of 8 columns. */
function globalPooling(node: string, input: Shape): DpuOperation {
  const passes = groups(input[0]);
  const bytes = bytesOf(input);
  const reads = bytes > BANK_GROUP_BYTES ? Math.ceil(input[2] / ARRAY_PIXELS) : 1;
  return {
    ...nothing(node),
    cycles: strips(input, ALU_PIXELS) * passes,
    streamedBytes: bytes * reads,
    passes,
  };
}

function nothing(node: string): DpuOperation {
  return { node, cycles: 0, weightBytes: 0, streamedBytes: 0, spilledBytes: 0, passes: 0 };
}

/** Cycles for the pixels of a map if a number of columns of one row are processed at once. */
function strips([, height, width]: Shape, pixels: number): number {
  return height * Math.ceil(width / pixels);
}

function groups(channels: number): number {
  return Math.ceil(channels / CHANNELS);
}

/** Channels of a map, or features of a vector or of tokens. */
function channelsOf(shape: Shape): number {
  return shape.length === 3 ? shape[0] : shape.at(-1)!;
}

/** Bytes of a tensor as stored: int8, with channels padded to a multiple of 16. */
function bytesOf(shape: Shape): number {
  const channels = channelsOf(shape);
  return (elements(shape) / channels) * groups(channels) * CHANNELS;
}

function spilled(output: Shape): number {
  const bytes = bytesOf(output);
  return bytes > BANK_GROUP_BYTES ? bytes : 0;
}
