import type { Attribute, Tensor, TensorGraph, TensorNode } from '../onnx/read/tensor-graph.js';
import type { RuntimeNode } from './runtime-node.js';

/** What a rule writes; names are given by the graph where none are. */
export interface NewNode {
  readonly operator: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>> | ReadonlyMap<string, Attribute>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A node of a graph that is being rewritten: who it reads may change. */
export type LiveNode = Omit<TensorNode, 'inputs'> & { inputs: readonly string[] };

/** A network while a runtime's rules rewrite it: nodes come and go, and who reads a tensor is known. */
export class RewrittenGraph {
  private readonly tensors: Map<string, Tensor>;
  private readonly live = new Set<LiveNode>();
  private readonly writers = new Map<string, LiveNode>();
  private readonly reading = new Map<string, Set<LiveNode>>();
  private readonly results: Set<string>;
  private made = 0;

  constructor(graph: TensorGraph) {
    this.tensors = new Map(graph.tensors);
    this.results = new Set(graph.outputs);
    for (const node of graph.nodes) this.insert({ ...node });
  }

  /** The nodes at this moment, optionally those of some operators only. */
  nodes(...operators: readonly string[]): LiveNode[] {
    const all = [...this.live];
    return operators.length === 0 ? all : all.filter(({ operator }) => operators.includes(operator));
  }

  has(node: LiveNode): boolean {
    return this.live.has(node);
  }

  tensor(name: string): Tensor {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw new Error(`no tensor is named ${name}`);
    return tensor;
  }

  shape(name: string): readonly number[] {
    return this.tensor(name).shape;
  }

  constant(name: string | undefined): boolean {
    return name !== undefined && name !== '' && this.tensor(name).constant;
  }

  /** The value of a constant with one element. */
  scalar(name: string | undefined): number | undefined {
    if (!name || !this.constant(name)) return undefined;
    const { values, shape } = this.tensor(name);
    return values?.length === 1 && shape.every((size) => size === 1) ? values[0] : undefined;
  }

  /** The node that writes a tensor. */
  writer(name: string | undefined): LiveNode | undefined {
    return name === undefined ? undefined : this.writers.get(name);
  }

  readers(name: string): LiveNode[] {
    return [...(this.reading.get(name) ?? [])];
  }

  isOutput(name: string): boolean {
    return this.results.has(name);
  }

  /** How often a tensor is read, as a result of the network too. */
  uses(name: string): number {
    const read = this.readers(name).flatMap(({ inputs }) => inputs.filter((input) => input === name));
    return read.length + Number(this.isOutput(name));
  }

  /** The only node that reads a tensor, once, if it is no result of the network. */
  onlyReader(name: string): LiveNode | undefined {
    return this.uses(name) === 1 ? this.readers(name)[0] : undefined;
  }

  /** The node that writes a tensor which nothing else reads, if it is of the operator. */
  private(name: string | undefined, ...operators: readonly string[]): LiveNode | undefined {
    const node = this.writer(name);
    return node && operators.includes(node.operator) && this.uses(name as string) === 1 ? node : undefined;
  }

  /** A tensor of the runtime's own. */
  make(like: Pick<Tensor, 'type' | 'shape'> & Partial<Tensor>): string {
    const name = `#${this.made++}`;
    this.tensors.set(name, { constant: false, ...like, name });
    return name;
  }

  add({ operator, domain = '', attributes = {}, inputs, outputs }: NewNode): LiveNode {
    const node = {
      name: outputs[0],
      domain,
      operator,
      version: 1,
      attributes: attributes instanceof Map ? attributes : new Map(Object.entries(attributes)),
      inputs,
      outputs,
    };
    return this.insert(node);
  }

  remove(...nodes: readonly LiveNode[]): void {
    for (const node of nodes) {
      this.live.delete(node);
      for (const output of node.outputs) if (this.writers.get(output) === node) this.writers.delete(output);
      for (const input of node.inputs) this.reading.get(input)?.delete(node);
    }
  }

  /** One node for several; the last of them gives it its outputs where it has none of its own. */
  replace(
    old: readonly LiveNode[],
    fresh: Omit<NewNode, 'outputs'> & { outputs?: readonly string[] },
  ): LiveNode {
    const outputs = fresh.outputs ?? old[old.length - 1].outputs;
    this.remove(...old);
    return this.add({ ...fresh, outputs });
  }

  /** Whoever read one tensor reads another; a result of the network is then the other one. */
  redirect(from: string, to: string): void {
    for (const reader of this.readers(from)) {
      this.rewire(
        reader,
        reader.inputs.map((input) => (input === from ? to : input)),
      );
    }
    if (this.results.delete(from)) this.results.add(to);
  }

  /** Lets a node read other tensors. */
  rewire(node: LiveNode, inputs: readonly string[]): void {
    for (const input of node.inputs) this.reading.get(input)?.delete(node);
    node.inputs = inputs;
    this.read(node);
  }

  /** Takes a node out that passes its input on. */
  bypass(node: LiveNode): void {
    const [[input], [output]] = [node.inputs, node.outputs];
    this.remove(node);
    this.redirect(output, input);
  }

  /** The nodes, each behind those that it reads, with their tensors. */
  runtimeNodes(): { name: string; node: RuntimeNode }[] {
    const ordered: LiveNode[] = [];
    const visited = new Set<LiveNode>();
    // No recursion: networks are deeper than stacks.
    for (const start of this.live) {
      const stack: [LiveNode, number][] = [[start, 0]];
      while (stack.length > 0) {
        const top = stack[stack.length - 1];
        const [node, next] = top;
        if (next === 0 && visited.has(node)) {
          stack.pop();
          continue;
        }
        visited.add(node);
        if (next < node.inputs.length) {
          top[1]++;
          const before = this.writers.get(node.inputs[next]);
          if (before && !visited.has(before)) stack.push([before, 0]);
        } else {
          ordered.push(node);
          stack.pop();
        }
      }
    }
    return ordered.map(({ name, operator, domain, attributes, inputs, outputs }) => ({
      name,
      node: {
        operator,
        domain,
        attributes,
        inputs: inputs.map((input) => (input === '' ? undefined : this.tensor(input))),
        outputs: outputs.filter((output) => output !== '').map((output) => this.tensor(output)),
      },
    }));
  }

  private insert(node: LiveNode): LiveNode {
    this.live.add(node);
    for (const output of node.outputs) if (output !== '') this.writers.set(output, node);
    this.read(node);
    return node;
  }

  private read(node: LiveNode): void {
    for (const input of node.inputs) {
      if (input === '') continue;
      const readers = this.reading.get(input);
      if (readers) readers.add(node);
      else this.reading.set(input, new Set([node]));
    }
  }
}
