import { elements } from '../../base/elements.js';
import { InputError, quote } from '../../base/errors.js';
import type { OperatorGraph } from '../../network/graph.js';
import { type Conv2d, type ConvTranspose2d, nameOf, type Pair, type Shape } from '../../network/operator.js';
import { isFused } from '../lowering/fused.js';

/** Output pixels, and input and output channels, that the convolution array takes per cycle (PG338, B4096). */
const ARRAY_PIXELS = 8;
const CHANNELS = 16;
/** Pixels of 16 channels that the ALU takes per cycle: half of the array's, as PG338 recommends. */
const ALU_PIXELS = 4;
/** A bank group: 8 banks (one per pixel) of 2,048 words of 16 channels. What is larger doesn't stay on chip. */
const BANK_GROUP_BYTES = 8 * 2048 * CHANNELS;

/** What one operator asks of the DPU. Operators that cost nothing (folded, fused, a view) have no operation. */
export interface DpuOperation {
  /** Key of the operator in the graph. */
  readonly node: string;
  /** Cycles of the array or the ALU. */
  readonly cycles: number;
  /** Weights read from external memory while the array works, bytes. */
  readonly weightBytes: number;
  /** Bytes that pass the memory port while nothing else runs. */
  readonly streamedBytes: number;
  /** Bytes of a result that is too large to stay on chip: written and read again behind other work. */
  readonly spilledBytes: number;
  /** Groups of 16 channels for which the ALU is set up anew. */
  readonly passes: number;
}

/**
 * The operations of a network on the DPU, in topological order.
 * @throws InputError naming an operator that the DPU has no hardware for
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

/** On the array; groups of a grouped convolution follow each other. `worked` is the map whose pixels are counted. */
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

/** On the ALU, one group of 16 channels after another: depth-wise convolution and pooling. */
function depthwise(node: string, kernel: Pair, output: Shape): DpuOperation {
  const passes = groups(output[0]);
  return {
    ...nothing(node),
    cycles: strips(output, ALU_PIXELS) * passes * kernel[0] * kernel[1],
    spilledBytes: spilled(output),
    passes,
  };
}

/** On the ALU. A map that isn't on chip passes the port once for each strip of 8 columns. */
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

/** Cycles for the pixels of a map if some columns of one row are taken at once. */
function strips([, height, width]: Shape, pixels: number): number {
  return height * Math.ceil(width / pixels);
}

function groups(channels: number): number {
  return Math.ceil(channels / CHANNELS);
}

/** Channels of a map, features of a vector or of tokens. */
function channelsOf(shape: Shape): number {
  return shape.length === 3 ? shape[0] : shape.at(-1)!;
}

/** Size of a tensor as it is stored: int8, channels filled up to a multiple of 16. */
function bytesOf(shape: Shape): number {
  const channels = channelsOf(shape);
  return (elements(shape) / channels) * groups(channels) * CHANNELS;
}

function spilled(output: Shape): number {
  const bytes = bytesOf(output);
  return bytes > BANK_GROUP_BYTES ? bytes : 0;
}
