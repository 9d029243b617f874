import { elements } from '../base/elements.js';
import type { Described } from './kernel.js';
import {
  bytesOf,
  integerAttribute,
  integers,
  NCHWC,
  type RuntimeNode,
  type RuntimeTensor,
  text,
} from './runtime-node.js';

/** Kernels whose time goes into moving data rather than multiplying it. */

/** An axis counted from the front. */
const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Number of elements from an axis on, which are contiguous. */
const behind = (shape: readonly number[], axis: number): number => elements(shape.slice(axis));

/** The window of a pooling follows from attributes; global pooling covers the whole map. */
export function pooling(node: RuntimeNode): Described {
  const [[x], [y]] = [node.inputs, node.outputs];
  if (!x || !y) return {};
  const global = node.operator.startsWith('Global');
  const window = global ? elements(x.shape.slice(2)) : elements(integers(node, 'kernel_shape'));
  return {
    kind: node.domain === NCHWC ? node.operator : `${node.operator}.plain`,
    window,
    stride: Math.max(1, ...integers(node, 'strides')),
    dilation: Math.max(1, ...integers(node, 'dilations')),
    inChannels: x.shape[1],
    outChannels: y.shape[1],
    m: elements(y.shape),
  };
}

/** A normalisation: rows of elements that are normalised together. */
export function normalisation(node: RuntimeNode): Described {
  const [[x], [y]] = [node.inputs, node.outputs];
  if (!x || !y) return {};
  const { length } = x.shape;
  const softmax = node.operator.endsWith('oftmax');
  const channelled = /^(Batch|Instance|Group)Normalization$/.test(node.operator);
  const axis = channelled ? 2 : fromFront(integerAttribute(node, 'axis', -1), length);
  const n = softmax ? x.shape[axis] : behind(x.shape, axis);
  return {
    kind: normalisationKind(node.operator, axis < length - 1, n),
    // Some also write statistics.
    outBytes: bytesOf(y),
    m: elements(x.shape) / n,
    n,
    fusedSum: node.operator.startsWith('Skip'),
    innerLength: behind(x.shape, axis),
  };
}

/** A softmax may stride over its elements; a batch normalisation without positions works element by element. */
function normalisationKind(operator: string, outer: boolean, n: number): string {
  if (operator.endsWith('oftmax') && outer) return `${operator}.outer`;
  return operator === 'BatchNormalization' && n === 1 ? `${operator}.flat` : operator;
}

/**
 * Reductions over the last dimensions read rows; others read with a stride. Axes that are an input instead of
 * an attribute are derived from the shapes.
 */
export function reduction(node: RuntimeNode): Described {
  const [[x], [y]] = [node.inputs, node.outputs];
  if (!x || !y) return {};
  const m = elements(y.shape);
  const { length } = x.shape;
  const last = x.shape.at(-1) ?? 1;
  const axes = integers(node, 'axes');
  const kept = y.shape.at(-1) === last && last > 1 && m < elements(x.shape);
  const innermost =
    length === 0 || (axes.length > 0 ? axes.some((axis) => fromFront(axis, length) === length - 1) : !kept);
  return {
    kind: innermost ? node.operator : `${node.operator}.outer`,
    m,
    n: elements(x.shape) / Math.max(1, m),
  };
}

/** Arithmetic between tensors of equal size, or with one of them repeated. */
export function elementwise(node: RuntimeNode): Described {
  const [y] = node.outputs;
  const read = node.inputs.filter((tensor) => tensor !== undefined);
  if (!y) return {};
  const repeated = read.filter(({ shape }) => elements(shape) < elements(y.shape));
  if (repeated.length === 0) return { m: elements(y.shape) };
  if (repeated.every(({ shape }) => elements(shape) === 1)) {
    return { kind: `${node.operator}.scalar`, m: elements(y.shape) };
  }
  return {
    kind: `${node.operator}.broadcast`,
    m: elements(y.shape),
    innerLength: Math.min(...repeated.map((tensor) => runLength(tensor, y))),
  };
}

/** Length of runs of output elements that read either a run or a single element of a repeated tensor. */
function runLength({ shape }: RuntimeTensor, { shape: written }: RuntimeTensor): number {
  const aligned = [...Array<number>(Math.max(0, written.length - shape.length)).fill(1), ...shape];
  const full = aligned.at(-1) === written.at(-1);
  let run = 1;
  for (let d = written.length - 1; d >= 0 && (full ? aligned[d] === written[d] : aligned[d] === 1); d--) {
    run *= written[d];
  }
  return run;
}

/** Only the shape changes; nothing is read or written. */
export const view = (): Described => ({ inBytes: 0, outBytes: 0, weightBytes: 0 });

/** Copies in pieces of a certain length. */
export function copying(node: RuntimeNode): Described {
  const [[x], [y]] = [node.inputs, node.outputs];
  if (!x || !y) return {};
  const { length } = y.shape;
  if (node.operator === 'Transpose') {
    const innerLength = keptAtTheEnd(node, x);
    return { kind: innerLength > 1 ? 'Transpose.blocks' : 'Transpose', innerLength };
  }
  if (node.operator === 'ReorderInput' || node.operator === 'ReorderOutput') {
    return {
      kind: integerAttribute(node, 'channels_last') ? `${node.operator}.channelsLast` : node.operator,
      inChannels: x.shape[1],
    };
  }
  if (node.operator === 'Resize' || node.operator === 'Upsample') {
    const mode = text(node, 'mode') || 'nearest';
    const layout = node.domain === NCHWC ? '' : '.plain';
    return { kind: `${node.operator}.${mode}${layout}`, weightBytes: 0, innerLength: y.shape.at(-1) ?? 1 };
  }
  if (node.operator === 'Gather') {
    const axis = fromFront(integerAttribute(node, 'axis'), x.shape.length);
    return { inBytes: bytesOf(y), weightBytes: 0, innerLength: behind(x.shape, axis + 1) };
  }
  if (node.operator === 'Concat' || node.operator === 'Split') {
    const joined = node.operator === 'Concat' ? y : x;
    const axis = fromFront(integerAttribute(node, 'axis'), joined.shape.length);
    const parts = node.operator === 'Concat' ? node.inputs.length : node.outputs.length;
    return {
      innerLength: behind(joined.shape, axis) / parts,
      n: parts,
    };
  }
  // Only what is written was read: nothing else of a slice, and nothing repeatedly of a repeated or padded
  // tensor.
  return {
    inBytes: Math.min(bytesOf(x), bytesOf(y)),
    innerLength:
      differingFrom(x.shape, y.shape) === length
        ? elements(y.shape)
        : behind(y.shape, differingFrom(x.shape, y.shape)),
  };
}

/** Number of elements that stay contiguous when dimensions change places. */
function keptAtTheEnd(node: RuntimeNode, x: RuntimeTensor): number {
  const { length } = x.shape;
  const given = integers(node, 'perm');
  const permutation = given.length > 0 ? given : Array.from({ length }, (_, d) => length - 1 - d);
  // Dimensions of size 1 may be anywhere.
  const order = permutation.filter((d) => x.shape[d] > 1);
  const dimensions = x.shape.flatMap((size, d) => (size > 1 ? [d] : []));
  let kept = 1;
  for (let d = order.length - 1; d >= 0 && order[d] === dimensions[d]; d--) kept *= x.shape[order[d]];
  return kept;
}

/** The last dimension in which two shapes differ, counted from the front; their rank if they do not differ. */
function differingFrom(a: readonly number[], b: readonly number[]): number {
  for (let d = b.length - 1; d >= 0; d--) if (a.at(d - b.length) !== b[d]) return d;
  return b.length;
}
