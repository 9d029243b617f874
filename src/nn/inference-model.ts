import { DataType } from '../onnx/proto.js';
import { GraphBuilder } from '../onnx/write/graph-builder.js';
import { trace } from './engines/onnx-tracer.js';
import { tf } from './engines/tfjs.js';
import type { InputSpec, Network } from './network.js';

type Forward = (parameters: tf.NamedTensorMap, inputs: tf.NamedTensorMap) => tf.NamedTensorMap;

/** A constant of an inference model. */
export interface ModelParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * The bytes of an ONNX model with dynamic batch: inputs `[batch, …shape]`, outputs `[batch]` or of any other
 * shape.
 *
 * @param forward tfjs code that returns the outputs by name; a predictor's `model.onnx` has one, such as
 *   `latency_ms`
 */
export async function inferenceModel(
  inputs: readonly InputSpec[],
  parameters: readonly ModelParameter[],
  forward: Forward,
  producerVersion: string,
): Promise<Uint8Array> {
  const builder = new GraphBuilder('predictor');
  for (const { name, shape } of inputs) builder.input(name, DataType.float, ['batch', ...shape]);
  for (const { name, shape, values } of parameters) builder.floats(values, shape, name);
  const outputs = await trace(
    builder,
    [
      ...inputs.map(({ name, shape }) => ({ name, shape: ['batch', ...shape], dtype: 'float32' as const })),
      ...parameters.map(({ name, shape }) => ({ name, shape, dtype: 'float32' as const })),
    ],
    (t) => forward(t, t),
  );
  for (const [name, value] of Object.entries(outputs)) {
    builder.output(value.name, DataType.float, value.shape, name);
  }
  return builder.model({ producerVersion });
}

/** The inference model of a trained ensemble: the members' mean in log space, converted back to the metric's unit. */
export function ensembleModel(
  network: Network,
  theta: Float32Array,
  scaling: { readonly mean: number; readonly std: number },
  producerVersion: string,
  output: string,
): Promise<Uint8Array> {
  let offset = 0;
  const parameters = network.parameters.map(({ name, shape }) => {
    const full = [network.members, ...shape];
    const size = tf.util.sizeFromShape(full);
    offset += size;
    return { name, shape: full, values: theta.subarray(offset - size, offset) };
  });
  const forward: Forward = (p, x) => {
    const members = network.forward(p, x, (h) => h);
    return { [output]: tf.exp(tf.add(tf.mul(tf.mean(members, 0), scaling.std), scaling.mean)) };
  };
  return inferenceModel(network.inputs, parameters, forward, producerVersion);
}
