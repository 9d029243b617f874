import { InputError, quote } from '../../base/errors.js';
import { decodeModel, type ModelProto, type TypeProto, type ValueInfoProto } from '../proto.js';
import { constantOfNode, constantTensor, sparseTensor } from './constants.js';
import { checkWeights } from './costs.js';
import { distinctNames } from './distinct-names.js';
import { elementType } from './element-types.js';
import { loadExternalData } from './external-data.js';
import { type FileNode, readsOf, tensorNode } from './file-node.js';
import { inlinedNodes, operatorSets } from './inline.js';
import { upgraded } from './old-operator-sets.js';
import { liveInOrder } from './order.js';
import { Resolution } from './resolution.js';
import { Sizes } from './sizes.js';
import type { OnnxReadOptions, Tensor, TensorGraph } from './tensor-graph.js';

/**
 * Reads the tensor graph of an ONNX model. Values of weights do not matter, and may be missing from the file.
 * Only arithmetic on small constants is run.
 *
 * @throws InputError that names the node or tensor that is not understood, or says what is wrong with the
 *   file
 */
export async function readTensorGraph(
  bytes: Uint8Array,
  options: OnnxReadOptions = {},
): Promise<TensorGraph> {
  const model = decoded(bytes);
  const { graph } = model;
  loadExternalData(graph, options.folder);
  const freeName = distinctNames();
  const tensors = constantsOf(model);
  const { nodes: written, sets } = upgraded(
    inlinedNodes(graph.node, model, freeName),
    operatorSets(model.opsetImport),
    tensors,
  );
  const nodes = written.filter((node) => {
    const constant =
      node.operator === 'Constant' ? constantOfNode(node.outputs[0], node.attributes) : undefined;
    if (constant) tensors.set(constant.name, constant);
    return !constant;
  });
  checkDeclared(graph.input, tensors);
  const given = graph.input.filter(({ name }) => !tensors.has(name));
  const outputs = graph.output.map(({ name }) => name);
  if (outputs.length === 0) throw new InputError('the graph names no outputs, so nothing of it is computed');
  const live = liveInOrder(nodes, new Set([...tensors.keys(), ...given.map(({ name }) => name)]), outputs);
  const wanted = new Set([...live.flatMap(readsOf), ...outputs]);
  const sizes = new Sizes(options.sizes ?? new Map());
  sizes.checkUse(given);
  sizes.settleAsked(given);
  for (const input of given) if (wanted.has(input.name)) tensors.set(input.name, sizes.input(input));
  const declared = declaredTensors(model, sizes);
  const resolution = new Resolution(tensors, live, {
    sets,
    read: wanted,
    freeName,
    scalars: given.flatMap(({ name }) => {
      const tensor = tensors.get(name);
      return tensor && !tensor.constant && tensor.shape.length === 0 ? [name] : [];
    }),
    outputs,
    given: given.flatMap(({ name }) => (tensors.get(name)?.constant ? [name] : [])),
    declared: (name) => declared.get(name),
  });
  await withNotes(sizes.notes, () => resolution.run());
  const read = assembled(resolution.network, tensors, {
    inputs: given.flatMap(({ name }) => (tensors.get(name)?.constant ? [] : [name])),
    outputs,
    notes: [...sizes.notes, ...resolution.notes],
  });
  checkOutputTypes(graph.output, read);
  await withNotes(sizes.notes, async () => checkWeights(read));
  return read;
}

/** @throws InputError if an output has another type than the file says, which no runtime accepts */
function checkOutputTypes(outputs: readonly ValueInfoProto[], { tensors }: TensorGraph): void {
  for (const { name, type } of outputs) {
    const said = elementType(type?.tensorType?.elemType ?? 0);
    const written = tensors.get(name)?.type;
    if (said !== elementType(0) && said !== written)
      throw new InputError(`output ${quote(name)} is declared as ${said}, and is ${written}`);
  }
}

/**
 * IR version of onnx.proto in ONNX 1.23; newer files may contain information that is not read. Version 14
 * adds types to 13.
 */
const NEWEST_IR = 14;

function decoded(bytes: Uint8Array): ModelProto {
  let model: ModelProto;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    throw new InputError(`this is not an ONNX model: ${(error as Error).message}`);
  }
  if (!model.graph?.node?.length) throw new InputError('this is not an ONNX model: it has no nodes');
  if (model.irVersion > NEWEST_IR) {
    throw new InputError(
      `it is of ONNX's IR version ${model.irVersion}; files up to version ${NEWEST_IR} are read`,
    );
  }
  return model;
}

function constantsOf({ graph }: ModelProto): Map<string, Tensor> {
  const dense = graph.initializer.map((tensor) => constantTensor(tensor.name ?? '', tensor));
  const sparse = (graph.sparseInitializer ?? []).map((tensor) =>
    sparseTensor(tensor.values?.name ?? '', tensor),
  );
  const constants = new Map<string, Tensor>();
  for (const tensor of [...dense, ...sparse]) {
    const { name, type, shape } = tensor;
    const earlier = constants.get(name);
    if (earlier && (earlier.type !== type || earlier.shape.join() !== shape.join()))
      throw new InputError(
        `two constants are named ${quote(name)}: ${earlier.type} [${earlier.shape.join(', ')}] and ${type} [${shape.join(', ')}]`,
      );
    constants.set(name, tensor);
  }
  return constants;
}

/**
 * Old files also list constants among the inputs.
 *
 * @throws InputError if one has another shape there
 */
function checkDeclared(inputs: readonly ValueInfoProto[], constants: ReadonlyMap<string, Tensor>): void {
  for (const { name, type } of inputs) {
    const held = constants.get(name)?.shape;
    const dims = type?.tensorType?.shape?.dim;
    if (!held || !dims) continue;
    const fits =
      dims.length === held.length && dims.every(({ dimValue }, i) => (dimValue ?? held[i]) === held[i]);
    if (fits) continue;
    const said = dims.map(({ dimValue = '?' }) => dimValue).join(', ');
    throw new InputError(`input ${quote(name)} is [${said}], and its values are [${held.join(', ')}]`);
  }
}

/** Types and shapes that the file gives for tensors written by nodes, if given in numbers. */
function declaredTensors({ graph }: ModelProto, sizes: Sizes): Map<string, Pick<Tensor, 'type' | 'shape'>> {
  const declared = new Map<string, Pick<Tensor, 'type' | 'shape'>>();
  for (const { name, type } of [...(graph.valueInfo ?? []), ...graph.output]) {
    const shape = type?.tensorType?.shape && sizes.numbers(type.tensorType.shape);
    if (shape)
      declared.set(name, { type: elementType((type as Required<TypeProto>).tensorType.elemType), shape });
  }
  return declared;
}

/** If something does not fit, chosen sizes may be the reason, so the notes are added to the error. */
async function withNotes(notes: readonly string[], body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof InputError) || notes.length === 0) throw error;
    throw new InputError(`${error.message} (${notes.join('; ')}; give the sizes that it is made for)`);
  }
}

/** The graph of everything that leads to an output, once constants and branches are settled. */
function assembled(
  network: readonly FileNode[],
  known: ReadonlyMap<string, Tensor>,
  { inputs, outputs, notes }: Pick<TensorGraph, 'inputs' | 'outputs' | 'notes'>,
): TensorGraph {
  const ordered = network.toSorted((a, b) => a.position - b.position);
  const writes = new Set(ordered.flatMap((node) => node.outputs));
  const given = new Set([...known.keys()].filter((name) => !writes.has(name)));
  const nodes = liveInOrder(ordered, given, outputs).map((node) => ({
    ...tensorNode(node),
    outputs: node.outputs.map((name) => (known.has(name) ? name : '')),
  }));
  const tensors = new Map<string, Tensor>();
  const readOrWritten = [...nodes.flatMap((node) => [...node.inputs, ...node.outputs]), ...outputs];
  for (const name of readOrWritten) if (name !== '') tensors.set(name, known.get(name) as Tensor);
  return { nodes, tensors, inputs: inputs.filter((name) => tensors.has(name)), outputs, notes };
}
