import { DirectedGraph, MultiDirectedGraph } from 'graphology';
import { hasCycle, topologicalSort } from 'graphology-dag';
import { InputError, quote } from '../base/errors.js';
import type { Operator, Shape } from './operator.js';
import { inferShape } from './shapes.js';

/** A serialised node: its operator, and the nodes whose tensors it reads, in order. */
export interface OperatorNode {
  readonly name: string;
  readonly operator: Operator;
  readonly inputs: readonly string[];
}

/** Facts about a node from the file that the network was read from. */
export interface FileFacts {
  /** Shape of the tensor that it writes, without the batch. */
  readonly shape: Shape;
  /** All dimensions in the file. */
  readonly fullShape: readonly number[];
  /** Multiply-accumulates for the full tensors. */
  readonly macs: number;
  /** Number of parameters, not counting those shared with earlier nodes. */
  readonly parameters: number;
}

/** Attributes of a node of the Graphology graph. */
export interface OperatorAttributes {
  readonly operator: Operator;
  /** Shape of the tensor that the node writes. */
  readonly shape: Shape;
  readonly file?: FileFacts;
}

/** Attributes of an edge of the Graphology graph, which carries a tensor to one reader. */
export interface TensorAttributes {
  /** Position among the reader's inputs, from 0. */
  readonly position: number;
}

/**
 * A network as a directed acyclic graph in Graphology: nodes are operators, each writes one tensor, and edges
 * carry tensors to their readers. It is a multigraph, as an operator may read one tensor twice (a square).
 *
 * A node can only be added after its inputs and only if its shape follows from theirs. Every graph is
 * therefore acyclic, and all its shapes are known. Use `graph` for Graphology's algorithms, but add nodes
 * only through the methods of this class.
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
   * Builds a graph from nodes in any order.
   *
   * @throws InputError that names the node at fault: a cycle, an unknown or unsuitable input, a dangling node
   *   …
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

  /**
   * Adds an input of the network and returns its name.
   *
   * @param shape without the batch
   * @throws InputError if the name is taken
   */
  input(shape: Shape, name?: string): string {
    return this.add({ kind: 'input', shape }, [], name);
  }

  /**
   * Marks a tensor as a result of the network and returns the name of the marker.
   *
   * @throws InputError if the name is taken, or there is no operator `of`
   */
  output(of: string, name?: string): string {
    return this.add({ kind: 'output' }, [of], name);
  }

  /**
   * Adds an operator that reads the tensors of `inputs`, and returns its name (such as `relu_7` if none is
   * given).
   *
   * @param file facts from a file, which replace those derived from the operator
   * @throws InputError if the name is taken, an input is unknown, or the operator cannot read such inputs
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

  /** Names of the operators in topological order: each comes after its inputs. */
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

  /** Facts from the network's file; undefined for a network that was not read from one. */
  file(name: string): FileFacts | undefined {
    return this.attributes(name).file;
  }

  /** The operators whose tensors it reads, in order; repeated if one is read twice. */
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
   * Checks what cannot be checked when operators are added: that the network has an input and an output, and
   * that every tensor is read.
   *
   * @throws InputError that names the node at fault
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

/** The nodes of a cycle in the direction of the edges, ending with the first again. */
function cycleOf(graph: DirectedGraph): string[] {
  const rest = graph.copy();
  // Once there are no sources, every node has a predecessor, so walking backwards must end up in a cycle.
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
