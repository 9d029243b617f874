import { InputError, quote } from '../../base/errors.js';
import {
  type AttributeProto,
  AttributeType,
  decodeModel,
  type NodeProto,
  type TensorProto,
} from '../../onnx/proto.js';
import { elementType } from '../../onnx/read/element-types.js';
import type { Attribute } from '../../onnx/read/tensor-graph.js';
import type { RuntimeNode, RuntimeTensor } from '../runtime-node.js';

/** A node of the optimised model as executed, with the profiler's times of its runs. */
export interface ProfiledNode {
  readonly name: string;
  readonly node: RuntimeNode;
  /** Microseconds per run, in order, including the profiler's own cost. */
  readonly us: readonly number[];
}

/** The fields of an event in onnxruntime's profile that are read here. */
interface NodeEvent {
  readonly name: string;
  readonly dur: number;
  readonly args: {
    readonly op_name: string;
    readonly input_type_shape: readonly Readonly<Record<string, readonly number[]>>[];
    readonly output_type_shape: readonly Readonly<Record<string, readonly number[]>>[];
  };
}

/** Element types that the profiler names differently. */
const TYPES: Readonly<Record<string, string>> = { float: 'float32', double: 'float64' };

const KERNEL_TIME = '_kernel_time';

/**
 * The nodes that onnxruntime executed, in order: operators and attributes from the model that it wrote to
 * `optimizedModelFilePath`, shapes and times from its profile.
 *
 * @param optimised bytes of that model
 * @param profile the text of the JSON file that `endProfiling` left behind
 * @throws InputError if the profile is not such JSON, or refers to nodes that the model does not have
 */
export function profiledNodes(optimised: Uint8Array, profile: string): ProfiledNode[] {
  const { node: nodes, initializer } = decodeModel(optimised).graph;
  const constants = new Map(initializer.map((tensor) => [tensor.name, tensor]));
  const byName = new Map(nodes.filter(({ name }) => name).map((node) => [node.name, node]));
  const unnamed = nodes.filter(({ name }) => !name);
  const found = new Map<string, ProfiledNode & { us: number[] }>();
  for (const { name: event, dur, args } of nodeEvents(profile)) {
    const name = event.slice(0, -KERNEL_TIME.length);
    const known = found.get(name);
    if (known) {
      known.us.push(dur);
      continue;
    }
    // The profiler names an unnamed node by its operator and a number, in the order of the model.
    const at = unnamed.findIndex(({ opType }) => opType === args.op_name);
    const node = byName.get(name) ?? (at < 0 ? undefined : unnamed.splice(at, 1)[0]);
    if (node === undefined) {
      throw new InputError(`the profile names ${quote(name)}, but the optimised model has no such node`);
    }
    found.set(name, { name, node: executed(node, constants, args), us: [dur] });
  }
  return [...found.values()];
}

function nodeEvents(profile: string): NodeEvent[] {
  let events: unknown;
  try {
    events = JSON.parse(profile);
  } catch (error) {
    throw new InputError(`this is not a profile of onnxruntime: ${(error as Error).message}`);
  }
  if (!Array.isArray(events))
    throw new InputError('this is not a profile of onnxruntime: it is not a list of events');
  return events.filter(({ cat, name }) => cat === 'Node' && String(name).endsWith(KERNEL_TIME));
}

/**
 * The profiler lists the inputs that are present, and the node says which ones are left out. Weights that
 * were repacked when the session was opened are no longer listed.
 */
function executed(
  node: NodeProto,
  constants: ReadonlyMap<string | undefined, TensorProto>,
  { input_type_shape: read, output_type_shape: written }: NodeEvent['args'],
): RuntimeNode {
  const given = read.map((typed) => tensorOf(typed));
  const next = (constant: TensorProto | undefined): RuntimeTensor | undefined => {
    if (!constant) return given.shift();
    if (String(given[0]?.shape) === String(constant.dims)) given.shift();
    return { type: elementType(constant.dataType), shape: constant.dims, constant: true };
  };
  return {
    operator: node.opType,
    domain: node.domain ?? '',
    attributes: attributesOf(node.attribute),
    inputs: node.input.map((name) => (name === '' ? undefined : next(constants.get(name)))),
    outputs: written.map(tensorOf),
  };
}

function tensorOf(typed: NodeEvent['args']['input_type_shape'][number]): RuntimeTensor {
  const [[type, shape] = ['float', []]] = Object.entries(typed);
  return { type: TYPES[type] ?? type, shape, constant: false };
}

/** Numbers, texts and lists of numbers; tensors and subgraphs are ignored. */
function attributesOf(attributes: readonly AttributeProto[]): ReadonlyMap<string, Attribute> {
  const values = new Map<string, Attribute>();
  for (const { name, type, i, f, s, ints, floats } of attributes) {
    if (type === AttributeType.int) values.set(name, i ?? 0);
    else if (type === AttributeType.float) values.set(name, f ?? 0);
    else if (type === AttributeType.string) values.set(name, new TextDecoder().decode(s));
    else if (type === AttributeType.ints) values.set(name, ints ?? []);
    else if (type === AttributeType.floats) values.set(name, floats ?? []);
  }
  return values;
}
