import * as ort from '../../base/onnxruntime.js';
import { DataType } from '../../onnx/proto.js';
import { type Dimension, GraphBuilder } from '../../onnx/write/graph-builder.js';
import { type Network, parameterCount, unpackParameters } from '../network.js';
import type { Engine, Inputs } from './engine.js';
import { trace } from './onnx-tracer.js';

/** A network's predictions, without the training that an engine has beside them. */
export type Forward = Pick<Engine, 'predict' | 'release'>;

/** Opens a network for predictions with parameters that may differ from call to call. */
export async function openForward(network: Network, threads: number): Promise<Forward> {
  const session = await ort.openSession(await forwardModel(network), threads);
  const parameters = parameterCount(network);
  return {
    async predict(theta, samples, count, stepInputs): Promise<Float32Array> {
      const feeds: Record<string, ort.Tensor> = { theta: new ort.Tensor('float32', theta, [parameters]) };
      for (const { name, shape } of network.inputs) {
        feeds[name] = new ort.Tensor('float32', samples[name], [count, ...shape]);
      }
      for (const { name, shape } of network.stepInputs ?? []) {
        feeds[name] = new ort.Tensor('float32', givenFor(name, stepInputs), [...shape]);
      }
      return (await session.run(feeds)).output.data as Float32Array;
    },
    release: () => session.release(),
  };
}

/** @throws Error if a step input is missing */
export function givenFor(name: string, stepInputs: Inputs | undefined): Float32Array {
  const values = stepInputs?.[name];
  if (!values) throw new Error(`the network's step input ${name} is not given`);
  return values;
}

/** Inference with the parameters as an input, for scoring while they still change. */
async function forwardModel(network: Network): Promise<Uint8Array> {
  const builder = new GraphBuilder('forward');
  const parameters = parameterCount(network);
  builder.input('theta', DataType.float, [parameters]);
  const inputs: [string, Dimension[]][] = [
    ...network.inputs.map(({ name, shape }): [string, Dimension[]] => [name, ['batch', ...shape]]),
    ...(network.stepInputs ?? []).map(({ name, shape }): [string, Dimension[]] => [name, [...shape]]),
  ];
  for (const [name, shape] of inputs) builder.input(name, DataType.float, shape);
  const { output } = await trace(
    builder,
    [
      { name: 'theta', shape: [parameters], dtype: 'float32' },
      ...inputs.map(([name, shape]) => ({ name, shape, dtype: 'float32' as const })),
    ],
    ({ theta, ...inputs }) => ({
      output: network.forward(unpackParameters(network, theta), inputs, (x) => x),
    }),
  );
  builder.output(output.name, DataType.float, output.shape, 'output');
  return builder.model({ producerVersion: '' });
}
