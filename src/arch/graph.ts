import { DirectedGraph } from 'graphology';
import { hasCycle, topologicalSort } from 'graphology-dag';
import { InputError, quote } from '../errors.js';
import type { Operator, Shape } from './operator.js';
import { inferShape } from './shapes.js';

/** A node as written down: its operator, and the nodes whose tensors it reads, in order. */
export interface OperatorNode {
  readonly name: string;
  readonly operator: Operator;
  readonly inputs: readonly string[];
}

interface NodeAttributes {
  readonly operator: Operator;
  /** Of the tensor that the node writes. */
  readonly shape: Shape;
}

interface EdgeAttributes {
  /** Which inputs of the target the tensor is, from 0; several if the target reads it more than once. */
  readonly positions: number[];
}

/**
 * A network as a directed acyclic graph: nodes are operators, each writes one tensor, and edges carry tensors to
 * their readers.
 *
 * A node can only be added behind its inputs and only if its shape follows from theirs, so that every
 * graph is acyclic and has all shapes.
 *
 * ```
 * const graph = new OperatorGraph();
 * const image = graph.input([3, 32, 32]);
 * const stem = graph.add(conv2d(16, 3), [image], 'stem.conv');
 * graph.output(graph.add({ kind: 'relu' }, [stem]));
 * graph.validate();
 * ```
 */
export class OperatorGraph {
  /** The underlying Graphology graph, to be read by its algorithms. */
  readonly dag = new DirectedGraph<NodeAttributes, EdgeAttributes>();

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
   * @throws InputError if the name is taken, an input is unknown, or the operator can't read such inputs
   */
  add(operator: Operator, inputs: readonly string[], name = `${operator.kind}_${this.dag.order}`): string {
    if (this.dag.hasNode(name)) throw nameTaken(name);
    const shapes = inputs.map((input) => {
      if (!this.dag.hasNode(input)) throw unknownInput(name, operator, input);
      return this.shape(input);
    });
    this.dag.addNode(name, { operator, shape: inferShape(name, operator, shapes) });
    inputs.forEach((input, position) => {
      if (inputs.indexOf(input) < position)
        this.dag.getEdgeAttribute(input, name, 'positions').push(position);
      else this.dag.addDirectedEdge(input, name, { positions: [position] });
    });
    return name;
  }

  /** Number of operators. */
  get order(): number {
    return this.dag.order;
  }

  /** The operators' names in topological order: each behind all that it reads. */
  names(): string[] {
    return this.dag.nodes();
  }

  /** The nodes in topological order, in the form that `from` reads. */
  nodes(): OperatorNode[] {
    return this.names().map((name) => ({ name, operator: this.operator(name), inputs: this.inputs(name) }));
  }

  operator(name: string): Operator {
    return this.dag.getNodeAttribute(name, 'operator');
  }

  /** Shape of the tensor that the operator writes, without the batch. */
  shape(name: string): Shape {
    return this.dag.getNodeAttribute(name, 'shape');
  }

  /** The operators whose tensors it reads, in order; one that is read twice is there twice. */
  inputs(name: string): string[] {
    const inputs: string[] = [];
    this.dag.forEachInEdge(name, (_edge, { positions }, source) => {
      for (const position of positions) inputs[position] = source;
    });
    return inputs;
  }

  /** The operators that read its tensor, each once. */
  readers(name: string): string[] {
    return this.dag.outNeighbors(name);
  }

  /**
   * Checks what adding one operator after another can't: that the network has an input and an output, and
   * that every tensor is read.
   * @throws InputError naming the node
   */
  validate(): void {
    for (const kind of ['input', 'output'] as const) {
      if (!this.dag.someNode((_name, { operator }) => operator.kind === kind)) {
        throw new InputError(`the graph has no ${kind}`);
      }
    }
    this.dag.forEachNode((name, { operator }) => {
      if (operator.kind !== 'output' && this.dag.outDegree(name) === 0) {
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
