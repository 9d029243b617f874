import { InputError, quote } from '../../base/errors.js';
import { type AttributeProto, AttributeType, type GraphProto, type NodeProto } from '../proto.js';
import type { Attribute, TensorNode } from './tensor-graph.js';

/** A node of a file that is being converted to a tensor graph: its attributes still contain tensors and subgraphs. */
export interface FileNode extends Omit<TensorNode, 'attributes'> {
  readonly attributes: ReadonlyMap<string, AttributeProto>;
  /** Position of the file's node that it is or comes from. Nodes keep the file's order where possible. */
  readonly position: number;
}

/** Versions by domain; `''` is ONNX's own. */
export type OperatorSets = ReadonlyMap<string, number>;

/** ONNX's own domain has two names; this returns the empty one. */
export function domainOf(domain: string | undefined): string {
  return domain === undefined || domain === 'ai.onnx' ? '' : domain;
}

/** @throws InputError if the file imports no operator set of its domain */
export function fileNode(proto: NodeProto, name: string, sets: OperatorSets, position: number): FileNode {
  const domain = domainOf(proto.domain);
  const version = sets.get(domain);
  if (version === undefined) {
    throw new InputError(
      `node ${quote(name)} is ${quote(proto.opType)} of the domain ${quote(domain)}, of which the file imports no operator set`,
    );
  }
  return {
    name,
    domain,
    operator: proto.opType ?? '',
    version,
    attributes: new Map(proto.attribute.map((attribute) => [attribute.name, attribute])),
    inputs: proto.input,
    outputs: proto.output,
    position,
  };
}

/** The subgraphs that a node may run. */
export function subgraphsOf({ attributes }: FileNode): GraphProto[] {
  return [...attributes.values()].flatMap(({ g }) => (g ? [g] : []));
}

/** Every tensor that a node reads, including those that its subgraphs read from outside. */
export function readsOf(node: FileNode): string[] {
  const direct = node.inputs.filter((input) => input !== '');
  const subgraphs = subgraphsOf(node);
  return subgraphs.length === 0 ? direct : [...new Set([...direct, ...subgraphs.flatMap(freeNames)])];
}

/** Names that a subgraph reads but does not write. */
function freeNames(graph: GraphProto): string[] {
  const own = new Set([
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name = '' }) => name),
    ...graph.node.flatMap(({ output }) => output),
  ]);
  const read = [
    ...graph.node.flatMap(({ input, attribute }) => [
      ...input,
      ...attribute.flatMap(({ g }) => (g ? freeNames(g) : [])),
    ]),
    ...graph.output.map(({ name }) => name),
  ];
  return read.filter((name) => name !== '' && !own.has(name));
}

/** Integers near an end of their range mean “to the end”, and have no exact JavaScript number. */
const FAR = 2 ** 62;
const nearer = (value: number) => Math.max(-FAR, Math.min(value, FAR));

/** A node's attributes as they are passed to onnxruntime. */
export function writtenAttributes({ attributes }: FileNode): AttributeProto[] {
  return [...attributes.values()].map((attribute) => {
    if (attribute.type === AttributeType.int) return { ...attribute, i: nearer(attribute.i ?? 0) };
    return attribute.ints ? { ...attribute, ints: attribute.ints.map(nearer) } : attribute;
  });
}

/** Converts a node's attributes to plain values. The file may omit an integer value of 0, but not its type. */
export function tensorNode({ attributes, position: _, ...node }: FileNode): TensorNode {
  const values = new Map<string, Attribute>();
  for (const [name, attribute] of attributes) {
    const value = attributeValue(attribute);
    if (value !== undefined) values.set(name, value);
  }
  return { ...node, attributes: values };
}

function attributeValue({ type, i, f, s, ints, floats, strings }: AttributeProto): Attribute | undefined {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  switch (type) {
    case AttributeType.int:
      return i ?? 0;
    case AttributeType.float:
      return f ?? 0;
    case AttributeType.string:
      return text(s ?? new Uint8Array());
    case AttributeType.ints:
      return ints ?? [];
    case AttributeType.floats:
      return floats ?? [];
    case AttributeType.strings:
      return strings?.map(text) ?? [];
    default: {
      // Files older than IR version 2 have no types.
      const known = i ?? f ?? (s && text(s));
      if (known !== undefined) return known;
      return [ints, floats].find((list) => list && list.length > 0);
    }
  }
}
