import { DirectedGraph, MultiDirectedGraph } from 'graphology';
import { hasCycle, topologicalSort } from 'graphology-dag';
import { InputError, quote } from '../base/errors.js';
import type { Operator, Shape } from './operator.js';
import { inferShape } from './shapes.js';

/** A node as written down: its operator, and the nodes whose tensors it reads, in order. */
export interface OperatorNode {
  readonly name: string;
  readonly operator: Operator;
  readonly inputs: readonly string[];
}

/** What a node's file says of it, where the network was read from one. */
export interface FileFacts {
  /** Of the tensor that it writes, without the batch. */
  readonly shape: Shape;
  /** All dimensions in the file. */
  readonly fullShape: readonly number[];
  /** For its full tensors. */
  readonly macs: number;
  /** Without those of nodes before it that it shares. */
  readonly parameters: number;
}

/** What the Graphology graph knows of a node. */
export interface OperatorAttributes {
  readonly operator: Operator;
  /** Of the tensor that the node writes. */
  readonly shape: Shape;
  readonly file?: FileFacts;
}

/** What the Graphology graph knows of an edge: a tensor on its way to one reader. */
export interface TensorAttributes {
  /** Which of the reader's inputs it is, from 0. */
  readonly position: number;
}

/**
 * A network as a directed acyclic graph in Graphology: nodes are operators, each writes one tensor, and edges carry
 * tensors to their readers. It is a multigraph, as an operator may read one tensor twice (a square).
 *
 * A node can only be added after its inputs and only if its shape follows from theirs, so that every
 * graph is acyclic and has all shapes. `graph` is for Graphology's algorithms; nodes are added here.
 *
 * ```
 * const network = new OperatorGraph();
 * const image = network.input([3, 32, 32]);
 * const stem = network.add(conv2d(16, 3), [image], 'stem.conv');
 * network.output(network.add({ kind: 'relu' }, [stem]));
 * network.validate();
 * topologicalGenerations(network.graph);
 * ```
 */
export class OperatorGraph {
  /** Nodes in the order in which they were added, which is a topological one. */
  readonly graph = new MultiDirectedGraph<OperatorAttributes, TensorAttributes>();

  /**
   * A graph from nodes in any order.
   * @throws InputError naming the node at fault: a cycle, an unknown or wrong input, a dangling node …
   */
  static from(nodes: readonly OperatorNode[]): OperatorGraph {
    const byName = new Map<string, OperatorNode>();
    for (const node of nodes) {
      if (byName.has(node.name)) throw nameTaken(node.name);
      byName.set(node.name, node);
    }
    const dependencies = new DirectedGraph();
    for (const { name } of nodes) dependencies.addNode(name);
    for (const { name, operator, inputs } of nodes) {
      for (const input of inputs) {
        if (!byName.has(input)) throw unknownInput(name, operator, input);
        dependencies.mergeEdge(input, name);
      }
    }
    if (hasCycle(dependencies)) {
      throw new InputError(`the graph has a cycle: ${cycleOf(dependencies).map(quoted).join(' → ')}`);
    }
    const graph = new OperatorGraph();
    for (const name of topologicalSort(dependencies)) {
      const { operator, inputs } = byName.get(name) as OperatorNode;
      graph.add(operator, inputs, name);
    }
    graph.validate();
    return graph;
  }

  /** Adds an input of the network and returns its name. */
  input(shape: Shape, name?: string): string {
    return this.add({ kind: 'input', shape }, [], name);
  }

  /** Marks a tensor as a result of the network and returns the marker's name. */
  output(of: string, name?: string): string {
    return this.add({ kind: 'output' }, [of], name);
  }

  /**
   * Adds an operator that reads the tensors of `inputs`, and returns its name (`relu_7` if none is given).
   * @param file what is known from a file, in place of what would follow from the operator
   * @throws InputError if the name is taken, an input is unknown, or the operator can't read such inputs
   */
  add(
    operator: Operator,
    inputs: readonly string[],
    name = `${operator.kind}_${this.order}`,
    file?: FileFacts,
  ): string {
    if (this.graph.hasNode(name)) throw nameTaken(name);
    const shapes = inputs.map((input) => {
      if (!this.graph.hasNode(input)) throw unknownInput(name, operator, input);
      return this.shape(input);
    });
    this.graph.addNode(name, { operator, shape: file?.shape ?? inferShape(name, operator, shapes), file });
    for (const [position, input] of inputs.entries()) this.graph.addEdge(input, name, { position });
    return name;
  }

  /** Number of operators. */
  get order(): number {
    return this.graph.order;
  }

  /** The operators' names in topological order: each behind all that it reads. */
  names(): string[] {
    return this.graph.nodes();
  }

  /** The nodes in topological order, in the form that `from` reads. */
  nodes(): OperatorNode[] {
    return this.names().map((name) => ({ name, operator: this.operator(name), inputs: this.inputs(name) }));
  }

  operator(name: string): Operator {
    return this.attributes(name).operator;
  }

  /** Shape of the tensor that the operator writes, without the batch. */
  shape(name: string): Shape {
    return this.attributes(name).shape;
  }

  /** What its file says of it; undefined for a network that was not read from one. */
  file(name: string): FileFacts | undefined {
    return this.attributes(name).file;
  }

  /** The operators whose tensors it reads, in order; one that is read twice is there twice. */
  inputs(name: string): readonly string[] {
    const inputs: string[] = [];
    this.attributes(name);
    this.graph.forEachInEdge(name, (_, { position }, source) => {
      inputs[position] = source;
    });
    return inputs;
  }

  /** The operators that read its tensor, each once. */
  readers(name: string): readonly string[] {
    this.attributes(name);
    return this.graph.outNeighbors(name);
  }

  private attributes(name: string): OperatorAttributes {
    if (!this.graph.hasNode(name)) throw new InputError(`there is no operator named ${quote(name)}`);
    return this.graph.getNodeAttributes(name);
  }

  /**
   * Checks what adding one operator after another can't: that the network has an input and an output, and
   * that every tensor is read.
   * @throws InputError naming the node
   */
  validate(): void {
    for (const kind of ['input', 'output'] as const) {
      if (!this.graph.someNode((_, { operator }) => operator.kind === kind)) {
        throw new InputError(`the graph has no ${kind}`);
      }
    }
    this.graph.forEachNode((name, { operator }) => {
      if (operator.kind !== 'output' && this.graph.outDegree(name) === 0) {
        throw new InputError(
          `operator ${quote(name)} (${operator.kind}) is dangling: nothing reads its tensor; connect it or mark it as an output`,
        );
      }
    });
  }
}

function nameTaken(name: string): InputError {
  return new InputError(`two operators are named ${quote(name)}`);
}

function unknownInput(name: string, operator: Operator, input: string): InputError {
  return new InputError(
    `operator ${quote(name)} (${operator.kind}) reads ${quote(input)}, and there is no such operator`,
  );
}

const quoted = (name: string) => quote(name);

/** The nodes of one cycle in the direction of the edges, the first again at the end. */
function cycleOf(graph: DirectedGraph): string[] {
  const rest = graph.copy();
  // Without sources every node has a predecessor, so that walking backwards must come round.
  for (let source = firstSource(rest); source !== undefined; source = firstSource(rest))
    rest.dropNode(source);
  const path = [rest.nodes()[0]];
  for (;;) {
    const previous = rest.inNeighbors(path[path.length - 1])[0];
    const start = path.indexOf(previous);
    path.push(previous);
    if (start >= 0) return path.slice(start).reverse();
  }
}

function firstSource(graph: DirectedGraph): string | undefined {
  return graph.findNode((node) => graph.inDegree(node) === 0);
}
