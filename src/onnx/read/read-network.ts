import { InputError } from '../../base/errors.js';
import { inputCountOf } from '../../network/attributes.js';
import { OperatorGraph } from '../../network/graph.js';
import type { Operator, Shape } from '../../network/operator.js';
import { inferShape } from '../../network/shapes.js';
import { batchNote, batchOf } from './batch.js';
import { type NodeCost, nodeCosts } from './costs.js';
import { distinctNames } from './distinct-names.js';
import { NodeFacts, withoutBatch } from './operators/node-facts.js';
import { rowOf } from './operators/registry.js';
import { uncountedNote } from './operators/uncounted.js';
import { readTensorGraph } from './read-tensor-graph.js';
import {
  type OnnxReadOptions,
  type Tensor,
  type TensorGraph,
  type TensorNode,
  tensorOf,
} from './tensor-graph.js';

/** A network that was read from a file. */
export interface ReadNetwork {
  readonly network: OperatorGraph;
  /** Notes for readers of a result: sizes that were chosen, and what the result applies to. */
  readonly notes: readonly string[];
}

/**
 * Reads the operator graph of an ONNX model. Nodes keep their names; unnamed ones are named after their first
 * output.
 *
 * @throws InputError that names the node that is not understood, or says what is wrong with the file
 */
export async function readNetwork(bytes: Uint8Array, options?: OnnxReadOptions): Promise<ReadNetwork> {
  return networkOf(await readTensorGraph(bytes, options));
}

/**
 * The operator graph of a tensor graph. Costs are for the full tensors; analytic devices get the shapes of a
 * single one of the inputs in a batch.
 */
function networkOf(graph: TensorGraph): ReadNetwork {
  if (graph.outputs.every((name) => tensorOf(graph, name).constant))
    throw new InputError('nothing that it computes depends on an input: its outputs are constants');
  const batch = batchOf(graph);
  const notes = [...graph.notes];
  if (batch > 1) notes.push(batchNote(graph, batch));
  const uncounted = uncountedNote(graph);
  if (uncounted) notes.push(uncounted);
  return { network: new Conversion(graph, batch).run(), notes };
}

/** An input of an operator, with its position among the node's inputs. */
interface Operand {
  readonly position: number;
  /** Undefined for a constant that nothing has read yet. */
  readonly writer: string | undefined;
  readonly shape: Shape;
}

const FREE: NodeCost = { macs: 0, parameters: [] };

class Conversion {
  private readonly network = new OperatorGraph();
  /** Reserved because Graphology keeps edges in plain objects, which inherit these properties. */
  private readonly freeName = distinctNames(Object.getOwnPropertyNames(Object.prototype));
  /** Name of the operator that writes a tensor. */
  private readonly writers = new Map<string, string>();
  private readonly read: ReadonlySet<string>;

  constructor(
    private readonly graph: TensorGraph,
    private readonly batch: number,
  ) {
    this.read = new Set([...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs]);
  }

  run(): OperatorGraph {
    const { graph, network } = this;
    for (const name of graph.inputs) {
      const tensor = tensorOf(graph, name);
      const shape = withoutBatch(tensor.shape, this.batch);
      this.write(tensor, shape, { kind: 'input', shape }, [], name, FREE);
    }
    const costs = nodeCosts(graph);
    for (const node of graph.nodes) this.add(node, costs.get(node.name) ?? FREE);
    for (const name of graph.outputs) {
      const tensor = tensorOf(graph, name);
      const shape = withoutBatch(tensor.shape, this.batch);
      const writer =
        this.writers.get(name) ?? this.write(tensor, shape, { kind: 'parameter', shape }, [], name, FREE);
      const file = { shape, fullShape: tensor.shape, macs: 0, parameters: 0 };
      network.add({ kind: 'output' }, [writer], this.freeName(name), file);
    }
    network.validate();
    return network;
  }

  /** Adds a node's operator, and one for each further output that is read. */
  private add(node: TensorNode, cost: NodeCost): void {
    const facts = new NodeFacts(this.graph, node, this.batch);
    const row = rowOf(node);
    const parts = row.operators?.(facts);
    let main: string | undefined;
    for (const [i, tensor] of facts.outputs.entries()) {
      if (!tensor || !this.read.has(tensor.name)) continue;
      const name = main === undefined ? node.name : tensor.name;
      if (main !== undefined && !parts) {
        const shape = withoutBatch(tensor.shape, this.batch);
        this.write(tensor, shape, { kind: 'identity' }, [main], name, FREE);
        continue;
      }
      const operator = parts ? parts[i] : row.operator?.(facts);
      main = this.addOne(facts, operator, tensor, name, main === undefined ? cost : FREE);
    }
  }

  /** Adds the operator if its shapes agree with the file, otherwise an `other` with ONNX's name. */
  private addOne(
    { node, batch }: NodeFacts,
    known: Operator | undefined,
    output: Tensor,
    name: string,
    cost: NodeCost,
  ): string {
    const shape = withoutBatch(output.shape, batch);
    const writers = node.inputs.map((input) => this.writers.get(input));
    const takesConstants = known !== undefined && inputCountOf(known.kind)[1] > 1;
    const operands = node.inputs.flatMap((input, position): Operand[] => {
      const writer = writers[position];
      if (writer !== undefined) return [{ writer, position, shape: this.network.shape(writer) }];
      if (input === '' || !takesConstants) return [];
      return [{ writer, position, shape: constantShape(tensorOf(this.graph, input), output, batch) }];
    });
    const shapes = operands.map((operand) => operand.shape);
    if (known === undefined || !follows(shape, known, shapes)) {
      const computed = writers.filter((writer) => writer !== undefined);
      return this.write(output, shape, { kind: 'other', operator: node.operator }, computed, name, cost);
    }
    const left = [...cost.parameters];
    const reads = operands.map((operand) => {
      if (operand.writer !== undefined) return operand.writer;
      const constant = tensorOf(this.graph, node.inputs[operand.position]);
      const [parameters] = left.splice(operand.position, 1, 0);
      const operator: Operator = { kind: 'parameter', shape: operand.shape };
      return this.write(constant, operand.shape, operator, [], constant.name, {
        macs: 0,
        parameters: [parameters],
      });
    });
    return this.write(output, shape, known, reads, name, { ...cost, parameters: left });
  }

  private write(
    tensor: Tensor,
    shape: Shape,
    operator: Operator,
    reads: readonly string[],
    wanted: string,
    { macs, parameters }: NodeCost,
  ): string {
    const file = {
      shape,
      fullShape: tensor.shape,
      macs,
      parameters: parameters.reduce((sum, n) => sum + n, 0),
    };
    const name = this.network.add(operator, reads, this.freeName(wanted), file);
    this.writers.set(tensor.name, name);
    return name;
  }
}

/**
 * Shape of a constant among computed tensors. Its first dimension is the batch if its rank equals that of the
 * result.
 */
function constantShape({ shape }: Tensor, output: Tensor, batch: number): Shape {
  if (shape.length < output.shape.length) return shape;
  return shape[0] === 1 ? shape.slice(1) : withoutBatch(shape, batch);
}

/** Whether an operator writes a tensor of this shape. */
function follows(shape: Shape, operator: Operator, inputs: readonly Shape[]): boolean {
  try {
    const own = inferShape('', operator, inputs);
    return own.length === shape.length && own.every((size, i) => size === shape[i]);
  } catch {
    return false;
  }
}
