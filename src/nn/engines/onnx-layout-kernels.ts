import { reshapeTarget, type TracingBackend } from './onnx-backend.js';
import { type Emit, emit, type Info } from './onnx-emit.js';
import { tf } from './tfjs.js';

export function transpose(backend: TracingBackend, x: Info, perm: readonly number[]): Info {
  const shape = perm.map((p) => x.shape[p]);
  return emit(backend, 'Transpose', [x], shape, x.dtype, { perm });
}

const reshape: Emit = (backend, { x }, { shape }) => {
  const target = tf.util.inferFromImplicitShape(shape as number[], tf.util.sizeFromShape(x.shape));
  return reshaped(backend, x, target);
};

function reshaped(backend: TracingBackend, x: Info, target: number[]): Info {
  const uniform = backend.uniformValue(x);
  if (uniform !== undefined) return backend.fill(uniform, target, x.dtype);
  return emit(backend, 'Reshape', [x, backend.builder.ints(reshapeTarget(target))], target, x.dtype);
}

function concatenated(backend: TracingBackend, tensors: readonly Info[], axis: number): Info {
  const shapes = tensors.map((t) => t.shape);
  const shape = tf.backend_util.computeOutShape(shapes, axis);
  return emit(backend, 'Concat', tensors, shape, tensors[0].dtype, { axis });
}

const concat: Emit = (backend, inputs, attrs) => {
  const tensors = Object.values(inputs);
  return concatenated(backend, tensors, tf.util.parseAxisParam(attrs.axis as number, tensors[0].shape)[0]);
};

const pack: Emit = (backend, inputs, attrs) => {
  const tensors = Object.values(inputs);
  const given = attrs.axis as number;
  const axis = given < 0 ? given + tensors[0].shape.length + 1 : given;
  const expanded = tensors.map((t) => reshaped(backend, t, t.shape.toSpliced(axis, 0, 1)));
  return concatenated(backend, expanded, axis);
};

const slice: Emit = (backend, { x }, attrs) => {
  const [begin, size] = tf.slice_util.parseSliceParams(
    x as tf.Tensor,
    attrs.begin as number[],
    attrs.size as number[],
  );
  return sliceOf(backend, x, begin, size);
};

function sliceOf(backend: TracingBackend, x: Info, begin: readonly number[], size: readonly number[]): Info {
  const axes = [...x.shape.keys()].filter((i) => begin[i] !== 0 || size[i] !== x.shape[i]);
  if (axes.length === 0) return x;
  const b = backend.builder;
  const starts = b.ints(axes.map((i) => begin[i]));
  const ends = b.ints(axes.map((i) => begin[i] + size[i]));
  return emit(backend, 'Slice', [x, starts, ends, b.ints(axes)], size, x.dtype);
}

const split: Emit = (backend, { x }, attrs) => {
  const axis = tf.util.parseAxisParam(attrs.axis as number, x.shape)[0];
  const sizes = tf.backend_util.prepareSplitSize(
    x as tf.Tensor,
    attrs.numOrSizeSplits as number | number[],
    axis,
  );
  let offset = 0;
  return sizes.map((size) => {
    const begin = x.shape.map((_, i) => (i === axis ? offset : 0));
    offset += size;
    return sliceOf(backend, x, begin, x.shape.with(axis, size));
  });
};

const unpack: Emit = (backend, { value }, attrs) => {
  const axis = tf.util.parseAxisParam(attrs.axis as number, value.shape)[0];
  return Array.from({ length: value.shape[axis] }, (_, i) => {
    const begin = value.shape.map((__, k) => (k === axis ? i : 0));
    return reshaped(
      backend,
      sliceOf(backend, value, begin, value.shape.with(axis, 1)),
      value.shape.toSpliced(axis, 1),
    );
  });
};

const pad: Emit = (backend, { x }, attrs) => {
  const paddings = attrs.paddings as [number, number][];
  const shape = x.shape.map((d, i) => d + paddings[i][0] + paddings[i][1]);
  const pads = backend.builder.ints([...paddings.map((p) => p[0]), ...paddings.map((p) => p[1])]);
  const value = backend.builder.floats([attrs.constantValue as number], []);
  return emit(backend, 'Pad', [x, pads, value], shape, x.dtype);
};

const tile: Emit = (backend, { x }, { reps }) => {
  const repeats = reps as number[];
  const shape = x.shape.map((d, i) => d * repeats[i]);
  return emit(backend, 'Tile', [x, backend.builder.ints(repeats)], shape, x.dtype);
};

const gather: Emit = (backend, { x, indices }, attrs) => {
  const axis = tf.util.parseAxisParam(attrs.axis as number, x.shape)[0];
  const shape = x.shape.toSpliced(axis, 1, ...indices.shape);
  return emit(backend, 'Gather', [x, indices], shape, x.dtype, { axis });
};

const expandDims: Emit = (backend, { input }, { dim }) => {
  const axis = (dim as number) < 0 ? input.shape.length + 1 + (dim as number) : (dim as number);
  return reshaped(backend, input, input.shape.toSpliced(axis, 0, 1));
};

/** Kernels that move values without computing any, by tfjs's names. */
export const layoutKernels: Readonly<Record<string, Emit>> = {
  Concat: concat,
  ExpandDims: expandDims,
  GatherV2: gather,
  Pack: pack,
  PadV2: pad,
  Reshape: reshape,
  Slice: slice,
  SplitV: split,
  Tile: tile,
  Transpose: (backend, { x }, { perm }) => transpose(backend, x, perm as number[]),
  Unpack: unpack,
};
