import protobuf from '#protobufjs';

/** As much of `TensorProto` (onnx.proto3) as says its dimensions, apart from the schema of the reader. */
const schema = protobuf.parse('syntax = "proto3"; message TensorProto { repeated int64 dims = 1; }').root;

/** The dimensions of a tensor in a `.pb` file. */
export function tensorDims(bytes: Uint8Array): number[] {
  const type = schema.lookupType('TensorProto');
  const { dims = [] } = type.toObject(type.decode(bytes), { longs: Number }) as { dims?: number[] };
  return dims;
}
