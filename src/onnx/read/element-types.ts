import type { ElementType } from './tensor-graph.js';

/** Names of `TensorProto.DataType`, from 0; onnxruntime's names where it has the type. */
const NAMES: readonly ElementType[] = [
  'undefined',
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'uint4',
  'int4',
  'float4e2m1',
  'float8e8m0',
  'uint2',
  'int2',
];

/** The name of a `TensorProto.DataType`. */
export function elementType(dataType: number): ElementType {
  return NAMES[dataType] ?? `type ${dataType}`;
}

/** The `TensorProto.DataType` of a name; 0 if there is none. */
export function dataTypeOf(type: ElementType): number {
  return Math.max(0, NAMES.indexOf(type));
}

/** The `TensorProto.DataType` by its name in the standard: `FLOAT`, `INT64`. */
export function dataTypeNamed(name: string): number {
  const usual = { FLOAT: 'float32', DOUBLE: 'float64' }[name] ?? name.toLowerCase();
  return dataTypeOf(usual);
}

/** Whether elements are real numbers, as those of learned tensors are before quantisation. */
export function isFloat(type: ElementType): boolean {
  return type.includes('float');
}
