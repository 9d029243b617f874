import { elements } from '../../base/elements.js';
import type { OperatorGraph } from '../../network/graph.js';
import { ELEMENTWISE_KINDS, type OperatorKind } from '../../network/operator.js';
import { layerShape } from '../lowering/graph-layers.js';
import type { LayerShape } from '../lowering/layer.js';
import { merged } from './merging.js';
import type { Pass } from './pass.js';

export interface PassOptions {
  /** Whether pooling and arithmetic happen on the way from the array to the stream buffer. */
  readonly fusion: boolean;
  /** Whether products with the same weights or the same input run as one, if they do not depend on each other. */
  readonly merging: boolean;
}

/** A network as the overlay runs it. */
export interface Program {
  readonly passes: readonly Pass[];
  /** Number of elements of each tensor that is read from or written to the stream buffer. */
  readonly elements: ReadonlyMap<string, number>;
  /** Input tensors of the network. */
  readonly inputs: ReadonlySet<string>;
  /** Tensors that leave the overlay. */
  readonly outputs: ReadonlySet<string>;
}

/** Done in the array's output stage or by addressing, without taking time. */
const IN_STREAM = new Set<OperatorKind>([
  ...ELEMENTWISE_KINDS,
  'batchNorm',
  'identity',
  'flatten',
  'reshape',
  'concat',
  'slice',
  'pad',
  'transpose',
  'zeroize',
]);
/** Kernels that the overlay has only once, so that a pass can use each once. */
const WINDOWED = new Set<OperatorKind>(['maxPool', 'avgPool', 'globalAvgPool', 'globalMaxPool']);
const ARRAY = new Set<OperatorKind>(['conv2d', 'convTranspose2d', 'linear', 'matmul']);

/** The first half of the graph compiler: which operators run together (Abdelfattah et al., FPL 2018). */
export function passesOf(graph: OperatorGraph, { fusion, merging }: PassOptions): Program {
  const compiler = new Compiler(graph, fusion);
  for (const node of graph.names()) compiler.add(node);
  const program = compiler.program();
  return merging ? { ...program, passes: merged(program.passes) } : program;
}

class Compiler {
  private readonly passes: Pass[] = [];
  private readonly pools = new Set<Pass>();
  private readonly elements = new Map<string, number>();
  private readonly levels = new Map<string, number>();
  private readonly inputs = new Set<string>();
  private readonly outputs = new Set<string>();
  /** For each operator, the tensors of the stream buffer that make up its result, with the pass that writes each. */
  private readonly parts = new Map<string, ReadonlyMap<string, Pass | undefined>>();

  constructor(
    private readonly graph: OperatorGraph,
    private readonly fusion: boolean,
  ) {}

  program(): Program {
    const { passes, elements, inputs, outputs } = this;
    return { passes, elements, inputs, outputs };
  }

  add(node: string): void {
    const { kind } = this.graph.operator(node);
    const sources = new Map(this.graph.inputs(node).flatMap((input) => [...this.parts.get(input)!]));
    if (kind === 'input') {
      this.inputs.add(node);
      this.elements.set(node, this.size(node));
      this.parts.set(node, new Map([[node, undefined]]));
    } else if (kind === 'parameter') {
      this.parts.set(node, new Map());
    } else if (kind === 'output') {
      for (const tensor of sources.keys()) this.outputs.add(tensor);
    } else if (IN_STREAM.has(kind)) {
      this.parts.set(node, sources);
    } else if (ARRAY.has(kind)) {
      this.start(node, [...sources.keys()]);
    } else if (!this.fusion || !this.fuse(node, WINDOWED.has(kind), sources)) {
      this.start(node, [...sources.keys()]).auxiliary = this.work(node);
    }
  }

  /** Adds a pass for an operator. */
  private start(node: string, reads: string[]): Pass {
    const { graph } = this;
    const operator = graph.operator(node);
    const operands = graph.inputs(node);
    let weights: Pass['weights'];
    let shape: LayerShape | undefined;
    if (ARRAY.has(operator.kind)) {
      shape = layerShape(
        operator,
        operands.map((input) => graph.shape(input)),
        graph.shape(node),
      )!;
      const words = shape.inChannels * shape.outChannels * shape.kernelHeight * shape.kernelWidth;
      if (operator.kind !== 'matmul') weights = { key: node, words };
      else if (graph.operator(operands[1]).kind === 'parameter') weights = { key: operands[1], words };
    }
    const level = Math.max(0, ...reads.map((tensor) => (this.levels.get(tensor) ?? -1) + 1));
    const pass: Pass = {
      node,
      shape,
      weights,
      operands: [...reads],
      reads,
      writes: [node],
      auxiliary: 0,
      level,
    };
    this.passes.push(pass);
    this.elements.set(node, this.size(node));
    this.levels.set(node, level);
    this.parts.set(node, new Map([[node, pass]]));
    return pass;
  }

  /** Adds an operator to the passes that write its inputs; false if it cannot be fused. */
  private fuse(node: string, windowed: boolean, sources: ReadonlyMap<string, Pass | undefined>): boolean {
    const writers = [...sources.values()];
    if (windowed) {
      // Pooling works on channels one by one, and therefore on the parts of a concatenation.
      if (writers.some((pass) => pass === undefined || this.pools.has(pass))) return false;
      const parts = new Map<string, Pass>();
      for (const [tensor, pass] of sources as ReadonlyMap<string, Pass>) {
        const part = `${node} of ${tensor}`;
        const share = this.elements.get(tensor)! / this.total(sources);
        this.pools.add(pass);
        this.extend(pass, part, this.size(node) * share, this.work(node) * share, []);
        parts.set(part, pass);
      }
      this.parts.set(node, parts);
      return true;
    }
    const last = this.passes.findLast((pass) => writers.includes(pass));
    if (last === undefined) return false;
    const others = [...sources].filter(([, pass]) => pass !== last).map(([tensor]) => tensor);
    this.extend(last, node, this.size(node), this.work(node), others);
    this.parts.set(node, new Map([[node, last]]));
    return true;
  }

  private extend(pass: Pass, tensor: string, elements: number, work: number, reads: readonly string[]): void {
    pass.writes.push(tensor);
    pass.auxiliary += work;
    for (const read of reads) if (!pass.reads.includes(read)) pass.reads.push(read);
    this.elements.set(tensor, elements);
    this.levels.set(tensor, Math.max(pass.level, ...reads.map((read) => this.levels.get(read) ?? 0)));
  }

  private total(tensors: ReadonlyMap<string, unknown>): number {
    return [...tensors.keys()].reduce((sum, tensor) => sum + this.elements.get(tensor)!, 0);
  }

  private size(node: string): number {
    return elements(this.graph.shape(node));
  }

  /** Elements that an auxiliary kernel reads or writes, whichever is more. */
  private work(node: string): number {
    const [first] = this.graph.inputs(node);
    return Math.max(this.size(node), this.size(first));
  }
}
