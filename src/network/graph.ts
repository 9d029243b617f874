import { DirectedGraph } from 'graphology';
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

interface StoredNode {
  readonly operator: Operator;
  /** Of the tensor that the node writes. */
  readonly shape: Shape;
  readonly inputs: readonly string[];
  readonly readers: string[];
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
  /** In the order in which they were added, which is a topological one. Whole spaces are built node by node. */
  private readonly stored = new Map<string, StoredNode>();

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
  add(operator: Operator, inputs: readonly string[], name = `${operator.kind}_${this.order}`): string {
    if (this.stored.has(name)) throw nameTaken(name);
    const sources = inputs.map((input) => {
      const source = this.stored.get(input);
      if (!source) throw unknownInput(name, operator, input);
      return source;
    });
    const shapes = sources.map(({ shape }) => shape);
    const shape = inferShape(name, operator, shapes);
    this.stored.set(name, { operator, shape, inputs: [...inputs], readers: [] });
    for (const [position, source] of sources.entries()) {
      if (sources.indexOf(source) === position) source.readers.push(name);
    }
    return name;
  }

  /** Number of operators. */
  get order(): number {
    return this.stored.size;
  }

  /** The operators' names in topological order: each behind all that it reads. */
  names(): string[] {
    return [...this.stored.keys()];
  }

  /** The nodes in topological order, in the form that `from` reads. */
  nodes(): OperatorNode[] {
    return this.names().map((name) => ({ name, operator: this.operator(name), inputs: this.inputs(name) }));
  }

  operator(name: string): Operator {
    return this.node(name).operator;
  }

  /** Shape of the tensor that the operator writes, without the batch. */
  shape(name: string): Shape {
    return this.node(name).shape;
  }

  /** The operators whose tensors it reads, in order; one that is read twice is there twice. */
  inputs(name: string): readonly string[] {
    return this.node(name).inputs;
  }

  /** The operators that read its tensor, each once. */
  readers(name: string): readonly string[] {
    return this.node(name).readers;
  }

  private node(name: string): StoredNode {
    const node = this.stored.get(name);
    if (!node) throw new InputError(`there is no operator named ${quote(name)}`);
    return node;
  }

  /**
   * Checks what adding one operator after another can't: that the network has an input and an output, and
   * that every tensor is read.
   * @throws InputError naming the node
   */
  validate(): void {
    for (const kind of ['input', 'output'] as const) {
      if (![...this.stored.values()].some(({ operator }) => operator.kind === kind)) {
        throw new InputError(`the graph has no ${kind}`);
      }
    }
    for (const [name, { operator, readers }] of this.stored) {
      if (operator.kind !== 'output' && readers.length === 0) {
        throw new InputError(
          `operator ${quote(name)} (${operator.kind}) is dangling: nothing reads its tensor; connect it or mark it as an output`,
        );
      }
    }
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
