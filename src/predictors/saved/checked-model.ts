import { InputError, quote } from '../../base/errors.js';
import { decodeModel, type ModelProto } from '../../onnx/proto.js';
import { BadModel, type ModelOutputs } from '../../onnx/run/model-session.js';

/** Operators allowed in a predictor: none that repeats, branches, draws random numbers, or reads files. */
const OPERATORS = new Set(
  (
    'Abs Add And AveragePool BatchNormalization Cast Clip Concat Constant Conv ConvTranspose Div Elu Equal Erf Exp ' +
    'Expand Flatten Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual ' +
    'HardSigmoid HardSwish Identity InstanceNormalization LayerNormalization LeakyRelu Less LessOrEqual Log ' +
    'LogSoftmax MatMul Max MaxPool Min Mish Mul Neg Not Or PRelu Pad Pow Reciprocal ReduceL2 ReduceMax ReduceMean ' +
    'ReduceMin ReduceSum Relu Reshape Round Shape Sigmoid Sign Slice Softmax Softplus Split Sqrt Squeeze Sub Sum ' +
    'Tanh Tile Transpose Unsqueeze Where'
  ).split(' '),
);
const MOST_NODES = 10_000;

/**
 * Refuses models that could run for any length of time, or do anything but compute.
 *
 * @throws InputError that names the operator
 */
export function assertPlainModel(onnx: Uint8Array, file: string): void {
  const { graph, functions } = decoded(onnx, file);
  const refuse = (message: string) => new InputError(message, { file });
  if (graph.node.length > MOST_NODES) {
    throw refuse(`the model has ${graph.node.length} nodes; a predictor may have ${MOST_NODES}`);
  }
  if (functions && functions.length > 0) throw refuse('the model has functions of its own');
  const tensors = [
    ...graph.initializer,
    ...graph.node.flatMap(({ attribute }) => attribute.flatMap(({ t }) => t ?? [])),
  ];
  const outside = tensors.find(
    ({ dataLocation, externalData }) => dataLocation === 1 || externalData?.length,
  );
  if (outside)
    throw refuse(`tensor ${quote(outside.name ?? '')} is in another file; a predictor has all in one`);
  for (const { opType, domain, name } of graph.node) {
    const standard = domain === undefined || domain === '' || domain === 'ai.onnx';
    if (standard && OPERATORS.has(opType)) continue;
    const what = standard ? quote(opType) : `${quote(opType)} of ${quote(domain)}`;
    throw refuse(`node ${quote(name ?? '')}: a predictor may not have the operator ${what}`);
  }
}

function decoded(onnx: Uint8Array, file: string): ModelProto {
  try {
    return decodeModel(onnx);
  } catch (error) {
    throw new InputError(`not an ONNX model: ${(error as Error).message}`, { file });
  }
}

/**
 * An output of a model as numbers.
 *
 * @param count expected number of values
 * @param of what the values are for, in words
 * @throws BadModel if it has another form
 */
export function outputOf(
  results: ModelOutputs,
  name: string,
  count: number,
  of = `${count} architectures`,
): Float32Array {
  const output = Object.hasOwn(results, name) ? results[name] : undefined;
  if (!output) throw new BadModel(`the model has no output ${name}`);
  if (output.type !== 'float32') throw new BadModel(`output ${name} is of ${output.type}, not float32`);
  if (output.size !== count) throw new BadModel(`output ${name} has ${output.size} values for ${of}`);
  return output.data as Float32Array;
}
