import {
  DataType,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  rawData,
  type TensorProto,
} from '../onnx/proto.js';
import { graphsOf } from '../onnx/read/weights.js';
import { GraphBuilder, type WrittenAttribute } from '../onnx/write/graph-builder.js';
import type { Factors } from './factors.js';
import { factorConstants, type NodeWriter, type Replacement } from './node-writer.js';
import { recurrentLayer } from './recurrent-layer.js';
import { GATES, nodeInteger, sitesOf } from './sites.js';
import { type Alias, aliasesOf, isAlias } from './weight-matrices.js';

/** The replacements for a tensor: one, or one per direction if it holds several matrices. */
export type ReplacementsOf = (tensor: string) => readonly Replacement[];

/**
 * A model with pairs of factors in place of matrices. A product becomes two products. The input of a
 * recurrent layer is multiplied before the layer, which then has as many features as the rank. A layer whose
 * recurrent weights become factors is written out step by step as a `Scan`, since ONNX's recurrent operators
 * take no factors there.
 *
 * @param replacements for all matrices of every tensor that is changed
 */
export function lowRankModel(model: ModelProto, replacements: readonly Replacement[]): ModelProto {
  const replaced = new Map<string, Replacement[]>();
  for (const { matrix } of replacements.filter(({ factors }) => factors)) {
    replaced.set(
      matrix.tensor,
      replacements.filter((other) => other.matrix.tensor === matrix.tensor),
    );
  }
  return new Rewriting(model, (tensor) => replaced.get(tensor) ?? []).run();
}

class Rewriting {
  private readonly constants = new Map<string, TensorProto>();
  private readonly aliases: ReadonlyMap<string, Alias>;
  private readonly prefix: string;
  private readonly operatorSet: number;
  private written = 0;

  constructor(
    private readonly model: ModelProto,
    private readonly replacementsOf: ReplacementsOf,
  ) {
    const graphs = graphsOf(model);
    const tensors = new Map(
      graphs.flatMap(({ initializer }) => initializer.map((tensor) => [tensor.name ?? '', tensor] as const)),
    );
    this.aliases = aliasesOf(graphs, tensors);
    const names = graphs.flatMap(({ node, initializer }) => [
      ...node.flatMap(({ output }) => output),
      ...initializer.map(({ name = '' }) => name),
    ]);
    let prefix = 'lowrank';
    while (names.some((name) => name.startsWith(prefix))) prefix += '_';
    this.prefix = prefix;
    this.operatorSet = model.opsetImport.find(({ domain }) => !domain || domain === 'ai.onnx')?.version ?? 1;
  }

  run(): ModelProto {
    const graph = this.graph(this.model.graph);
    graph.initializer.push(...this.constants.values());
    const read = namesRead(graph);
    return { ...this.model, graph: this.withoutUnread(graph, read) };
  }

  private graph(graph: GraphProto): GraphProto {
    return {
      ...graph,
      node: graph.node.flatMap((node) => this.nodes(node)),
      initializer: [...graph.initializer],
    };
  }

  /** A node, with its subgraphs rewritten, or its replacement. */
  private nodes(node: NodeProto): NodeProto[] {
    const builder = new GraphBuilder(`${this.prefix}/${this.written++}`);
    const writer: NodeWriter = {
      builder,
      operatorSet: this.operatorSet,
      constant: (name, values, shape) => this.constant(name, values, shape),
    };
    const own = this.rewrite(node, writer);
    if (!own) {
      const attribute = node.attribute.map((each) => (each.g ? { ...each, g: this.graph(each.g) } : each));
      return [{ ...node, attribute }];
    }
    const { node: nodes, initializer } = builder.graph();
    for (const tensor of initializer) this.constants.set(tensor.name ?? '', tensor);
    return [...nodes, ...own];
  }

  /** @returns nodes that go after those written by the writer; undefined if the node reads nothing that is replaced */
  private rewrite(node: NodeProto, writer: NodeWriter): NodeProto[] | undefined {
    const tensorAt = (position: number) => this.aliases.get(node.input[position] ?? '')?.tensor ?? '';
    const sites = sitesOf(node).filter(({ position }) => this.replacementsOf(tensorAt(position)).length > 0);
    if (sites.length === 0) return undefined;
    if (node.opType in GATES) {
      return recurrentLayer(node, (position) => this.replacementsOf(tensorAt(position)), writer);
    }
    const [{ part, position }] = sites;
    const [{ matrix, factors }] = this.replacementsOf(tensorAt(position));
    const { left, right } = factorConstants(writer, matrix, factors as Factors);
    if (node.opType === 'Gemm') gemm(node, left, right, writer);
    else product(node, part === 'left', left, right, writer);
    return [];
  }

  private constant(name: string, values: () => Float32Array, dims: readonly number[]): string {
    const full = `${this.prefix}/${name}`;
    if (!this.constants.has(full)) {
      this.constants.set(full, {
        name: full,
        dims: [...dims],
        dataType: DataType.float,
        rawData: rawData(values()),
      });
    }
    return full;
  }

  /** Removes matrices that nothing reads any more, and the nodes that transposed them. */
  private withoutUnread(graph: GraphProto, read: ReadonlySet<string>): GraphProto {
    const isUnread = (name: string) => {
      const alias = this.aliases.get(name);
      return alias !== undefined && this.replacementsOf(alias.tensor).length > 0 && !this.leads(name, read);
    };
    const cleaned = (each: GraphProto): GraphProto => ({
      ...each,
      node: each.node
        .filter((node) => !(isAlias(node) && isUnread(node.output[0])))
        .map((node) => ({
          ...node,
          attribute: node.attribute.map((a) => (a.g ? { ...a, g: cleaned(a.g) } : a)),
        })),
      initializer: each.initializer.filter(({ name = '' }) => !isUnread(name)),
      // Old files also list their constants among the inputs.
      input: each.input.filter(({ name }) => !isUnread(name)),
    });
    return cleaned(graph);
  }

  /** Whether a name, or an alias of it, is read by a node that does more than pass it on. */
  private leads(name: string, read: ReadonlySet<string>): boolean {
    if (read.has(name)) return true;
    const tensor = this.aliases.get(name)?.tensor;
    return (
      name === tensor && [...this.aliases].some(([alias, to]) => to.tensor === tensor && read.has(alias))
    );
  }
}

/** The names that nodes read (except nodes that only pass a constant on), and the outputs of graphs. */
function namesRead(graph: GraphProto): Set<string> {
  return new Set(
    graphsOf({ graph }).flatMap(({ node, output }) => [
      ...node.filter((each) => !isAlias(each)).flatMap(({ input }) => input),
      ...output.map(({ name }) => name),
    ]),
  );
}

/** x·W = (x·L)·R, and W·x = L·(R·x). */
function product(
  node: NodeProto,
  isLeft: boolean,
  left: string,
  right: string,
  { builder }: NodeWriter,
): void {
  const [a, b] = node.input;
  if (isLeft) builder.namedNode('MatMul', [left, builder.node('MatMul', [right, b])], node.output, {});
  else builder.namedNode('MatMul', [builder.node('MatMul', [a, left]), right], node.output, {});
}

/** α·x·W + β·c = α·(x·L)·R + β·c. */
function gemm(node: NodeProto, left: string, right: string, { builder }: NodeWriter): void {
  const [a, , ...c] = node.input;
  const inner = builder.node('Gemm', [a, left], { transA: nodeInteger(node, 'transA', 0) });
  const scales = node.attribute.filter(({ name }) => name === 'alpha' || name === 'beta');
  const attributes: Record<string, WrittenAttribute> = Object.fromEntries(
    scales.map(({ name, f = 0 }) => [name, { float: f }]),
  );
  builder.namedNode('Gemm', [inner, right, ...c], node.output, attributes);
}
