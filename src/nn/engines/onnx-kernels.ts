import { DataType } from '../../onnx/proto.js';
import type { WrittenAttribute } from '../../onnx/write/graph-builder.js';
import { STANDARDISE, STANDARDISE_EPSILON } from '../standardise.js';
import { reshapeTarget, TRACING_BACKEND, type TracingBackend } from './onnx-backend.js';
import { tf } from './tfjs.js';

type Info = tf.TensorInfo;
type Inputs = Record<string, Info>;
type Attrs = Record<string, unknown>;
type Emit = (backend: TracingBackend, inputs: Inputs, attrs: Attrs) => Info | Info[];

const { assertAndGetBroadcastShape } = tf.broadcast_util;

/** Appends one node and returns the tensor that stands for its output. */
function emit(
  backend: TracingBackend,
  op: string,
  operands: readonly (Info | string)[],
  shape: readonly number[],
  dtype: tf.DataType = 'float32',
  attributes: Record<string, WrittenAttribute> = {},
): Info {
  const names = operands.map((o) => (typeof o === 'string' ? o : backend.nameOf(o)));
  return backend.tensor(backend.builder.node(op, names, attributes), shape, dtype);
}

const elementwise =
  (op: string): Emit =>
  (backend, { x }) =>
    emit(backend, op, [x], x.shape, x.dtype);

const sameShape = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** A filled operand stays a scalar as long as the other one has the result's shape. */
function broadcast(backend: TracingBackend, op: string, a: Info, b: Info, dtype: tf.DataType): Info {
  const shape = assertAndGetBroadcastShape(a.shape, b.shape);
  const filled = (t: Info) => backend.uniformValue(t) !== undefined;
  const nameA = !filled(b) && sameShape(b.shape, shape) ? backend.broadcastNameOf(a) : backend.nameOf(a);
  const nameB = !filled(a) && sameShape(a.shape, shape) ? backend.broadcastNameOf(b) : backend.nameOf(b);
  return emit(backend, op, [nameA, nameB], shape, dtype);
}

const binary =
  (op: string, dtype?: tf.DataType): Emit =>
  (backend, { a, b }) =>
    broadcast(backend, op, a, b, dtype ?? a.dtype);

/** Multiplying by one and adding zero come up in every gradient: the other operand is the answer. */
const withNeutral =
  (op: string, neutral: number): Emit =>
  (backend, { a, b }) => {
    const shape = assertAndGetBroadcastShape(a.shape, b.shape);
    if (sameShape(a.shape, shape) && backend.uniformValue(b) === neutral) return a;
    if (sameShape(b.shape, shape) && backend.uniformValue(a) === neutral) return b;
    return broadcast(backend, op, a, b, a.dtype);
  };

function reducedShape(shape: readonly number[], axes: readonly number[], keepDims: boolean): number[] {
  return shape.flatMap((d, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [d]));
}

/** `axesAsInput`: opset 13 moved the axes of ReduceSum, and of no other reduction, into an input. */
const reduction =
  (op: string, axesAsInput = false): Emit =>
  (backend, { x }, attrs) => {
    const given = (attrs.axis ?? attrs.reductionIndices) as number | number[] | undefined;
    const axes = tf.util.parseAxisParam(given ?? x.shape.map((_, i) => i), x.shape);
    const keepDims = Boolean(attrs.keepDims);
    const shape = reducedShape(x.shape, axes, keepDims);
    if (axes.length === 0) return x;
    const keepdims = keepDims ? 1 : 0;
    return axesAsInput
      ? emit(backend, op, [x, backend.builder.ints(axes)], shape, x.dtype, { keepdims })
      : emit(backend, op, [x], shape, x.dtype, { keepdims, axes });
  };

function transpose(backend: TracingBackend, x: Info, perm: readonly number[]): Info {
  const shape = perm.map((p) => x.shape[p]);
  return emit(backend, 'Transpose', [x], shape, x.dtype, { perm });
}

const matMul: Emit = (backend, { a, b }, attrs) => {
  const transposeA = Boolean(attrs.transposeA);
  const transposeB = Boolean(attrs.transposeB);
  const [rank, rankB] = [a.shape.length, b.shape.length];
  const rows = a.shape[rank - (transposeA ? 1 : 2)];
  const columns = b.shape[rankB - (transposeB ? 2 : 1)];
  const batch = assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, rows, columns];
  if (rank === 2 && rankB === 2) {
    return emit(backend, 'Gemm', [a, b], shape, 'float32', { transA: +transposeA, transB: +transposeB });
  }
  const swapped = (t: Info) => {
    const last = t.shape.length - 1;
    return transpose(backend, t, [...t.shape.keys()].slice(0, -2).concat(last, last - 1));
  };
  return emit(backend, 'MatMul', [transposeA ? swapped(a) : a, transposeB ? swapped(b) : b], shape);
};

const reshape: Emit = (backend, { x }, { shape }) => {
  const target = tf.util.inferFromImplicitShape(shape as number[], tf.util.sizeFromShape(x.shape));
  return reshaped(backend, x, target);
};

function reshaped(backend: TracingBackend, x: Info, target: number[]): Info {
  const uniform = backend.uniformValue(x);
  if (uniform !== undefined) return backend.fill(uniform, target, x.dtype);
  return emit(backend, 'Reshape', [x, backend.builder.ints(reshapeTarget(target))], target, x.dtype);
}

const onnxType: Record<string, number> = {
  float32: DataType.float,
  int32: DataType.int32,
  bool: DataType.bool,
};

function converted(backend: TracingBackend, x: Info, type: tf.DataType): Info {
  return type === x.dtype ? x : emit(backend, 'Cast', [x], x.shape, type, { to: onnxType[type] });
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

/** 1 where x > 0, else alpha: the derivative of relu (alpha 0) and of abs (alpha -1). */
const step: Emit = (backend, { x }, { alpha }) => {
  const positive = emit(backend, 'Greater', [x, backend.builder.floats([0], [])], x.shape, 'bool');
  if (!alpha) return converted(backend, positive, 'float32');
  const [one, other] = [1, alpha as number].map((value) => backend.builder.floats([value], []));
  return emit(backend, 'Where', [positive, one, other], x.shape);
};

/** ONNX' layer normalisation without its scale, which differs from member to member. */
const standardised: Emit = (backend, { x }) => {
  const units = x.shape[x.shape.length - 1];
  const scale = backend.builder.floats(new Float32Array(units).fill(1), [units]);
  const attributes = { axis: -1, epsilon: { float: STANDARDISE_EPSILON } };
  const [normal, , inverse] = backend.builder.nodeOutputs(
    'LayerNormalization',
    [backend.nameOf(x), scale],
    3,
    attributes,
  );
  return [
    backend.tensor(normal, x.shape, 'float32'),
    backend.tensor(inverse, x.shape.with(-1, 1), 'float32'),
  ];
};

const fill: Emit = (backend, _inputs, { shape, value, dtype }) =>
  backend.fill(value as number, shape as number[], (dtype as tf.DataType | undefined) ?? 'float32');

const same: Emit = (_backend, { x }) => x;

const kernels: Record<string, Emit> = {
  Abs: elementwise('Abs'),
  Add: withNeutral('Add', 0),
  AddN: (backend, inputs) => emit(backend, 'Sum', Object.values(inputs), Object.values(inputs)[0].shape),
  BatchMatMul: matMul,
  Cast: (backend, { x }, { dtype }) => converted(backend, x, dtype as tf.DataType),
  Concat: concat,
  Equal: binary('Equal', 'bool'),
  Erf: elementwise('Erf'),
  Exp: elementwise('Exp'),
  ExpandDims: (backend, { input }, { dim }) => {
    const axis = (dim as number) < 0 ? input.shape.length + 1 + (dim as number) : (dim as number);
    return reshaped(backend, input, input.shape.toSpliced(axis, 0, 1));
  },
  Fill: fill,
  GatherV2: gather,
  Greater: binary('Greater', 'bool'),
  GreaterEqual: binary('GreaterOrEqual', 'bool'),
  Identity: same,
  Less: binary('Less', 'bool'),
  LessEqual: binary('LessOrEqual', 'bool'),
  Log: elementwise('Log'),
  LogicalAnd: binary('And', 'bool'),
  LogicalNot: elementwise('Not'),
  Max: reduction('ReduceMax'),
  Maximum: binary('Max'),
  Mean: reduction('ReduceMean'),
  Min: reduction('ReduceMin'),
  Minimum: binary('Min'),
  Multiply: withNeutral('Mul', 1),
  Neg: elementwise('Neg'),
  OnesLike: (backend, { x }) => backend.fill(1, x.shape, x.dtype),
  Pack: pack,
  PadV2: pad,
  Pow: binary('Pow'),
  RealDiv: binary('Div'),
  Relu: elementwise('Relu'),
  Reshape: reshape,
  Rsqrt: (backend, { x }) => emit(backend, 'Reciprocal', [emit(backend, 'Sqrt', [x], x.shape)], x.shape),
  Select: (backend, { condition, t, e }) => emit(backend, 'Where', [condition, t, e], t.shape, t.dtype),
  Sigmoid: elementwise('Sigmoid'),
  Sign: elementwise('Sign'),
  Slice: slice,
  Softmax: (backend, { logits }, { dim }) =>
    emit(backend, 'Softmax', [logits], logits.shape, 'float32', { axis: dim as number }),
  Softplus: elementwise('Softplus'),
  Sqrt: elementwise('Sqrt'),
  Square: (backend, { x }) => emit(backend, 'Mul', [x, x], x.shape),
  SquaredDifference: (backend, { a, b }) => {
    const difference = broadcast(backend, 'Sub', a, b, 'float32');
    return emit(backend, 'Mul', [difference, difference], difference.shape);
  },
  SplitV: split,
  [STANDARDISE]: standardised,
  Step: step,
  Sub: binary('Sub'),
  Sum: reduction('ReduceSum', true),
  Tanh: elementwise('Tanh'),
  Tile: tile,
  Transpose: (backend, { x }, { perm }) => transpose(backend, x, perm as number[]),
  Unpack: unpack,
  ZerosLike: (backend, { x }) => backend.fill(0, x.shape, x.dtype),
};

/** Registers every kernel above for the tracing backend. */
export function registerOnnxKernels(): void {
  for (const [kernelName, emitKernel] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName: TRACING_BACKEND,
      kernelFunc: ({ inputs, backend, attrs }) => {
        const result = emitKernel(backend as TracingBackend, inputs as Inputs, (attrs ?? {}) as Attrs);
        return Array.isArray(result) ? result.map(description) : description(result);
      },
    });
  }
}

/** A plain description, never an input tensor itself: tfjs would record it as its own predecessor. */
function description({ dataId, shape, dtype }: Info): Info {
  return { dataId, shape, dtype };
}
