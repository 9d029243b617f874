import { InputError, quote } from '../../base/errors.js';
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto } from '../proto.js';
import { domainOf, type FileNode, fileNode, type OperatorSets } from './file-node.js';

/** Networks have thousands of nodes, but functions that call functions could produce any number. */
const MOST_NODES = 200_000;
const DEEPEST = 32;

type Renaming = ReadonlyMap<string, string>;

/** The nodes of a graph, with calls of the model's own functions replaced by the functions' nodes, in subgraphs too. */
export function inlinedNodes(
  nodes: readonly NodeProto[],
  { functions = [], opsetImport }: Pick<ModelProto, 'functions' | 'opsetImport'>,
  name: (wanted: string) => string,
): FileNode[] {
  const taken = new Set(nodes.flatMap(({ input, output }) => [...input, ...output]));
  const known = new Map(functions.map((each) => [signature(each.name, each), each]));
  let count = 0;
  /** Passes on each node that is not a call, with its operator sets. */
  const expand = (
    protos: readonly NodeProto[],
    sets: OperatorSets,
    depth: number,
    take: (proto: NodeProto, wanted: string, sets: OperatorSets, index: number) => void,
  ) => {
    if (depth > DEEPEST) throw new InputError(`its functions call each other more than ${DEEPEST} deep`);
    for (const [i, proto] of protos.entries()) {
      const wanted = proto.name || proto.output.find((output) => output !== '') || proto.opType || 'node';
      const called = known.get(signature(proto.opType, proto));
      if (called) {
        const body = bodyOf(called, proto, freePrefix(called, name(wanted), taken));
        expand(body, operatorSets(called.opsetImport), depth + 1, (inner, its, own) =>
          take(inner, its, own, i),
        );
        continue;
      }
      if (++count > MOST_NODES) throw new InputError(`it has more than ${MOST_NODES} nodes`);
      take(
        withSubgraphs(proto, (graph) => {
          const node: NodeProto[] = [];
          expand(graph.node, sets, depth, (inner) => node.push(inner));
          return { ...graph, node };
        }),
        wanted,
        sets,
        i,
      );
    }
  };
  const inlined: FileNode[] = [];
  expand(nodes, operatorSets(opsetImport), 0, (proto, wanted, sets, index) => {
    inlined.push(fileNode(proto, name(wanted), sets, index));
  });
  return inlined;
}

/** A key that a call shares with its function. */
function signature(
  name: string,
  { domain, overload = '' }: Pick<FunctionProto, 'domain' | 'overload'>,
): string {
  return JSON.stringify([domainOf(domain), name, overload]);
}

function withSubgraphs(node: NodeProto, changed: (graph: GraphProto) => GraphProto): NodeProto {
  if (!node.attribute.some(({ g }) => g)) return node;
  return {
    ...node,
    attribute: node.attribute.map((each) => (each.g ? { ...each, g: changed(each.g) } : each)),
  };
}

export function operatorSets(imports: ModelProto['opsetImport']): OperatorSets {
  return new Map(imports.map(({ domain, version }) => [domainOf(domain), version]));
}

/** The name of a call, or one like it of which no tensor of the file has the name that it would give. */
function freePrefix({ node }: FunctionProto, call: string, taken: ReadonlySet<string>): string {
  const inner = node.flatMap(({ output }) => output);
  let prefix = call;
  while (inner.some((name) => taken.has(`${prefix}/${name}`))) prefix += "'";
  return prefix;
}

/** A function's nodes for one call. Tensors get the call's names, or the call's name as a prefix. */
function bodyOf(called: FunctionProto, call: NodeProto, prefix: string): NodeProto[] {
  const names = new Map<string, string>();
  for (const [i, input] of called.input.entries()) names.set(input, call.input[i] ?? '');
  for (const [i, output] of called.output.entries()) {
    if (call.output[i]) names.set(output, call.output[i]);
  }
  const inside = new Set([...called.input, ...called.node.flatMap(({ output }) => output), '']);
  const outside = called.node.flatMap(({ input }) => input).find((name) => !inside.has(name));
  if (outside !== undefined) {
    throw new InputError(
      `function ${quote(called.name)} reads ${quote(outside)}, which none of its nodes writes`,
    );
  }
  const attributes = new Map<string, AttributeProto>();
  for (const attribute of [...called.attributeProto, ...call.attribute])
    attributes.set(attribute.name, attribute);
  return renamedNodes(called.node, names, prefix).map((node) => withGiven(node, attributes));
}

/** A function's node with the attribute values of its call, in subgraphs too. */
function withGiven(node: NodeProto, given: ReadonlyMap<string, AttributeProto>): NodeProto {
  const attribute = node.attribute.flatMap((each) => {
    if (!each.refAttrName) return [each];
    const value = given.get(each.refAttrName);
    return value ? [{ ...value, name: each.name }] : [];
  });
  return withSubgraphs({ ...node, attribute }, (graph) => ({
    ...graph,
    node: graph.node.map((inner) => withGiven(inner, given)),
  }));
}

/** Nodes with renamed tensors: by `names`, or with a prefix for those that the nodes write themselves. */
export function renamedNodes(nodes: readonly NodeProto[], names: Renaming, prefix: string): NodeProto[] {
  const all = new Map(names);
  for (const { output } of nodes) {
    for (const name of output) if (name !== '' && !all.has(name)) all.set(name, `${prefix}/${name}`);
  }
  const renamed = (name: string) => all.get(name) ?? name;
  return nodes.map((node) => ({
    ...node,
    name: node.name && `${prefix}/${node.name}`,
    input: node.input.map(renamed),
    output: node.output.map(renamed),
    attribute: node.attribute.map((attribute) =>
      attribute.g ? { ...attribute, g: renamedGraph(attribute.g, all) } : attribute,
    ),
  }));
}

/** A subgraph that reads other names from outside. */
function renamedGraph(graph: GraphProto, names: Renaming): GraphProto {
  const around = new Map(names);
  for (const { name } of graph.input) around.delete(name);
  for (const { name = '' } of graph.initializer) around.delete(name);
  for (const { output } of graph.node) for (const name of output) around.delete(name);
  const renamed = (name: string) => around.get(name) ?? name;
  return {
    ...graph,
    node: graph.node.map((node) => ({
      ...node,
      input: node.input.map(renamed),
      attribute: node.attribute.map((attribute) =>
        attribute.g ? { ...attribute, g: renamedGraph(attribute.g, around) } : attribute,
      ),
    })),
    output: graph.output.map((output) => ({ ...output, name: renamed(output.name) })),
  };
}
