import { InputError } from '../../base/errors.js';
import { version } from '../../base/version.js';
import { totalCost } from '../../network/cost.js';
import type { OperatorGraph } from '../../network/graph.js';
import type { Shape } from '../../network/operator.js';
import { DataType } from '../proto.js';
import { type Dimension, GraphBuilder } from './graph-builder.js';
import type { BatchedTensor, NetworkNodes } from './network-nodes.js';
import { operatorNodes } from './operator-nodes.js';
import { RandomWeights } from './random-weights.js';

/** Options for writing a network as an ONNX model. */
export interface NetworkModelOptions {
  /** Batch size; `dynamic` leaves it open in the model. */
  readonly batch: number | 'dynamic';
  /** Seed of the weights. */
  readonly seed: number;
  /** Learned tensors by name; missing ones are random. */
  readonly weights?: ReadonlyMap<string, Float32Array>;
  /** Entries of the file's `metadata_props`. */
  readonly metadata?: Record<string, string>;
}

/** Maximum size of a protobuf message. */
const MOST_BYTES = 2 ** 31;

/**
 * The bytes of an ONNX model of a network, with random weights. Each operator becomes the nodes that
 * exporters write for it; fusing them is left to runtimes. Inputs and outputs have the names of their
 * operators; learned tensors are called `<operator>.weight`, `.bias`, `.scale`, `.shift`, `.mean`,
 * `.variance` or `.value`. Inputs are float32 `[batch, …shape]`, or int64 if an embedding reads them as
 * tokens.
 *
 * @throws InputError if the weights do not fit into an ONNX file
 */
export function networkModel(graph: OperatorGraph, options: NetworkModelOptions): Uint8Array {
  const bytes = 4 * totalCost(graph).parameters;
  if (bytes > MOST_BYTES) {
    throw new InputError(`its weights take ${(bytes / 1e9).toFixed(1)} GB; an ONNX file has at most 2 GiB`);
  }
  const g = new GraphBuilder('network');
  const batch = options.batch === 'dynamic' ? 'batch' : options.batch;
  const withBatch = (shape: Shape): Dimension[] => [batch, ...shape];
  const nodes: NetworkNodes = {
    g,
    weights: new RandomWeights(g, options.seed, 'random', options.weights),
    batch,
    batched: graph.names().find((name) => graph.operator(name).kind === 'input') as string,
  };
  const tensors = new Map<string, BatchedTensor>();
  for (const { name, operator, inputs } of graph.nodes()) {
    const read = inputs.map((input) => tensors.get(input) as BatchedTensor);
    const shape = graph.shape(name);
    if (operator.kind === 'input') {
      const tokens = graph.readers(name).some((reader) => graph.operator(reader).kind === 'embedding');
      const type = tokens ? DataType.int64 : DataType.float;
      tensors.set(name, { value: g.input(name, type, withBatch(shape)), shape, type });
    } else if (operator.kind === 'output') {
      g.output(read[0].value, read[0].type, withBatch(shape), name);
    } else {
      const value = operatorNodes(nodes, name, operator, read, shape);
      tensors.set(name, { value, shape, type: DataType.float });
    }
  }
  return g.model({ producerVersion: version, metadata: options.metadata });
}
