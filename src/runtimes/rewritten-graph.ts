import type { Attribute, Tensor, TensorGraph, TensorNode } from '../onnx/read/tensor-graph.js';
import type { RuntimeNode } from './runtime-node.js';

/** A node written by a rule; it is named after its first output. */
export interface NewNode {
  readonly operator: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>> | ReadonlyMap<string, Attribute>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A node of a graph that is being rewritten; its inputs may change. */
export type LiveNode = Omit<TensorNode, 'inputs'> & { inputs: readonly string[] };

/**
 * A network while a runtime's rules rewrite it. Nodes are added and removed, and the readers of every tensor
 * are known.
 */
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

  /** The current nodes, optionally only those with certain operators. */
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

  /** Number of times a tensor is read, counting its use as an output of the network. */
  uses(name: string): number {
    const read = this.readers(name).flatMap(({ inputs }) => inputs.filter((input) => input === name));
    return read.length + Number(this.isOutput(name));
  }

  /** The only node that reads a tensor, if it reads it once and the tensor is not an output of the network. */
  onlyReader(name: string): LiveNode | undefined {
    return this.uses(name) === 1 ? this.readers(name)[0] : undefined;
  }

  /** The node that writes a tensor with no other reader, if it has one of the operators. */
  private(name: string | undefined, ...operators: readonly string[]): LiveNode | undefined {
    const node = this.writer(name);
    return node && operators.includes(node.operator) && this.uses(name as string) === 1 ? node : undefined;
  }

  /** Makes a tensor that is internal to the runtime. */
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

  /** Replaces several nodes by one, which by default takes over the outputs of the last of them. */
  replace(
    old: readonly LiveNode[],
    fresh: Omit<NewNode, 'outputs'> & { outputs?: readonly string[] },
  ): LiveNode {
    const outputs = fresh.outputs ?? old[old.length - 1].outputs;
    this.remove(...old);
    return this.add({ ...fresh, outputs });
  }

  /** Makes all readers of one tensor read another, which also replaces it as an output of the network. */
  redirect(from: string, to: string): void {
    for (const reader of this.readers(from)) {
      this.rewire(
        reader,
        reader.inputs.map((input) => (input === from ? to : input)),
      );
    }
    if (this.results.delete(from)) this.results.add(to);
  }

  /** Changes the inputs of a node. */
  rewire(node: LiveNode, inputs: readonly string[]): void {
    for (const input of node.inputs) this.reading.get(input)?.delete(node);
    node.inputs = inputs;
    this.read(node);
  }

  /** Removes a node that passes its input on. */
  bypass(node: LiveNode): void {
    const [[input], [output]] = [node.inputs, node.outputs];
    this.remove(node);
    this.redirect(output, input);
  }

  /** The nodes with their tensors, each after those that it reads. */
  runtimeNodes(): { name: string; node: RuntimeNode }[] {
    const ordered: LiveNode[] = [];
    const visited = new Set<LiveNode>();
    // Iterative, because networks may be deeper than the call stack.
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
