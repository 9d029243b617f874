import { InputError, quote } from '../../base/errors.js';
import { OperatorGraph } from '../../network/graph.js';
import type { Operator, Shape } from '../../network/operator.js';
import {
  DataType,
  decodeModel,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../proto.js';
import { readOperator } from './node-operators.js';

/** An ONNX tensor that is known before the network runs. */
export interface Constant {
  readonly dims: readonly number[];
  /** Of integers (shapes, axes) and of single floats; undefined where the file was given without. */
  readonly values?: readonly number[];
}

/** What a node is read with. */
export interface NodeContext {
  readonly node: NodeProto;
  /** Shape of an input without the batch; undefined where it is a constant. */
  readonly shapeOf: (input: number) => Shape | undefined;
  readonly constantOf: (input: number) => Constant | undefined;
}

/** Constants with more elements are weights, whose values do not matter. */
const MOST_VALUES = 1024;

/**
 * The operator graph of an ONNX model whose first dimension is the batch. The values of its weights do not matter
 * and may be left out of the file. Nodes keep their names, else are called by their first output.
 *
 * @throws InputError naming the node that is not understood, or what is wrong with the file
 */
export function readNetwork(bytes: Uint8Array): OperatorGraph {
  const { node: nodes, input, output, initializer } = graphOf(bytes);
  const constants = new Map<string, Constant>();
  for (const tensor of initializer) constants.set(tensor.name ?? '', constant(tensor));
  const graph = new OperatorGraph();
  const free = distinctNames();
  /** Name of the operator that writes an ONNX value. */
  const writers = new Map<string, string>();
  for (const { name, type } of input) {
    if (constants.has(name)) continue;
    const dims = type?.tensorType?.shape?.dim?.map(({ dimValue }) => dimValue ?? 0) ?? [];
    const [, ...shape] = dims;
    if (shape.length === 0 || shape.some((size) => size < 1)) {
      throw new InputError(
        `input ${quote(name)} needs fixed dimensions after the batch, not [${dims.join(', ')}]`,
      );
    }
    writers.set(name, graph.input(shape, free(name)));
  }
  for (const node of nodes) {
    const [written] = node.output;
    if (!written) throw new InputError(`a node of type ${quote(node.opType)} writes nothing`);
    const known = foldedConstant(node);
    if (known) {
      constants.set(written, known);
      continue;
    }
    const shapeOf = (i: number) => {
      const writer = writers.get(node.input[i] ?? '');
      return writer === undefined ? undefined : graph.shape(writer);
    };
    const constantOf = (i: number) => constants.get(node.input[i] ?? '');
    const name = free(node.name || written);
    const operator = inNode(name, () => readOperator({ node, shapeOf, constantOf }));
    const reads = node.input.flatMap((value) => writers.get(value) ?? []);
    writers.set(written, add(graph, operator, reads, name));
  }
  for (const { name } of output) {
    const writer = writers.get(name);
    if (writer === undefined) throw new InputError(`output ${quote(name)} is written by no node`);
    graph.output(writer, free(name));
  }
  graph.validate();
  return graph;
}

/** Adds a node's operator; a node that changes nothing is its input under another name. */
function add(
  graph: OperatorGraph,
  operator: Operator | undefined,
  reads: readonly string[],
  name: string,
): string {
  if (operator === undefined && reads.length > 0) return reads[0];
  if (operator === undefined) throw new InputError(`node ${quote(name)} reads nothing`);
  return graph.add(operator, reads, name);
}

function graphOf(bytes: Uint8Array): GraphProto {
  let model: ModelProto;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    throw new InputError(`this is no ONNX model: ${(error as Error).message}`);
  }
  if (!model.graph?.node?.length) throw new InputError('this is no ONNX model: it has no nodes');
  return model.graph;
}

/** The value of a node of type Constant. */
function foldedConstant({ opType, attribute }: NodeProto): Constant | undefined {
  const value = opType === 'Constant' ? attribute.find(({ name }) => name === 'value')?.t : undefined;
  return value && constant(value);
}

function constant({ dims, dataType, rawData, ...typed }: TensorProto): Constant {
  const { int64Data, int32Data, floatData } = typed as Record<string, number[] | undefined>;
  const given = [int64Data, int32Data, floatData].find((values) => values && values.length > 0);
  const count = dims.reduce((size, dim) => size * dim, 1);
  if (given) return { dims, values: given };
  if (count > MOST_VALUES || !rawData || rawData.byteLength === 0) return { dims };
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  const each = (bytes: number, read: (at: number) => number) =>
    Array.from({ length: Math.floor(rawData.byteLength / bytes) }, (_, i) => read(i * bytes));
  if (dataType === DataType.int64)
    return { dims, values: each(8, (at) => Number(view.getBigInt64(at, true))) };
  if (dataType === DataType.int32) return { dims, values: each(4, (at) => view.getInt32(at, true)) };
  if (dataType === DataType.float) return { dims, values: each(4, (at) => view.getFloat32(at, true)) };
  return { dims };
}

function inNode<T>(name: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`node ${quote(name)}: ${error.message}`);
  }
}

/** Names of operators, each once: a wish that is taken is numbered. */
function distinctNames(): (wanted: string) => string {
  const taken = new Set<string>();
  return (wanted) => {
    let name = wanted;
    // Past the number of names there are, so that the first try is free unless somebody chose such a name.
    for (let i = taken.size; taken.has(name); i++) name = `${wanted}#${i}`;
    taken.add(name);
    return name;
  };
}
