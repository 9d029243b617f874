import { InputError, quote } from '../../base/errors.js';
import type { FileNode } from './file-node.js';
import { broadcastsAlongAxis } from './old-operator-sets.js';
import type { Tensor } from './tensor-graph.js';

/** The tensor at the position of an output; undefined if it is not known. */
type OwnShape = (node: FileNode, input: Tensor) => Pick<Tensor, 'type' | 'shape'>;

/** The operator set in which the bounds of a slice became inputs, which may have negative axes. */
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
  if (isSlicedFromEnd(node)) return sliced;
  const disagrees = node.domain === '' && POOLS.has(node.operator) && (isCeiled(node) || isDilatedSame(node));
  return disagrees ? pooled : undefined;
}

/** The second input is broadcast to the first. */
function alongAxis({ operator }: FileNode, { type, shape }: Tensor): Pick<Tensor, 'type' | 'shape'> {
  return { type: /^(Equal|Greater|Less)$/.test(operator) ? 'bool' : type, shape };
}

/** A slice with negative attributes, which onnxruntime runs but does not infer. It infers, and checks, all others. */
function isSlicedFromEnd(node: FileNode): boolean {
  if (node.domain !== '' || node.operator !== 'Slice' || node.version >= SLICE_WITH_INPUTS) return false;
  const [starts, ends, axes] = ['starts', 'ends', 'axes'].map((name) => numbers(node, name));
  const isWhole = starts.length === ends.length && (axes.length === 0 || axes.length === starts.length);
  return isWhole && [...starts, ...axes].some((value) => value < 0);
}

/** Negative bounds count from the end; all are cut to the size, as in Python. */
function sliced(node: FileNode, { type, shape }: Tensor): Pick<Tensor, 'type' | 'shape'> {
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

function autoPad({ attributes }: FileNode): string {
  return new TextDecoder().decode(attributes.get('auto_pad')?.s);
}

/** As computed by onnxruntime's `PoolAttributes`. */
function pooled(node: FileNode, { type, shape }: Tensor): Pick<Tensor, 'type' | 'shape'> {
  const [kernel, strides, dilations, pads] = ['kernel_shape', 'strides', 'dilations', 'pads'].map((name) =>
    numbers(node, name),
  );
  const isSame = SAME.test(autoPad(node));
  const isCeil = node.attributes.get('ceil_mode')?.i === 1;
  const spatial = shape.slice(2);
  const sizes = spatial.map((size, axis) => {
    const stride = strides[axis] ?? 1;
    const reach = (dilations[axis] ?? 1) * (kernel[axis] - 1) + 1;
    const before = isSame ? 0 : (pads[axis] ?? 0);
    const padding = isSame
      ? Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel[axis] - size)
      : before + (pads[axis + spatial.length] ?? 0);
    const steps = (size + padding - reach) / stride;
    if (!isCeil) return Math.floor(steps) + 1;
    const windows = Math.ceil(steps) + 1;
    return (windows - 1) * stride >= size + before ? windows - 1 : windows;
  });
  return { type, shape: [...shape.slice(0, 2), ...sizes] };
}
