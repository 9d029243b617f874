import { elements } from '../../base/elements.js';
import { InputError, quote } from '../../base/errors.js';
import { type AttributeProto, DataType, type TensorProto } from '../proto.js';
import { dataTypeOf, elementType, isFloat } from './element-types.js';
import type { ElementType, Tensor } from './tensor-graph.js';

/** Constants with more elements are treated as weights, whose values do not matter. */
export const MOST_VALUES = 1024;

/** Views of raw data (little-endian) by type, with the bytes per element. */
const READERS: Readonly<
  Record<string, readonly [bytes: number, read: (view: DataView, at: number) => number]>
> = {
  float32: [4, (view, at) => view.getFloat32(at, true)],
  float64: [8, (view, at) => view.getFloat64(at, true)],
  float16: [2, (view, at) => fromFloat16(view.getUint16(at, true))],
  int64: [8, (view, at) => Number(view.getBigInt64(at, true))],
  uint64: [8, (view, at) => Number(view.getBigUint64(at, true))],
  int32: [4, (view, at) => view.getInt32(at, true)],
  uint32: [4, (view, at) => view.getUint32(at, true)],
  int16: [2, (view, at) => view.getInt16(at, true)],
  uint16: [2, (view, at) => view.getUint16(at, true)],
  int8: [1, (view, at) => view.getInt8(at)],
  uint8: [1, (view, at) => view.getUint8(at)],
  bool: [1, (view, at) => view.getUint8(at)],
};

/**
 * A constant of the file under a name, with its values if it is small and they are given.
 *
 * @throws InputError if the file holds another number of values than its shape has, or its type is unknown
 */
export function constantTensor(name: string, proto: TensorProto): Tensor {
  const type = elementType(proto.dataType);
  const shape = checkedShape(name, proto.dims);
  checkHeld(name, type, proto);
  const values = smallValues(type, proto);
  return { name, type, shape, constant: true, values, learned: learnedIn(name, type, shape) };
}

function checkHeld(
  name: string,
  type: string,
  { dataType, dims, rawData: raw, ...lists }: TensorProto,
): void {
  if (dataTypeOf(type) === 0)
    throw new InputError(`tensor ${quote(name)} has the data type ${dataType}, which ONNX does not have`);
  const [bytes] = Object.hasOwn(READERS, type) ? READERS[type] : [];
  if (bytes === undefined) return;
  const count = elements(dims);
  const shape = `[${dims.join(', ')}]`;
  if (raw && raw.byteLength > 0 && raw.byteLength !== count * bytes)
    throw new InputError(
      `tensor ${quote(name)} holds ${raw.byteLength} bytes, and ${shape} of ${type} takes ${count * bytes}`,
    );
  const listed = valueList(lists)?.length ?? count;
  if (listed !== count)
    throw new InputError(`tensor ${quote(name)} holds ${listed} values, and ${shape} has ${count}`);
}

type ValueLists = Pick<TensorProto, 'int64Data' | 'floatData' | 'doubleData' | 'uint64Data' | 'int32Data'>;

/** Values that are not stored as raw bytes. */
function valueList(lists: ValueLists): readonly number[] | undefined {
  const { int64Data, floatData, doubleData, uint64Data, int32Data } = lists;
  return [int64Data, floatData, doubleData, uint64Data, int32Data].find(
    (values) => values && values.length > 0,
  );
}

/** Integers are indices and shapes, unless they are dequantised. */
function learnedIn(name: string, type: string, shape: readonly number[]): ReadonlyMap<string, number> {
  return new Map(isFloat(type) ? [[name, elements(shape)]] : []);
}

/** @throws InputError if a dimension is negative, or there are too many elements to count exactly */
export function checkedShape(name: string, shape: readonly number[]): readonly number[] {
  if (
    !shape.every((size) => Number.isSafeInteger(size) && size >= 0) ||
    !Number.isSafeInteger(elements(shape))
  ) {
    throw new InputError(`tensor ${quote(name)} cannot have the shape [${shape.join(', ')}]`);
  }
  return shape;
}

function smallValues(type: string, proto: TensorProto): readonly number[] | undefined {
  const count = elements(proto.dims);
  if (count > MOST_VALUES) return undefined;
  const given = valueList(proto);
  // Half floats are stored as their bits in 32-bit integers.
  if (given) return type === 'float16' ? given.map(fromFloat16) : given;
  const reader = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  const { rawData: raw } = proto;
  if (count === 0) return [];
  if (!reader || !raw || raw.byteLength !== count * reader[0]) return undefined;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: count }, (_, i) => reader[1](view, i * reader[0]));
}

/** A number from the bits of an IEEE 754 half-precision float. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The bits of a number that a half-precision float can be exactly. */
function toFloat16(value: number): number {
  const [bits] = new Uint32Array(Float32Array.of(value).buffer);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127;
  const fraction = bits & 0x7fffff;
  if (exponent === 128) return sign | 0x7c00 | (fraction === 0 ? 0 : 1);
  if (exponent >= -14) return sign | ((exponent + 15) << 10) | (fraction >>> 13);
  return sign | Math.abs(value / 2 ** -24);
}

const INT64_MAX = 2n ** 63n - 1n;

/** Types whose values can be passed to onnxruntime, and how they are written. */
const WRITERS: Readonly<Record<string, (values: readonly number[]) => ArrayBufferView>> = {
  int64: (values) => BigInt64Array.from(values, toInt64),
  int32: (values) => Int32Array.from(values),
  int16: (values) => Int16Array.from(values),
  int8: (values) => Int8Array.from(values),
  uint32: (values) => Uint32Array.from(values),
  uint16: (values) => Uint16Array.from(values),
  uint8: (values) => Uint8Array.from(values),
  bool: (values) => Uint8Array.from(values),
  float64: (values) => Float64Array.from(values),
  float32: (values) => Float32Array.from(values),
  float16: (values) => Uint16Array.from(values, toFloat16),
};

/** Whether the values of a type are tracked. */
export function isFollowed(type: ElementType): boolean {
  return Object.hasOwn(WRITERS, type);
}

/** The values of a constant for running a node; undefined if they are unknown, or of another type. */
export function usableValues({ type, values }: Tensor): readonly number[] | undefined {
  return isFollowed(type) ? values : undefined;
}

/** A constant in the format of a file; undefined without values, and for types whose values are not tracked. */
export function tensorProto({ name, type, shape, values }: Tensor): TensorProto | undefined {
  if (!values || !isFollowed(type)) return undefined;
  const { buffer, byteOffset, byteLength } = WRITERS[type](values);
  const rawData = new Uint8Array(buffer, byteOffset, byteLength);
  return { name, dims: [...shape], dataType: dataTypeOf(type), rawData };
}

/** JavaScript numbers round the largest int64 values to one beyond their range. */
function toInt64(value: number): bigint {
  const integer = BigInt(Math.trunc(value));
  return integer > INT64_MAX ? INT64_MAX : integer < -INT64_MAX ? -INT64_MAX : integer;
}

/** The constant that a Constant node writes; undefined if it is of another kind, such as strings. */
export function constantOfNode(
  name: string,
  attributes: ReadonlyMap<string, AttributeProto>,
): Tensor | undefined {
  const tensor = attributes.get('value')?.t;
  if (tensor) {
    const constant = constantTensor(name, tensor);
    // A single number written into the computation is not learned.
    return elements(constant.shape) === 1 ? { ...constant, learned: new Map() } : constant;
  }
  const sparse = attributes.get('sparse_value')?.sparseTensor;
  if (sparse) return sparseTensor(name, sparse);
  const plain = (type: 'float32' | 'int64', shape: readonly number[], values: readonly number[]): Tensor => ({
    name,
    type,
    shape,
    constant: true,
    values,
    learned: values.length > 1 ? learnedIn(name, type, shape) : undefined,
  });
  for (const [attribute, { f, i, floats, ints, strings, s }] of attributes) {
    if (attribute === 'value_float') return plain('float32', [], [f ?? 0]);
    if (attribute === 'value_int') return plain('int64', [], [i ?? 0]);
    if (attribute === 'value_floats') return plain('float32', [floats?.length ?? 0], floats ?? []);
    if (attribute === 'value_ints') return plain('int64', [ints?.length ?? 0], ints ?? []);
    if (attribute === 'value_string' && s) return { name, type: 'string', shape: [], constant: true };
    if (attribute === 'value_strings') {
      return { name, type: 'string', shape: [strings?.length ?? 0], constant: true };
    }
  }
  return undefined;
}

/** A sparse constant has the shape of its dense equivalent. */
export function sparseTensor(
  name: string,
  { values, dims }: { values?: TensorProto; dims: readonly number[] },
): Tensor {
  const type = elementType(values?.dataType ?? DataType.float);
  const shape = checkedShape(name, dims);
  return { name, type, shape, constant: true, learned: learnedIn(name, type, shape) };
}
