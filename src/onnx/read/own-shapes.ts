import { InputError, quote } from '../../base/errors.js';
import type { FileNode } from './file-node.js';
import { broadcastsAlongAxis } from './old-operator-sets.js';
import type { Tensor } from './tensor-graph.js';

type Shaped = Pick<Tensor, 'type' | 'shape'>;

/** What a node writes, given its inputs by position; undefined as long as one of them is not known that it depends on. */
type OwnShape = (
  node: FileNode,
  input: Tensor,
  others: (position: number) => Tensor | undefined,
) => Shaped | undefined;

/** The operator set in which the bounds of a slice became inputs; it infers and checks these. */
const SLICE_WITH_INPUTS = 10;

const POOLS = new Set(['MaxPool', 'AveragePool', 'LpPool']);
const SAME = /^SAME_(UPPER|LOWER)$/;

/** Operators that write floats of the input's shape, and that onnxruntime's inference skips. */
const AS_INPUT = new Set([
  ':MeanVarianceNormalization',
  'ai.onnx.ml:Binarizer',
  'ai.onnx.ml:Imputer',
  'ai.onnx.ml:Normalizer',
  'ai.onnx.ml:Scaler',
]);

/**
 * How a node's shapes follow from that of its first input, for operators where onnxruntime's inference is
 * missing or contradicts what it runs. Undefined for all others.
 */
export function ownShape(node: FileNode): OwnShape | undefined {
  if (AS_INPUT.has(`${node.domain}:${node.operator}`))
    return (_, { type, shape }) => ({ type: node.domain === '' ? type : 'float32', shape });
  if (broadcastsAlongAxis(node)) return alongAxis;
  if (node.domain !== '') return undefined;
  if (isOldSlice(node)) return sliced;
  if (node.operator === 'MaxUnpool' && node.inputs[2]) return unpooled;
  if (
    node.operator === 'ConvTranspose' &&
    (numbers(node, 'output_shape').length > 0 || SAME.test(autoPad(node)))
  )
    return transposed;
  const disagrees = isCeiled(node) || isDilatedSame(node) || isUnpadded(node);
  return POOLS.has(node.operator) && disagrees ? pooled : undefined;
}

/** The second input is broadcast to the first. */
function alongAxis({ operator }: FileNode, { type, shape }: Tensor): Shaped {
  return { type: /^(Equal|Greater|Less)$/.test(operator) ? 'bool' : type, shape };
}

/** A slice with attributes; onnxruntime runs all, but does not infer those with negative ones or unsorted axes. */
function isOldSlice(node: FileNode): boolean {
  if (node.operator !== 'Slice' || node.version >= SLICE_WITH_INPUTS) return false;
  const [starts, ends, axes] = ['starts', 'ends', 'axes'].map((name) => numbers(node, name));
  return starts.length === ends.length && (axes.length === 0 || axes.length === starts.length);
}

/** The output shape may be given as a constant. */
function unpooled(
  _: FileNode,
  { type }: Tensor,
  others: (position: number) => Tensor | undefined,
): Shaped | undefined {
  const shape = others(2)?.values;
  return shape && { type, shape };
}

/** A given output may be smaller than the input; where the padding is chosen, the extra padding is ignored. */
function transposed(
  node: FileNode,
  { type, shape }: Tensor,
  others: (position: number) => Tensor | undefined,
): Shaped | undefined {
  const weight = others(1)?.shape;
  if (!weight) return undefined;
  const given = numbers(node, 'output_shape');
  const [strides, count] = [numbers(node, 'strides'), shape.length - 2];
  const sizes =
    given.length > 0 ? given.slice(-count) : shape.slice(2).map((size, axis) => size * (strides[axis] ?? 1));
  return { type, shape: [shape[0], weight[1] * (node.attributes.get('group')?.i ?? 1), ...sizes] };
}

/** Negative bounds count from the end; all are cut to the size, as in Python. */
function sliced(node: FileNode, { type, shape }: Tensor): Shaped {
  const [starts, ends, axes] = ['starts', 'ends', 'axes'].map((name) => numbers(node, name));
  const sizes = [...shape];
  for (const [i, start] of starts.entries()) {
    const axis = axes.length === 0 ? i : axes[i] < 0 ? axes[i] + shape.length : axes[i];
    const size = shape[axis];
    if (size === undefined)
      throw new InputError(
        `node ${quote(node.name)} (Slice) has the axis ${axes[i] ?? i}, and its input is [${shape.join(', ')}]`,
      );
    const within = (bound: number) => Math.max(0, Math.min(bound < 0 ? bound + size : bound, size));
    sizes[axis] = Math.max(0, within(ends[i]) - within(start));
  }
  return { type, shape: sizes };
}

const numbers = ({ attributes }: FileNode, name: string): readonly number[] =>
  attributes.get(name)?.ints ?? [];

/**
 * A last window that would start after the input does not exist, although inference for older operator sets
 * counts it.
 */
function isCeiled(node: FileNode): boolean {
  return node.attributes.get('ceil_mode')?.i === 1;
}

/** The padding is computed as for undilated windows, so the output is smaller. */
function isDilatedSame(node: FileNode): boolean {
  return SAME.test(autoPad(node)) && numbers(node, 'dilations').some((size) => size > 1);
}

/** Pads that are given beside `VALID` are ignored. */
function isUnpadded(node: FileNode): boolean {
  return autoPad(node) === 'VALID' && numbers(node, 'pads').some((size) => size > 0);
}

function autoPad({ attributes }: FileNode): string {
  return new TextDecoder().decode(attributes.get('auto_pad')?.s);
}

/** As computed by onnxruntime's `PoolAttributes`. */
function pooled(node: FileNode, { type, shape }: Tensor): Shaped {
  const [kernel, strides, dilations, pads] = ['kernel_shape', 'strides', 'dilations', 'pads'].map((name) =>
    numbers(node, name),
  );
  const isSame = SAME.test(autoPad(node));
  const isPadded = !isSame && !isUnpadded(node);
  const isCeil = node.attributes.get('ceil_mode')?.i === 1;
  const spatial = shape.slice(2);
  const sizes = spatial.map((size, axis) => {
    const stride = strides[axis] ?? 1;
    const reach = (dilations[axis] ?? 1) * (kernel[axis] - 1) + 1;
    const before = isPadded ? (pads[axis] ?? 0) : 0;
    const padding = isSame
      ? Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel[axis] - size)
      : before + (isPadded ? (pads[axis + spatial.length] ?? 0) : 0);
    const steps = (size + padding - reach) / stride;
    if (!isCeil) return Math.floor(steps) + 1;
    const windows = Math.ceil(steps) + 1;
    return (windows - 1) * stride >= size + before ? windows - 1 : windows;
  });
  return { type, shape: [...shape.slice(0, 2), ...sizes] };
}
