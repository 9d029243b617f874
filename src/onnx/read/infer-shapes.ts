import { elements } from '../../base/elements.js';
import { InputError, quote } from '../../base/errors.js';
import { type InferenceSession, openSession } from '../../base/onnxruntime.js';
import {
  type AttributeProto,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../proto.js';
import { tensorProto } from './constants.js';
import { dataTypeOf, elementType } from './element-types.js';
import { type FileNode, type OperatorSets, writtenAttributes } from './file-node.js';
import type { ElementType, Tensor } from './tensor-graph.js';

/** What is known about a tensor that a node writes. */
export interface InferredTensor {
  /** Undefined for a sequence, a map or an optional value. */
  readonly type: string | undefined;
  /** Undefined if not even the number of dimensions is known for certain. A single dimension may also be undefined. */
  readonly shape: readonly (number | undefined)[] | undefined;
}

export interface PartOfGraph {
  /** In order, without control flow. */
  readonly nodes: readonly FileNode[];
  /** Every tensor that they read but do not write. */
  readonly known: ReadonlyMap<string, Tensor>;
  readonly sets: OperatorSets;
  /** Tensors that may be scalars. onnxruntime also reports `[]` for an unknown shape. */
  readonly perhapsScalars: ReadonlySet<string>;
}

/** The newest IR version that works with all operator sets. */
const IR_VERSION = 10;

/**
 * Infers types and shapes of all tensors that nodes write, with onnxruntime: ONNX's own inference, which
 * includes shapes computed by other nodes. Nothing is run; weights become inputs of the session, without
 * values.
 *
 * @throws InputError with onnxruntime's message about a node
 * @throws NoKernelError if it cannot prepare a node for running
 * @throws UnplacedError if its message does not say which node is meant
 */
export async function inferShapes(part: PartOfGraph): Promise<Map<string, InferredTensor>> {
  if (part.nodes.length === 0) return new Map();
  for (const node of part.nodes) checkCounts(node);
  const written = part.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ''));
  const names = new ShortNames();
  const nodes = part.nodes.map((node, i) => nodeProto(node, i, names));
  const probes = written.filter((name) => part.perhapsScalars.has(name));
  for (const name of probes) {
    nodes.push({
      opType: 'Shape',
      input: [names.of(name)],
      output: [`rank_${names.of(name)}`],
      attribute: [],
    });
  }
  const types = new NamelessTypes(part);
  const session = await opened(part, names, nodes, [
    ...written.map((name) => names.of(name)),
    ...probes.map((name) => `rank_${names.of(name)}`),
  ]);
  try {
    const found = new Map(session.outputMetadata.map((metadata) => [metadata.name, metadata]));
    return new Map(
      written.map((name) => {
        const metadata = found.get(names.of(name));
        const rank = found.get(`rank_${names.of(name)}`);
        const scalar = rank?.isTensor === true && rank.shape[0] === 0;
        const { type, shape } = inferred(metadata, scalar);
        return [name, { type: type && types.of(name, type), shape }];
      }),
    );
  } finally {
    await session.release();
  }
}

/** No tensor of onnxruntime has this many dimensions. */
const MOST_DIMENSIONS = 64;

/**
 * Checks what onnxruntime's inference does not, and what would end the whole process.
 *
 * @throws InputError that names the node
 */
function checkCounts({ name, operator, domain, attributes, outputs }: FileNode): void {
  if (domain !== '') return;
  const of = `node ${quote(name)} (${operator})`;
  const parts = attributes.get('num_outputs')?.i;
  if (operator === 'Split' && parts !== undefined && parts !== outputs.length)
    throw new InputError(`${of} has ${outputs.length} outputs, and num_outputs ${parts}`);
  for (const attribute of ['axis', 'batch_dims']) {
    const value = attributes.get(attribute)?.i ?? 0;
    if (Math.abs(value) > MOST_DIMENSIONS || (attribute === 'batch_dims' && value < 0))
      throw new InputError(`${of} has the ${attribute} ${value}, and no tensor such dimensions`);
  }
}

/**
 * The type that stands for one that onnxruntime has but its JavaScript interface cannot name, so that no input or
 * output can have it; undefined for all others.
 */
function standIn(type: ElementType): ElementType | undefined {
  if (type === 'bfloat16') return 'float32';
  return type.startsWith('float8') ? 'int8' : undefined;
}

/** Attributes that say the type of an output. */
const TYPE_ATTRIBUTES = ['to', 'dtype', 'output_dtype'];

/** The type that a node's attributes ask for. */
function askedType({ attributes }: FileNode): ElementType | undefined {
  const asked = TYPE_ATTRIBUTES.map((name) => attributes.get(name)?.i).find(
    (i) => i !== undefined && i !== 0,
  );
  return asked === undefined ? undefined : elementType(asked);
}

/** Tells the types that others stood for: those that a node asks for, or that it reads and writes. */
class NamelessTypes {
  private readonly types = new Map<string, ElementType>();
  private readonly writers = new Map<string, FileNode>();

  constructor({ nodes, known }: PartOfGraph) {
    for (const { name, type } of known.values()) if (standIn(type)) this.types.set(name, type);
    for (const node of nodes) for (const output of node.outputs) this.writers.set(output, node);
  }

  /** The type of what a node writes; asked for in the order of the nodes. */
  of(name: string, inferred: ElementType): ElementType {
    const node = this.writers.get(name) as FileNode;
    const asked = askedType(node);
    const read = node.inputs.map((input) => this.types.get(input));
    const own = asked ? [asked] : read;
    const type = own.find((each) => each !== undefined && standIn(each) === inferred) ?? inferred;
    if (type !== inferred) this.types.set(name, type);
    return type;
  }
}

function inferred(metadata: InferenceSession.ValueMetadata | undefined, scalar: boolean): InferredTensor {
  if (!metadata?.isTensor) return { type: undefined, shape: undefined };
  const shape = metadata.shape.map((size) => (typeof size === 'number' && size >= 0 ? size : undefined));
  return { type: metadata.type, shape: shape.length === 0 && !scalar ? undefined : shape };
}

async function opened(
  { nodes, known, sets }: PartOfGraph,
  names: ShortNames,
  protos: NodeProto[],
  outputs: readonly string[],
): Promise<InferenceSession> {
  const input: ValueInfoProto[] = [];
  const initializer: TensorProto[] = [];
  for (const tensor of known.values()) {
    const value = tensorProto(tensor);
    const name = names.of(tensor.name);
    if (value) initializer.push({ ...value, name });
    else input.push(valueInfo(name, { ...tensor, type: standIn(tensor.type) ?? tensor.type }));
  }
  const model = encodeModel({
    irVersion: IR_VERSION,
    producerName: '',
    producerVersion: '',
    opsetImport: [...sets].map(([domain, version]) => ({ domain, version })),
    graph: {
      name: 'part',
      node: protos,
      initializer,
      input,
      output: outputs.map((name) => ({ name })),
    },
    metadataProps: [],
  });
  try {
    return await openSession(model, 1, { graphOptimizationLevel: 'disabled', logSeverityLevel: 4 });
  } catch (error) {
    throw refusal(error as Error, nodes, names);
  }
}

function nodeProto(node: FileNode, index: number, names: ShortNames): NodeProto {
  return {
    opType: node.operator,
    domain: node.domain,
    name: `node_${index}`,
    input: node.inputs.map((name) => names.of(name)),
    output: node.outputs.map((name) => names.of(name)),
    attribute: writtenAttributes(node).map(withStandIn),
  };
}

/** An attribute that asks for a type, with the one that stands for it. */
function withStandIn(attribute: AttributeProto): AttributeProto {
  const { name, i, t } = attribute;
  if (t) {
    const type = standIn(elementType(t.dataType));
    if (!type) return attribute;
    const bytes = elements(t.dims) * (type === 'int8' ? 1 : 4);
    return { ...attribute, t: { dims: t.dims, dataType: dataTypeOf(type), rawData: new Uint8Array(bytes) } };
  }
  const type = TYPE_ATTRIBUTES.includes(name) ? standIn(elementType(i ?? 0)) : undefined;
  return type ? { ...attribute, i: dataTypeOf(type) } : attribute;
}

function valueInfo(name: string, { type, shape }: Tensor): ValueInfoProto {
  const dim = shape.map((size) => ({ dimValue: size }));
  return { name, type: { tensorType: { elemType: dataTypeOf(type), shape: { dim } } } };
}

/** onnxruntime cannot prepare a node for running, and so infers nothing about a graph that contains it. */
export class NoKernelError extends Error {
  override readonly name = 'NoKernelError';

  /** @param node undefined if onnxruntime does not say which */
  constructor(
    readonly node: FileNode | undefined,
    message: string,
  ) {
    super(message);
  }
}

/** A message of onnxruntime that does not say which node it concerns. */
export class UnplacedError extends Error {
  override readonly name = 'UnplacedError';
}

/** Domains of the standard that only builds for training support. */
const UNBUILT = /^ai\.onnx\./;

/** onnxruntime's message, attributed to the node that it concerns. */
function refusal(error: Error, nodes: readonly FileNode[], names: ShortNames): Error {
  const said = error.message.trim().split('\n')[0];
  const [, of, newest] = /official support for domain (\S+) is till opset (\d+)/.exec(said) ?? [];
  if (newest !== undefined) {
    return new InputError(
      `it is of an operator set of ${of} that is newer than ${newest}, the newest that is read`,
    );
  }
  const [, domain, operator] = /(\S+):(\S+)\(-?\d+\) is not a registered function/.exec(said) ?? [];
  const foreign = nodes.find((node) => node.domain === domain && node.operator === operator);
  if (foreign) {
    const unknown = `operator ${quote(operator)} of the domain ${quote(domain)} is not known`;
    if (UNBUILT.test(domain)) return new NoKernelError(foreign, unknown);
    return new InputError(`node ${quote(foreign.name)}: ${unknown}`);
  }
  const index = /\bnode_(\d+)\b/.exec(said)?.[1];
  const node = index === undefined ? undefined : nodes[Number(index)];
  if (node && said.startsWith('Could not find an implementation')) {
    return new NoKernelError(node, `onnxruntime has no implementation of it in operator set ${node.version}`);
  }
  if (!node && /^(Exception during initialization|Unsupported data type)/.test(said)) {
    const attribute = /\bGetAttrs?\("(\w+)"/.exec(said)?.[1];
    const reason = said.replace(/^.*\bwas false\. /, '').replace(/ If you need support.*$/, '');
    return new NoKernelError(
      undefined,
      attribute === undefined
        ? `onnxruntime says: ${reason}`
        : `its attribute ${attribute} is missing or wrong`,
    );
  }
  if (node && said.includes('No Op registered for')) {
    const set = `operator set ${node.version} of ${node.domain === '' ? 'ONNX' : quote(node.domain)}`;
    return new InputError(`node ${quote(node.name)}: there is no operator ${quote(node.operator)} in ${set}`);
  }
  const problem = said
    .replace(/^.*\[(?:Shape|Type)InferenceError\] /, '')
    .replace(/^.*\bStatus Message: /, '')
    .replace(/ in node \(node_\d+\)/, '')
    .replace(/"?\bnode_(\d+)\b"?/g, (_, index) => quote(nodes[Number(index)]?.name ?? ''))
    .replace(/"?\bt_(\d+)\b"?/g, (_, index) => quote(names.long(`t_${index}`)))
    .trim();
  return node
    ? new InputError(`node ${quote(node.name)} (${node.operator}): ${problem}`)
    : new UnplacedError(problem);
}

/** Names that can be found in onnxruntime's messages; a file's own names may be anything. */
class ShortNames {
  private readonly short = new Map<string, string>();
  private readonly back = new Map<string, string>();

  of(name: string): string {
    if (name === '') return '';
    const known = this.short.get(name);
    if (known !== undefined) return known;
    const fresh = `t_${this.short.size}`;
    this.short.set(name, fresh);
    this.back.set(fresh, name);
    return fresh;
  }

  long(short: string): string {
    return this.back.get(short) ?? short;
  }
}
