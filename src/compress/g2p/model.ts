import { trace } from '../../nn/engines/onnx-tracer.js';
import { DataType, decodeModel, type ModelProto } from '../../onnx/proto.js';
import { floatsOf } from '../../onnx/read/weights.js';
import { GraphBuilder } from '../../onnx/write/graph-builder.js';
import { MOST_LETTERS } from './dictionary.js';
import { type G2pForm, g2pParameters, greedyPhonemes, STEPS } from './network.js';

/**
 * The network as an ONNX model, from `letters` `[batch, 12]`, letter codes as floats, to `phonemes` `[batch,
 * 13]`, phoneme codes up to the first 0. Every step is written out, and all steps read the same matrices by
 * name.
 */
export async function g2pModel(
  form: G2pForm,
  theta: Float32Array,
  producerVersion: string,
): Promise<Uint8Array> {
  const builder = new GraphBuilder('g2p');
  const letters = { name: 'letters', shape: ['batch', MOST_LETTERS], dtype: 'float32' as const };
  builder.input(letters.name, DataType.float, letters.shape);
  const parameters = g2pParameters(form).map(({ name, shape }) => ({
    name,
    shape,
    dtype: 'float32' as const,
  }));
  let offset = 0;
  for (const { name, shape } of parameters) {
    const size = shape.reduce((a, b) => a * b);
    builder.floats(theta.subarray(offset, offset + size), shape, name);
    offset += size;
  }
  const { phonemes } = await trace(builder, [letters, ...parameters], (given) => ({
    phonemes: greedyPhonemes(form, given, given.letters),
  }));
  builder.output(phonemes.name, DataType.float, ['batch', STEPS], 'phonemes');
  return builder.model({ producerVersion });
}

/**
 * The parameters of such a model, in the order of `g2pParameters`. Does not work for a compressed model,
 * whose parameters differ.
 */
export function g2pTheta(form: G2pForm, model: Uint8Array | ModelProto): Float32Array {
  const { graph } = model instanceof Uint8Array ? decodeModel(model) : model;
  const values = g2pParameters(form).map(({ name }) => {
    const tensor = graph.initializer.find((each) => each.name === name);
    const floats = tensor && floatsOf(tensor);
    if (!floats) throw new Error(`the model has no parameter ${name}`);
    return floats;
  });
  const theta = new Float32Array(values.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const floats of values) {
    theta.set(floats, offset);
    offset += floats.length;
  }
  return theta;
}
