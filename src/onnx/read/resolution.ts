import { InputError, quote } from '../../base/errors.js';
import { boundedShape, isExact } from './bounds.js';
import { branchOf } from './branches.js';
import { checkedShape, constantOfNode } from './constants.js';
import { isFloat } from './element-types.js';
import { type FileNode, fileNode, type OperatorSets, readsOf, subgraphsOf } from './file-node.js';
import { isArithmetic } from './fold-constants.js';
import { Folding } from './folding.js';
import { type InferredTensor, inferShapes, NoKernelError, UnplacedError } from './infer-shapes.js';
import { rowOf } from './operators/registry.js';
import { ownShape } from './own-shapes.js';
import type { Tensor } from './tensor-graph.js';

/** Each round settles at least one tensor. Real files take a few rounds; made-up ones could take any number. */
const MOST_ROUNDS = 300;
/** Most nodes that onnxruntime cannot prepare, and whose shapes are taken from the file. */
const MOST_SKIPPED = 20;

/** Operators whose results are random, whatever they read. */
const RANDOM = new Set(
  'RandomNormal RandomNormalLike RandomUniform RandomUniformLike Multinomial Bernoulli'.split(' '),
);

export interface ResolutionOptions {
  readonly sets: OperatorSets;
  /** Tensors that a node or the caller reads. */
  readonly read: Set<string>;
  /** Type and shape that the file gives for a tensor, in numbers. */
  readonly declared: (name: string) => Pick<Tensor, 'type' | 'shape'> | undefined;
  readonly freeName: (wanted: string) => string;
  /** Scalar inputs whose values are unknown. */
  readonly scalars: readonly string[];
  /** The graph's outputs. */
  readonly outputs: readonly string[];
  /** Scalar inputs that are constants because their values were given. */
  readonly given: readonly string[];
}

/**
 * Settles what each node of a file writes: the type and shape of a tensor, or a constant. This takes rounds,
 * because a shape may be computed from another one: onnxruntime infers what it can, nodes with constant
 * inputs are folded, and branches with a known condition are taken.
 */
export class Resolution {
  /** Nodes whose results depend on the network's inputs. */
  readonly network: FileNode[] = [];
  readonly notes: string[] = [];
  private inferredSoFar = new Map<string, InferredTensor>();
  /** Nodes that onnxruntime cannot prepare for running, and why. */
  private readonly skipped = new Map<FileNode, string>();
  /** Constants that depend on given values, each with the node that was folded; inputs have none. */
  private readonly givenValues: Map<string, FileNode | undefined>;

  /** @param tensors the inputs and constants; receives all others */
  constructor(
    private readonly tensors: Map<string, Tensor>,
    private pending: readonly FileNode[],
    private readonly options: ResolutionOptions,
  ) {
    this.givenValues = new Map(options.given.map((name) => [name, undefined]));
  }

  /** @throws InputError that names the node that is not understood */
  async run(): Promise<void> {
    for (let round = 0; this.pending.length > 0; round++) {
      if (round === MOST_ROUNDS) {
        throw new InputError(`its shapes depend on each other in more than ${MOST_ROUNDS} steps`);
      }
      const news = await this.infer();
      const progress = await this.settle();
      if (!news && !progress) this.settleFirst();
    }
    this.keepGiven();
  }

  /**
   * Puts back the nodes that were folded because of a given value, if the network reads their results as data:
   * the value selects branches and sizes, but is passed in when the network runs.
   */
  private keepGiven(): void {
    if (this.givenValues.size === 0) return;
    const kept = new Set<FileNode>();
    const waiting = [
      ...this.network.flatMap((node) => this.givenData(node)),
      ...this.options.outputs.filter((name) => this.givenValues.has(name)),
    ];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const tensor = this.tensor(name);
      if (!tensor.constant) continue;
      const { type, shape } = tensor;
      this.tensors.set(name, { name, type, shape, constant: false });
      const node = this.givenValues.get(name);
      if (!node) continue;
      kept.add(node);
      waiting.push(...this.givenData(node));
    }
    this.network.push(...kept);
  }

  /** The given values that a node reads as data: not as a bound, a shape or an index, unless it reads only these. */
  private givenData(node: FileNode): string[] {
    const { settings = [] } = rowOf(node);
    const read = node.inputs.filter((name, position) => name !== '' && !settings.includes(position));
    const given = read.filter((name) => this.givenValues.has(name));
    const numbers = given.filter((name) => isFloat(this.tensor(name).type));
    const computes = numbers.length > 0 || read.some((name) => !this.tensor(name).constant);
    return computes ? numbers : given;
  }

  /** Returns whether it settled anything. */
  private async infer(): Promise<boolean> {
    const isOwn = this.inferOwn();
    const found = await this.inferred(this.inferable());
    if (!found) return true;
    let news = isOwn;
    for (const [name, inferred] of found) {
      if (!this.inferredSoFar.has(name)) news = true;
      const { type, shape } = inferred;
      if (type === undefined) throw this.noTensor(name);
      if (shape?.every((size) => size !== undefined)) {
        this.tensors.set(name, { name, type, shape: checkedShape(name, shape), constant: false });
      }
    }
    this.inferredSoFar = found;
    return news;
  }

  private noTensor(name: string): InputError {
    const node = this.pending.find(({ outputs }) => outputs.includes(name));
    const of = node ? `node ${quote(node.name)} (${node.operator})` : `tensor ${quote(name)}`;
    return new InputError(`${of}: what it writes is a sequence, a map or an optional value, and no tensor`);
  }

  /** Returns whether it settled a node whose shapes onnxruntime does not infer. */
  private inferOwn(): boolean {
    let news = false;
    for (const node of this.pending) {
      const input = this.tensors.get(node.inputs[0]);
      const own = input && ownShape(node)?.(node, input, (at) => this.tensors.get(node.inputs[at] ?? ''));
      if (!own) continue;
      for (const [i, name] of node.outputs.entries()) {
        if (name === '' || this.tensors.has(name)) continue;
        // The second output of a pooling holds positions.
        const type = i === 0 ? own.type : 'int64';
        this.tensors.set(name, { name, type, shape: checkedShape(name, own.shape), constant: false });
        news = true;
      }
    }
    return news;
  }

  /** Undefined if there is a node that onnxruntime cannot prepare; it is skipped from now on. */
  private async inferred(nodes: readonly FileNode[]): Promise<Map<string, InferredTensor> | undefined> {
    try {
      return await this.shapesOf(nodes);
    } catch (error) {
      if (error instanceof UnplacedError) {
        const { name, operator } = await this.firstUnready(nodes);
        throw new InputError(`node ${quote(name)} (${operator}): ${error.message}`);
      }
      if (!(error instanceof NoKernelError)) throw error;
      const node = error.node ?? (await this.firstUnready(nodes));
      this.skipped.set(node, error.message);
      if (this.skipped.size > MOST_SKIPPED)
        throw new InputError(`node ${quote(node.name)}: ${error.message}`);
      return undefined;
    }
  }

  /** The first node at which onnxruntime fails to prepare the nodes up to it. */
  private async firstUnready(nodes: readonly FileNode[]): Promise<FileNode> {
    let [ready, unready] = [0, nodes.length];
    while (unready - ready > 1) {
      const middle = Math.floor((ready + unready) / 2);
      const works = await this.shapesOf(nodes.slice(0, middle)).then(
        () => true,
        () => false,
      );
      if (works) ready = middle;
      else unready = middle;
    }
    return nodes[unready - 1];
  }

  private shapesOf(nodes: readonly FileNode[]): Promise<Map<string, InferredTensor>> {
    const written = new Set(nodes.flatMap(({ outputs }) => outputs));
    const known = new Map<string, Tensor>();
    for (const name of nodes.flatMap(readsOf)) {
      if (!written.has(name)) known.set(name, this.tensor(name));
    }
    const perhapsScalars = new Set(
      [...this.inferredSoFar].flatMap(([name, { shape }]) => (shape ? [] : [name])),
    );
    return inferShapes({ nodes, known, sets: this.options.sets, perhapsScalars });
  }

  /** Pending nodes that onnxruntime can infer: neither control flow, nor dependent on it. */
  private inferable(): FileNode[] {
    const blocked = new Set<string>();
    return this.pending.filter((node) => {
      const blocks =
        this.skipped.has(node) ||
        subgraphsOf(node).length > 0 ||
        ownShape(node) !== undefined ||
        node.inputs.some((name) => blocked.has(name));
      if (blocks) for (const output of node.outputs) if (!this.tensors.has(output)) blocked.add(output);
      return !blocks;
    });
  }

  /**
   * Removes settled nodes from the pending ones: constants are folded, all others become part of the network.
   *
   * @returns whether there were any
   */
  private async settle(): Promise<boolean> {
    const pending: FileNode[] = [];
    const folding = new Folding(this.tensors, this.options.sets);
    /** Tensors whose shapes may be known, but not whether they are constants. */
    const undecided = new Set<string>();
    let progress = false;
    for (const node of this.pending) {
      const branch = this.branch(node);
      if (branch) pending.push(...branch);
      else if (!this.isKnown(node) || this.isUndecided(node, undecided)) {
        pending.push(node);
        if (this.isConstant(node, undecided)) for (const output of node.outputs) undecided.add(output);
      } else if (this.isConstant(node)) {
        await folding.add(node);
        if (this.dependsOnGiven(node)) for (const output of node.outputs) this.givenValues.set(output, node);
      } else this.network.push(node);
      progress ||= pending.at(-1) !== node;
    }
    await folding.finish();
    this.pending = pending;
    return progress;
  }

  /** Whether all inputs of a node are known, and all of its outputs that are read. */
  private isKnown(node: FileNode): boolean {
    const { read } = this.options;
    return (
      subgraphsOf(node).length === 0 &&
      node.inputs.every((name) => name === '' || this.tensors.has(name)) &&
      node.outputs.every((name) => !read.has(name) || this.tensors.has(name))
    );
  }

  private isUndecided(node: FileNode, undecided: ReadonlySet<string>): boolean {
    return node.inputs.some((name) => undecided.has(name)) && this.isConstant(node, undecided);
  }

  /** Whether a node's result is constant, or will be if all undecided tensors are. */
  private isConstant(node: FileNode, undecided: ReadonlySet<string> = new Set()): boolean {
    const { operator, inputs } = node;
    if (operator === 'Shape' || operator === 'Size') return true;
    if (RANDOM.has(operator) || subgraphsOf(node).length > 0) return false;
    if (this.dependsOnGiven(node) && !isArithmetic(node, this.outputsOf(node))) return false;
    return inputs.every((name) => name === '' || undecided.has(name) || this.tensors.get(name)?.constant);
  }

  private dependsOnGiven({ operator, inputs }: FileNode): boolean {
    const isShape = operator === 'Shape' || operator === 'Size';
    return !isShape && inputs.some((name) => this.givenValues.has(name));
  }

  private outputsOf({ outputs }: FileNode): Tensor[] {
    return outputs.flatMap((name) => this.tensors.get(name) ?? []);
  }

  /** The nodes of the branch that an `If` takes, if its condition is known. */
  private branch(node: FileNode): FileNode[] | undefined {
    if (node.operator !== 'If' || node.domain !== '') return undefined;
    const condition = this.tensors.get(node.inputs[0])?.values?.[0];
    const branch = condition === undefined ? undefined : branchOf(node, condition !== 0);
    if (!branch) return undefined;
    const { sets, read, freeName } = this.options;
    for (const constant of branch.constants) this.tensors.set(constant.name, constant);
    return branch.nodes.flatMap((proto) => {
      const own = fileNode(proto, freeName(proto.name || proto.output[0]), sets, node.position);
      for (const name of readsOf(own)) read.add(name);
      const constant =
        own.operator === 'Constant' ? constantOfNode(own.outputs[0], own.attributes) : undefined;
      if (constant) this.tensors.set(constant.name, constant);
      return constant ? [] : [own];
    });
  }

  /** Settles the first node about which nothing can be inferred. */
  private settleFirst(): void {
    const [node, ...rest] = this.pending;
    const missing = node.outputs.filter((name) => this.options.read.has(name) && !this.tensors.has(name));
    const of = `node ${quote(node.name)} (${node.operator})`;
    if (subgraphsOf(node).length > 0) {
      const { scalars } = this.options;
      const values =
        scalars.length > 0 ? ` or follows from the value of an input that is given: ${scalars[0]}=1` : '';
      const unless = node.operator === 'If' ? `, unless its condition is a constant${values}` : '';
      throw new InputError(`${of} is control flow, which is not read${unless}`);
    }
    let isFound = false;
    for (const name of missing) {
      const inferred = this.inferredSoFar.get(name);
      const tensorOf = (of: string) => this.tensor(of);
      const declared = this.options.declared(name);
      const bounded = boundedShape(node, inferred?.shape, tensorOf);
      if (declared) {
        this.tensors.set(name, { name, ...declared, constant: false });
        this.notes.push(`${of}: its shape [${declared.shape.join(', ')}] is what the file says`);
      } else if (bounded && inferred?.type && this.isConstant(node) && isExact(node, tensorOf)) {
        this.tensors.set(name, { name, type: inferred.type, shape: bounded, constant: false });
        isFound = true;
      } else if (bounded && inferred?.type) {
        this.notes.push(
          `${of}: how much it finds depends on values; the most, [${bounded.join(', ')}], is taken`,
        );
        this.tensors.set(name, { name, type: inferred.type, shape: bounded, constant: false });
      } else {
        const why =
          this.skipped.get(node) ?? 'what it writes has no shape that follows from those of the inputs';
        throw new InputError(`${of}: ${why}`);
      }
    }
    // What is found exactly is folded in the next round.
    if (isFound) return;
    this.network.push(node);
    this.pending = rest;
  }

  private tensor(name: string): Tensor {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw new InputError(`tensor ${quote(name)} has no shape`);
    return tensor;
  }
}
