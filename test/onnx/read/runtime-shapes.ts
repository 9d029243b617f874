import { openSession, Tensor } from '../../../src/base/onnxruntime.js';
import { decodeModel, encodeModel, type TensorProto, type ValueInfoProto } from '../../../src/onnx/proto.js';
import { elementType } from '../../../src/onnx/read/element-types.js';

/** Bytes of an element by `TensorProto.DataType`. */
const BYTES = new Map([
  [1, 4],
  [2, 1],
  [3, 1],
  [6, 4],
  [7, 8],
  [9, 1],
  [10, 2],
  [11, 8],
  [16, 2],
]);

/**
 * Shapes of all tensors that nodes of a model's graph write, as a run by onnxruntime has them: zeros for inputs, and for
 * weights that are left out.
 *
 * @param inputs shapes by name
 */
export async function runtimeShapes(
  file: Uint8Array,
  inputs: ReadonlyMap<string, readonly number[]>,
): Promise<Map<string, readonly number[]>> {
  const model = decodeModel(file);
  const { graph } = model;
  for (const tensor of graph.initializer) {
    fill(tensor);
    tensor.int64Data = tensor.int64Data?.map(inRange);
  }
  for (const attribute of graph.node.flatMap((node) => node.attribute)) {
    if (attribute.t) fill(attribute.t);
    attribute.ints = attribute.ints?.map(inRange);
  }
  const constants = new Set(graph.initializer.map(({ name }) => name));
  // Old files list weights among the inputs, some of them without the weight.
  const asked = graph.input.filter(({ name }) => !constants.has(name));
  const written = new Set(graph.node.flatMap(({ output }) => output.filter((name) => name !== '')));
  const bytes = encodeModel({
    ...model,
    graph: { ...graph, output: [...written].map((name) => ({ name })) },
  });
  const session = await openSession(bytes, 1, { graphOptimizationLevel: 'disabled', logSeverityLevel: 4 });
  try {
    const feeds = Object.fromEntries(
      asked.map((input) => [input.name, zeros(input, inputs.get(input.name))]),
    );
    const results = await session.run(feeds);
    return new Map([...written].map((name) => [name, results[name].dims]));
  } finally {
    await session.release();
  }
}

/** The largest integer, which means “to the end”, is no number of JavaScript. */
function inRange(value: number): number {
  return Math.min(value, 2 ** 62);
}

function fill(tensor: TensorProto): void {
  const count = elements(tensor.dims);
  const given = [tensor.rawData, tensor.floatData, tensor.int32Data, tensor.int64Data, tensor.doubleData];
  if (count === 0 || given.some((values) => values && values.length > 0)) return;
  tensor.rawData = new Uint8Array(count * (BYTES.get(tensor.dataType) ?? 4));
}

function zeros({ name, type }: ValueInfoProto, shape: readonly number[] | undefined): Tensor {
  // An input that nothing reads is no tensor of the graph.
  const dims = shape ?? type?.tensorType?.shape?.dim.map(({ dimValue = 1 }) => Math.max(1, dimValue)) ?? [];
  const element = elementType(type?.tensorType?.elemType ?? 1);
  const count = elements(dims);
  switch (element) {
    case 'int64':
      return new Tensor('int64', new BigInt64Array(count), dims);
    case 'int32':
      return new Tensor('int32', new Int32Array(count), dims);
    case 'bool':
      return new Tensor('bool', new Uint8Array(count), dims);
    case 'float16':
      return new Tensor('float16', new Uint16Array(count), dims);
    case 'float32':
      return new Tensor('float32', new Float32Array(count), dims);
    default:
      throw new Error(`input ${name} has elements of type ${element}`);
  }
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
