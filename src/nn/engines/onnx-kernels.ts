import { DataType } from '../../onnx/proto.js';
import { STANDARDISE, STANDARDISE_EPSILON } from '../standardise.js';
import { TRACING_BACKEND, type TracingBackend } from './onnx-backend.js';
import { type Attrs, type Emit, emit, type Info, type KernelInputs } from './onnx-emit.js';
import { layoutKernels, transpose } from './onnx-layout-kernels.js';
import { tf } from './tfjs.js';

const { assertAndGetBroadcastShape } = tf.broadcast_util;

const elementwise =
  (op: string): Emit =>
  (backend, { x }) =>
    emit(backend, op, [x], x.shape, x.dtype);

const sameShape = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** A filled operand stays a scalar as long as the other operand has the result's shape. */
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

/** Multiplying by one and adding zero occur in every gradient; the result is the other operand. */
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

/** `axesAsInput`: opset 13 turned the axes of ReduceSum, but of no other reduction, into an input. */
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

const onnxType: Record<string, number> = {
  float32: DataType.float,
  int32: DataType.int32,
  bool: DataType.bool,
};

function converted(backend: TracingBackend, x: Info, type: tf.DataType): Info {
  return type === x.dtype ? x : emit(backend, 'Cast', [x], x.shape, type, { to: onnxType[type] });
}

/** 1 where x > 0, otherwise alpha: the derivative of relu (alpha 0) and of abs (alpha -1). */
const step: Emit = (backend, { x }, { alpha }) => {
  const positive = emit(backend, 'Greater', [x, backend.builder.floats([0], [])], x.shape, 'bool');
  if (!alpha) return converted(backend, positive, 'float32');
  const [one, other] = [1, alpha as number].map((value) => backend.builder.floats([value], []));
  return emit(backend, 'Where', [positive, one, other], x.shape);
};

/** ONNX's layer normalisation without its scale, which differs between members. */
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
  ...layoutKernels,
  Abs: elementwise('Abs'),
  Add: withNeutral('Add', 0),
  AddN: (backend, inputs) => emit(backend, 'Sum', Object.values(inputs), Object.values(inputs)[0].shape),
  BatchMatMul: matMul,
  Cast: (backend, { x }, { dtype }) => converted(backend, x, dtype as tf.DataType),
  Equal: binary('Equal', 'bool'),
  Erf: elementwise('Erf'),
  Exp: elementwise('Exp'),
  Fill: fill,
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
  Pow: binary('Pow'),
  RealDiv: binary('Div'),
  Relu: elementwise('Relu'),
  Rsqrt: (backend, { x }) => emit(backend, 'Reciprocal', [emit(backend, 'Sqrt', [x], x.shape)], x.shape),
  Select: (backend, { condition, t, e }) => emit(backend, 'Where', [condition, t, e], t.shape, t.dtype),
  Sigmoid: elementwise('Sigmoid'),
  Sign: elementwise('Sign'),
  Softmax: (backend, { logits }, { dim }) =>
    emit(backend, 'Softmax', [logits], logits.shape, 'float32', { axis: dim as number }),
  Softplus: elementwise('Softplus'),
  Sqrt: elementwise('Sqrt'),
  Square: (backend, { x }) => emit(backend, 'Mul', [x, x], x.shape),
  SquaredDifference: (backend, { a, b }) => {
    const difference = broadcast(backend, 'Sub', a, b, 'float32');
    return emit(backend, 'Mul', [difference, difference], difference.shape);
  },
  [STANDARDISE]: standardised,
  Step: step,
  Sub: binary('Sub'),
  Sum: reduction('ReduceSum', true),
  Tanh: elementwise('Tanh'),
  ZerosLike: (backend, { x }) => backend.fill(0, x.shape, x.dtype),
};

/** Registers every kernel above for the tracing backend. */
export function registerOnnxKernels(): void {
  for (const [kernelName, emitKernel] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName: TRACING_BACKEND,
      kernelFunc: ({ inputs, backend, attrs }) => {
        const result = emitKernel(backend as TracingBackend, inputs as KernelInputs, (attrs ?? {}) as Attrs);
        return Array.isArray(result) ? result.map(description) : description(result);
      },
    });
  }
}

/** A plain description rather than an input tensor, which tfjs would record as its own predecessor. */
function description({ dataId, shape, dtype }: Info): Info {
  return { dataId, shape, dtype };
}
