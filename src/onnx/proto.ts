import protobuf from '#protobufjs';

/**
 * The part of the ONNX schema (onnx.proto3, IR version 13) that this project reads and writes. Field numbers
 * are those of the standard; omitted fields are skipped when a file is read.
 */
const schema = protobuf.parse(`
  syntax = "proto3";
  package onnx;
  message AttributeProto {
    string name = 1; float f = 2; int64 i = 3; bytes s = 4; TensorProto t = 5; GraphProto g = 6;
    repeated float floats = 7; repeated int64 ints = 8; repeated bytes strings = 9;
    int32 type = 20; string ref_attr_name = 21; SparseTensorProto sparse_tensor = 22;
  }
  message ValueInfoProto { string name = 1; TypeProto type = 2; }
  message NodeProto {
    repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
    repeated AttributeProto attribute = 5; string domain = 7; string overload = 8;
  }
  message FunctionProto {
    string name = 1; repeated string input = 4; repeated string output = 5; repeated NodeProto node = 7;
    repeated OperatorSetIdProto opset_import = 9; string domain = 10; repeated AttributeProto attribute_proto = 11;
    string overload = 13;
  }
  message ModelProto {
    int64 ir_version = 1; repeated OperatorSetIdProto opset_import = 8; string producer_name = 2;
    string producer_version = 3; GraphProto graph = 7; repeated StringStringEntryProto metadata_props = 14;
    repeated FunctionProto functions = 25;
  }
  message StringStringEntryProto { string key = 1; string value = 2; }
  message GraphProto {
    repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12; repeated ValueInfoProto value_info = 13;
    repeated SparseTensorProto sparse_initializer = 15;
  }
  message TensorProto {
    repeated int64 dims = 1; int32 data_type = 2; repeated float float_data = 4; repeated int32 int32_data = 5;
    repeated bytes string_data = 6; repeated int64 int64_data = 7; string name = 8; bytes raw_data = 9;
    repeated double double_data = 10; repeated uint64 uint64_data = 11;
    repeated StringStringEntryProto external_data = 13; int32 data_location = 14;
  }
  message SparseTensorProto { TensorProto values = 1; TensorProto indices = 2; repeated int64 dims = 3; }
  message TensorShapeProto {
    message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
    repeated Dimension dim = 1;
  }
  message TypeProto {
    message Tensor { int32 elem_type = 1; TensorShapeProto shape = 2; }
    message Sequence { TypeProto elem_type = 1; }
    message Map { int32 key_type = 1; }
    message Optional { TypeProto elem_type = 1; }
    oneof value { Tensor tensor_type = 1; Sequence sequence_type = 4; Map map_type = 5; Optional optional_type = 9; }
  }
  message OperatorSetIdProto { string domain = 1; int64 version = 2; }
`).root;

/** `TensorProto.DataType`. */
export const DataType = { float: 1, int32: 6, int64: 7, bool: 9 } as const;
export type DataType = number;

/** `AttributeProto.AttributeType`. */
export const AttributeType = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

export interface TensorProto {
  name?: string;
  dims: number[];
  dataType: DataType;
  rawData?: Uint8Array;
  floatData?: number[];
  int32Data?: number[];
  int64Data?: number[];
  doubleData?: number[];
  uint64Data?: number[];
  /** `location`, `offset` and `length` of raw data in another file, if `dataLocation` is 1. */
  externalData?: { key: string; value: string }[];
  dataLocation?: number;
}

export interface AttributeProto {
  name: string;
  type: number;
  f?: number;
  i?: number;
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  floats?: number[];
  ints?: number[];
  strings?: Uint8Array[];
  sparseTensor?: { values?: TensorProto; dims: number[] };
  /** In a function: the attribute of the call that provides this one's value. */
  refAttrName?: string;
}

export interface NodeProto {
  opType: string;
  domain?: string;
  /** Tells apart model functions with the same name. */
  overload?: string;
  name?: string;
  input: string[];
  output: string[];
  attribute: AttributeProto[];
}

export interface ValueInfoProto {
  name: string;
  /** Absent for an output whose type is to be inferred. */
  type?: TypeProto;
}

/** Without `tensorType`, it is a sequence, a map or an optional value. */
export interface TypeProto {
  tensorType?: {
    elemType: DataType;
    /** Absent if not even the number of dimensions is known. */
    shape?: { dim: { dimValue?: number; dimParam?: string }[] };
  };
}

export interface GraphProto {
  name: string;
  node: NodeProto[];
  initializer: TensorProto[];
  input: ValueInfoProto[];
  output: ValueInfoProto[];
  valueInfo?: ValueInfoProto[];
  sparseInitializer?: { values?: TensorProto; dims: number[] }[];
}

/** A function of the model, which nodes call by its domain and name. */
export interface FunctionProto {
  name: string;
  domain?: string;
  overload?: string;
  input: string[];
  output: string[];
  node: NodeProto[];
  opsetImport: { domain?: string; version: number }[];
  /** Default values of its attributes. */
  attributeProto: AttributeProto[];
}

export interface ModelProto {
  irVersion: number;
  producerName: string;
  producerVersion: string;
  opsetImport: { domain?: string; version: number }[];
  graph: GraphProto;
  metadataProps: { key: string; value: string }[];
  functions?: FunctionProto[];
}

/** The bytes of a `.onnx` file. */
export function encodeModel(model: ModelProto): Uint8Array {
  return schema.lookupType('onnx.ModelProto').encode(model).finish();
}

/** Reads the bytes of a `.onnx` file; fields missing from the schema above are skipped. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  const type = schema.lookupType('onnx.ModelProto');
  return type.toObject(type.decode(bytes), {
    longs: Number,
    arrays: true,
    objects: true,
    defaults: false,
  }) as ModelProto;
}

/** A typed array's bytes in ONNX's format: little-endian, row-major. */
export function rawData(values: Float32Array | Int32Array | BigInt64Array | Uint8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
}
