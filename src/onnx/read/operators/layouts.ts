import { elements } from '../../../base/elements.js';
import type { Operator, Pool, Reduce } from '../../../network/operator.js';
import { fitsNowhere, imagePadding, type NodeFacts, pairOf } from './node-facts.js';
import type { OperatorRow, OperatorRows } from './operator-row.js';

/** What is wrong with the window of a pooling. */
const window: OperatorRow['misfit'] = (node) => {
  const kernel = node.ints('kernel_shape', []);
  for (const name of ['kernel_shape', 'strides', 'dilations']) {
    const wrong = node.ints(name, []).find((size) => size < 1);
    if (wrong !== undefined) return `its ${name} have ${wrong}`;
  }
  const pads = node.ints('pads', []);
  const wrong = pads.find((size, i) => size < 0 || size >= kernel[i % kernel.length]);
  if (wrong !== undefined)
    return `its pads [${pads.join(', ')}] do not go with its kernel [${kernel.join(', ')}]`;
  const skipped = passedOver(node, kernel);
  if (skipped !== undefined)
    return `its stride ${skipped} passes over the end of its input, so that its padding would be negative`;
  return fitsNowhere(node, kernel) ? `its kernel [${kernel.join(', ')}] is larger than its input` : undefined;
};

/** A stride with which a chosen padding would be negative, for the poolings that onnxruntime then refuses to run. */
function passedOver(node: NodeFacts, kernel: readonly number[]): number | undefined {
  const { operator, version } = node.node;
  const refuses = operator === 'MaxPool' || (operator === 'AveragePool' && version < 19);
  const isDilated = node.ints('dilations', []).some((by) => by > 1);
  if (!refuses || isDilated || !node.text('auto_pad', 'NOTSET').startsWith('SAME')) return undefined;
  const spatial = node.shape(0).slice(2);
  return node.ints('strides', []).find((stride, i) => {
    const last = (Math.ceil(spatial[i] / stride) - 1) * stride;
    return last + kernel[i] < spatial[i];
  });
}

/** Pooling of images; devices do not know dilated pooling. */
const pool = (kind: Pool['kind']): OperatorRow => ({
  misfit: window,
  operator: (node) => {
    const kernel = pairOf(node.ints('kernel_shape', []));
    const padding = kernel && imagePadding(node.pads(kernel));
    const stride = pairOf(node.ints('strides', [1, 1]));
    if (!kernel || !padding || !stride || node.ints('dilations', [1]).some((size) => size !== 1))
      return undefined;
    return { kind, kernel, stride, padding, ceil: node.int('ceil_mode', 0) === 1 };
  },
});

const reduce = (kind: Reduce['kind']): OperatorRow => ({
  operator: (node) => {
    const shape = node.shape(0);
    const given = node.axes(1) ?? [];
    const none = given.length === 0;
    if (none && node.int('noop_with_empty_axes', 0) === 1) return { kind: 'identity' };
    const axes = none ? shape.map((_, axis) => axis) : given;
    // If the batch is reduced, there is only one input.
    return {
      kind,
      axes: axes.map((axis) => node.axisOf(axis, shape)).filter((axis) => axis >= 0),
      keepDimensions: node.int('keepdims', 1) === 1,
    };
  },
});

/** A view: the same elements with another shape. */
const view: OperatorRow = {
  operator: (node): Operator => ({ kind: 'reshape', shape: node.withoutBatch(node.output.shape) }),
};

/** Squares of pixels become channels, or vice versa. */
const blocks = (
  dimensions: (shape: readonly number[], block: number) => readonly [number, number][],
): OperatorRow => ({
  misfit: (node) => {
    for (const [size, parts] of dimensions(node.shape(0), node.int('blocksize', 1)))
      if (size % parts !== 0) return `its blocks of ${parts} do not divide ${size}`;
    return undefined;
  },
});

export const LAYOUTS: OperatorRows = {
  MaxPool: pool('maxPool'),
  AveragePool: pool('avgPool'),
  LpPool: { misfit: window },
  GlobalAveragePool: globalPool('globalAvgPool'),
  GlobalMaxPool: globalPool('globalMaxPool'),
  ReduceMean: reduce('reduceMean'),
  ReduceSum: reduce('reduceSum'),
  ReduceMax: reduce('reduceMax'),
  Reshape: {
    ...view,
    misfit: (node) => {
      const [from, to] = [node.shape(0), node.output.shape];
      if (elements(from) === elements(to)) return undefined;
      return `[${from.join(', ')}] has ${elements(from)} elements, and [${to.join(', ')}] has ${elements(to)}`;
    },
  },
  Squeeze: view,
  Unsqueeze: view,
  Flatten: {
    operator: (node) => (node.int('axis', 1) === 1 ? { kind: 'flatten' } : view.operator?.(node)),
  },
  Transpose: {
    operator: (node) => {
      const shape = node.shape(0);
      const axes = node.ints(
        'perm',
        shape.map((_, i) => shape.length - 1 - i),
      );
      const permutation = axes.map((axis) => node.axisOf(axis, shape));
      // The batch has to stay in place.
      const moved = permutation.indexOf(-1) > 0;
      return moved ? undefined : { kind: 'transpose', permutation: permutation.filter((axis) => axis >= 0) };
    },
  },
  Concat: {
    operator: (node) => {
      const axis = node.axisOf(node.int('axis', 1), node.output.shape);
      return axis >= 0 ? { kind: 'concat', axis } : undefined;
    },
  },
  Pad: {
    settings: [1, 2, 3],
    misfit: reflection,
    operator: (node) => {
      const pads = node.ints('pads', node.values(1) ?? []);
      const [n, c, top, left, n2, c2, bottom, right] = pads;
      if (pads.length !== 8 || [n, c, n2, c2].some((size) => size !== 0)) return undefined;
      return { kind: 'pad', padding: [top, left, bottom, right] };
    },
  },
  Resize: {
    settings: [1, 2, 3],
    operator: (node) => {
      const size = pairOf(node.output.shape.slice(2));
      return size && { kind: 'resize', size };
    },
  },
  Upsample: {
    settings: [1],
    operator: (node) => {
      const size = pairOf(node.output.shape.slice(2));
      return size && { kind: 'resize', size };
    },
  },
  DepthToSpace: blocks(([, channels], block) => [[channels, block ** 2]]),
  SpaceToDepth: blocks(([, , height, width], block) => [
    [height, block],
    [width, block],
  ]),
  Slice: { operator: slice },
  Split: { operators: split },
  Gather: {
    weights: [0],
    misfit: (node) => {
      const axis = node.int('axis', 0);
      const size = node.shape(0).at(axis) ?? 0;
      const wrong = node.values(1)?.find((index) => index >= size || index < -size);
      return wrong === undefined ? undefined : `it reads ${wrong} of ${size}`;
    },
    operator: embedding,
  },
  OneHot: { settings: [1, 2] },
  NonMaxSuppression: { settings: [2, 3, 4] },
};

function globalPool(kind: 'globalAvgPool' | 'globalMaxPool'): OperatorRow {
  return {
    misfit: (node) =>
      node.shape(0).length < 3 ? `its input [${node.shape(0).join(', ')}] has nothing to pool` : undefined,
    operator: (node) => (node.shape(0).length === 4 ? { kind } : undefined),
  };
}

/** What is wrong with a padding by reflection: it reaches as far as the input, without the edge. */
function reflection(node: NodeFacts): string | undefined {
  if (node.text('mode', 'constant') !== 'reflect') return undefined;
  const pads = node.ints('pads', node.values(1) ?? []);
  const shape = node.shape(0);
  const axes = node.values(3) ?? shape.map((_, axis) => axis);
  const wrong = pads.findIndex((size, i) => size >= (shape.at(axes[i % axes.length]) ?? 0));
  if (wrong < 0) return undefined;
  return `its padding of ${pads[wrong]} reflects more than there is in a dimension of ${shape.at(axes[wrong % axes.length])}`;
}

/** A contiguous part of one dimension. */
function slice(node: NodeFacts): Operator | undefined {
  const starts = node.ints('starts', node.values(1) ?? []);
  const axes = node.axes(3) ?? starts.map((_, i) => i);
  const steps = node.values(4) ?? [1];
  if (starts.length !== 1 || steps[0] !== 1) return undefined;
  const shape = node.shape(0);
  const axis = node.axisOf(axes[0], shape);
  const size = node.withoutBatch(shape)[axis];
  if (size === undefined) return undefined;
  const start = Math.min(size, starts[0] < 0 ? starts[0] + size : starts[0]);
  return { kind: 'slice', axis, start, end: start + node.withoutBatch(node.output.shape)[axis] };
}

function split(node: NodeFacts): (Operator | undefined)[] {
  const axis = node.axisOf(node.int('axis', 0), node.shape(0));
  let end = 0;
  return node.outputs.map((output) => {
    const start = end;
    end += (output && node.withoutBatch(output.shape)[axis]) ?? Number.NaN;
    return Number.isNaN(end) ? undefined : { kind: 'slice', axis, start, end };
  });
}

/** Vectors looked up for `[batch, tokens]`. */
function embedding(node: NodeFacts): Operator | undefined {
  if (!node.isConstant(0) || node.isConstant(1) || node.int('axis', 0) !== 0) return undefined;
  const [vocabulary, features, ...more] = node.shape(0);
  return more.length === 0 && features !== undefined
    ? { kind: 'embedding', vocabulary, features }
    : undefined;
}

/** Operators of onnxruntime's own domain. */
export const RUNTIME_LAYOUTS: OperatorRows = {
  GatherBlockQuantized: {
    weights: [0],
    settings: [2, 3],
    packed: (node, input) => {
      const perElement = node.input(input)?.type === 'uint8' ? 8 / node.int('bits', 4) : 1;
      return elements(node.shape(input)) * perElement;
    },
  },
};
