import { LRUCache } from 'lru-cache';
import type { OperatorGraph } from '../network/graph.js';
import type { Input, Operator, Shape } from '../network/operator.js';
import { DataType } from './proto.js';
import { readTensorGraph } from './read/read-tensor-graph.js';
import type { Tensor, TensorGraph, TensorNode } from './read/tensor-graph.js';
import { GraphBuilder } from './write/graph-builder.js';
import { operatorNodes } from './write/operator-nodes.js';
import { RandomWeights } from './write/random-weights.js';

/** An input of an operator. */
interface Read {
  readonly value: string;
  readonly shape: Shape;
  readonly type: DataType;
  /** For a weight, or a value computed only from weights: its values, if there are few. */
  readonly constant?: { readonly values?: readonly number[] };
}

/** Tensor graphs of this many combinations of operator and shapes are kept. */
const parts = new LRUCache<string, TensorGraph>({ max: 4096 });

/**
 * The tensor graph of a network with batch 1. It equals the one read from its `networkModel`, but takes a
 * fraction of the time: networks of a space consist of few different operators and shapes, and each is read
 * only once.
 */
export async function networkTensors(graph: OperatorGraph): Promise<TensorGraph> {
  const nodes: TensorNode[] = [];
  const tensors = new Map<string, Tensor>();
  const inputs: string[] = [];
  const outputs: string[] = [];
  const values = new Map<string, Read>();
  for (const { name, operator, inputs: sources } of graph.nodes()) {
    const read = sources.map((source) => values.get(source) as Read);
    const shape = graph.shape(name);
    if (operator.kind === 'output') outputs.push(read[0].value);
    else if (operator.kind === 'input') {
      const tokens = graph.readers(name).some((reader) => graph.operator(reader).kind === 'embedding');
      const type = tokens ? DataType.int64 : DataType.float;
      values.set(name, { value: name, shape, type });
      tensors.set(name, {
        name,
        type: tokens ? 'int64' : 'float32',
        shape: [1, ...shape],
        constant: false,
      });
      inputs.push(name);
    } else {
      const value = append(await part(operator, read, shape), name, read);
      const tensor = tensors.get(value) as Tensor;
      const constant = tensor.constant ? { values: tensor.values } : undefined;
      values.set(name, { value, shape, type: DataType.float, constant });
    }
  }
  return { nodes, tensors, inputs, outputs, notes: [] };

  /**
   * Adds an operator's nodes under its name.
   *
   * @returns the value that it writes
   */
  function append(of: TensorGraph, name: string, read: readonly Read[]): string {
    const last = of.nodes.at(-1);
    // The part's output is a copy. The tensor that is copied gets the operator's name.
    const copied = last?.outputs[0] === OUTPUT ? last.inputs[0] : OUTPUT;
    const renamed = (tensor: string) => {
      const place = INPUT.exec(tensor)?.[1];
      if (place !== undefined) return read[Number(place)].value;
      return tensor === copied || tensor === '' ? tensor && name : `${name}/${tensor}`;
    };
    /**
     * A weight of the part is either a new weight of the network, or stands for the weights that its input is
     * made of.
     */
    const weights = ([weight, size]: [string, number]): [string, number][] => {
      const made = INPUT.test(weight) ? tensors.get(renamed(weight))?.learned : undefined;
      return made ? [...made] : [[`${name}/${weight}`, size]];
    };
    for (const node of of.nodes) {
      if (node.outputs[0] === OUTPUT) continue;
      nodes.push({
        ...node,
        name: `${name}/${node.name}`,
        inputs: node.inputs.map(renamed),
        outputs: node.outputs.map(renamed),
      });
    }
    for (const tensor of of.tensors.values()) {
      if (INPUT.test(tensor.name) || (tensor.name === OUTPUT && copied !== OUTPUT)) continue;
      const learned = tensor.learned && new Map([...tensor.learned].flatMap(weights));
      tensors.set(renamed(tensor.name), {
        ...tensor,
        name: renamed(tensor.name),
        ...(learned && { learned }),
      });
    }
    return renamed(copied);
  }
}

const OUTPUT = 'out';
const INPUT = /^in(\d+)$/;

/** One operator as a separate network, which reads `in0`, `in1`, … and copies its result to `out`. */
async function part(
  operator: Exclude<Operator, Input>,
  read: readonly Read[],
  shape: Shape,
): Promise<TensorGraph> {
  const key = JSON.stringify([
    operator,
    read.map(({ shape: of, type, constant }) => [of, type, constant]),
    shape,
  ]);
  const known = parts.get(key);
  if (known) return known;
  const g = new GraphBuilder('operator');
  const given = read.map((input, i) => ({ ...input, value: written(g, `in${i}`, input) }));
  const nodes = { g, weights: new RandomWeights(g, 1, 'none'), batch: 1, batched: 'in0' };
  const value = operatorNodes(nodes, 'operator', operator, given, shape);
  g.output(value, DataType.float, [1, ...shape], OUTPUT);
  const graph = await readTensorGraph(g.model({ producerVersion: '' }));
  parts.set(key, graph);
  return graph;
}

function written(g: GraphBuilder, name: string, { type, shape, constant }: Read): string {
  if (!constant) return g.input(name, type, [1, ...shape]);
  const { values } = constant;
  return values ? g.floats(values, [1, ...shape], name) : g.shapeOnly(name, [1, ...shape]);
}
