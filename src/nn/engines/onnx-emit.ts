import type { WrittenAttribute } from '../../onnx/write/graph-builder.js';
import type { TracingBackend } from './onnx-backend.js';
import type { tf } from './tfjs.js';

export type Info = tf.TensorInfo;
export type KernelInputs = Record<string, Info>;
export type Attrs = Record<string, unknown>;
/** Appends the computation of a tfjs kernel to the graph being traced. */
export type Emit = (backend: TracingBackend, inputs: KernelInputs, attrs: Attrs) => Info | Info[];

/** Appends one node and returns the tensor that stands for its output. */
export function emit(
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
