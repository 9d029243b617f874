import type { DataId } from '@tensorflow/tfjs';
import { DataType, rawData } from '../../onnx/proto.js';
import type { GraphBuilder } from '../../onnx/write/graph-builder.js';
import { tf } from './tfjs.js';

/** The tracing backend's name in tfjs. */
export const TRACING_BACKEND = 'onnx-tracing';

/**
 * A tfjs function that cannot be expressed as an ONNX graph. The message names the kernel and the line that
 * called it.
 */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

/**
 * Stands for an unknown batch size while tracing, because tfjs' shapes are always numbers. It is a prime
 * larger than any layer's width, so a dimension that is a multiple of it can only come from the batch.
 */
export const SYMBOLIC_BATCH = 100_003;

interface Value {
  /** Name in the ONNX graph; constants are named when a node first reads them. */
  name?: string;
  constant?: { values: tf.backend_util.BackendValues; shape: readonly number[]; dtype: tf.DataType };
}

/**
 * A tfjs backend that computes nothing: each kernel call appends ONNX nodes to a graph. While it is active,
 * any tfjs code, including `tf.grads`, is recorded.
 */
export class TracingBackend extends tf.KernelBackend {
  private values = new WeakMap<DataId, Value>();
  private graph: GraphBuilder | undefined;
  private serial = 0;

  start(graph: GraphBuilder): void {
    this.graph = graph;
    this.values = new WeakMap();
  }

  stop(): void {
    this.graph = undefined;
  }

  get builder(): GraphBuilder {
    if (!this.graph) throw new TraceError('the tracing backend is only usable inside trace()');
    return this.graph;
  }

  /** A tensor that stands for a named value of the graph. */
  tensor(name: string, shape: readonly number[], dtype: tf.DataType): tf.TensorInfo {
    const dataId = { id: this.serial++ };
    this.values.set(dataId, { name });
    return { dataId, shape: [...shape], dtype };
  }

  /** The graph's name for a tensor. A constant becomes an initializer when it is first used. */
  nameOf(tensor: tf.TensorInfo): string {
    const value = this.values.get(tensor.dataId);
    if (!value) throw new TraceError('a tensor made outside trace() was used inside it');
    if (value.constant && value.constant.values.length < tf.util.sizeFromShape(tensor.shape)) {
      return this.spread(value.constant.values[0] as number, tensor);
    }
    value.name ??= this.initializer(value);
    return value.name;
  }

  /** The same for a reader that broadcasts: a filled tensor can then stay a single number. */
  broadcastNameOf(tensor: tf.TensorInfo): string {
    const value = this.uniformValue(tensor);
    return value === undefined || tensor.dtype !== 'float32'
      ? this.nameOf(tensor)
      : this.builder.floats([value], []);
  }

  /** The number with which a constant tensor is filled, if there is only one. */
  uniformValue(tensor: tf.TensorInfo): number | undefined {
    const values = this.values.get(tensor.dataId)?.constant?.values;
    if (!values || values.length === 0 || typeof values[0] !== 'number') return undefined;
    const first = values[0];
    for (let i = 1; i < values.length; i++) if (values[i] !== first) return undefined;
    return first;
  }

  /** A constant filled with one number, stored as a scalar. ONNX broadcasts it where tfjs wants the full shape. */
  fill(value: number, shape: readonly number[], dtype: tf.DataType): tf.TensorInfo {
    const dataId = { id: this.serial++ };
    this.values.set(dataId, { constant: { values: Float32Array.of(value), shape: [], dtype } });
    return { dataId, shape: [...shape], dtype };
  }

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): DataId {
    const dataId = { id: this.serial++ };
    this.values.set(dataId, { constant: { values, shape, dtype } });
    return dataId;
  }

  override move(
    dataId: DataId,
    values: tf.backend_util.BackendValues,
    shape: number[],
    dtype: tf.DataType,
  ): void {
    this.values.set(dataId, { constant: { values, shape, dtype } });
  }

  override readSync(dataId: object): tf.backend_util.BackendValues {
    const constant = this.values.get(dataId)?.constant;
    if (!constant)
      throw new TraceError("a tensor's values were read while tracing; they exist only when the model runs");
    return constant.values;
  }

  override async read(dataId: object): Promise<tf.backend_util.BackendValues> {
    return this.readSync(dataId);
  }

  override numDataIds(): number {
    return this.serial;
  }
  override disposeData(): boolean {
    return true;
  }
  override incRef(): void {}
  override refCount(): number {
    return 1;
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }

  private spread(value: number, { shape, dtype }: tf.TensorInfo): string {
    const size = tf.util.sizeFromShape(shape);
    if (size >= SYMBOLIC_BATCH)
      throw new TraceError(`a constant of shape [${shape}] depends on the batch size`);
    return this.initializer({ constant: { values: new Float32Array(size).fill(value), shape, dtype } });
  }

  private initializer({ constant }: Value): string {
    if (!constant) throw new TraceError('a value without a name or contents');
    const { values, shape, dtype } = constant;
    const numbers = values as ArrayLike<number>;
    if (dtype === 'float32') return this.builder.floats(Float32Array.from(numbers), shape);
    const raw = dtype === 'bool' ? Uint8Array.from(numbers) : Int32Array.from(numbers);
    return this.builder.constant(dtype === 'bool' ? DataType.bool : DataType.int32, rawData(raw), shape);
  }
}

/** Dimensions for an ONNX `Reshape`: -1 for the one that contains the symbolic batch. */
export function reshapeTarget(shape: readonly number[]): number[] {
  const target = shape.map((d) => (d >= SYMBOLIC_BATCH && d % SYMBOLIC_BATCH === 0 ? -1 : d));
  if (target.filter((d) => d === -1).length > 1) {
    throw new TraceError(`a reshape to [${shape}] has the batch in two dimensions`);
  }
  return target;
}
