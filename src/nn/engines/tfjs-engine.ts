import type { NamedTensorMap } from '@tensorflow/tfjs';
import { type InputSpec, type Network, unpackParameters } from '../network.js';
import { type OptimiserState, stepGradients, trainingStep } from '../training-step.js';
import type { Engine, EngineTask, EpochPlan, Inputs, TrainingState } from './engine.js';
import { NOISE_ROWS, noiseTable } from './engine.js';
import { loadTfjs, tf } from './tfjs.js';

/**
 * Trains with eager tfjs on its native or WASM backend. It is slower, and serves as the reference for the
 * traced engine.
 */
export async function createTfjsEngine(task: EngineTask): Promise<Engine> {
  await loadTfjs();
  const { network, options } = task;
  const { draws, units } = network.dropoutNoise;
  const noise = options.dropout > 0 ? noiseTable(units) : undefined;

  return {
    async epoch(state: TrainingState, plan: EpochPlan): Promise<number> {
      let total = 0;
      for (let step = 0; step < plan.steps; step++) {
        const rows = plan.order.subarray(step * plan.batchSize, (step + 1) * plan.batchSize);
        const next = tf.tidy(() => ({
          ...trainingStep(
            network,
            options,
            {
              theta: tf.tensor1d(state.theta),
              first: tf.tensor1d(state.first),
              second: tf.tensor1d(state.second),
            },
            {
              batch: {
                ...batchOf(network.inputs, task.inputs, rows),
                ...sharedOf(network, plan.stepInputs, step),
              },
              target: targetOf(task, rows),
              weight: tf.tensor1d(plan.weights.subarray(step * plan.batchSize, (step + 1) * plan.batchSize)),
              rates: tf.tensor1d(plan.rates.subarray(step * 3, step * 3 + 3)),
              noise:
                noise && plan.noiseRows && noiseOf(noise, plan.noiseRows, step, plan.steps, draws, units),
            },
          ),
        })) as OptimiserState & { loss: tf.Tensor };
        state.theta = await read(next.theta);
        state.first = await read(next.first);
        state.second = await read(next.second);
        total += (await read(next.loss))[0];
        tf.dispose({ ...next });
      }
      state.steps += plan.steps;
      return total / plan.steps;
    },

    async predict(theta, inputs, count, stepInputs): Promise<Float32Array> {
      const all = Int32Array.from({ length: count }, (_, i) => i);
      const output = tf.tidy(() =>
        network.forward(
          unpackParameters(network, tf.tensor1d(theta)),
          { ...batchOf(network.inputs, inputs, all), ...sharedOf(network, stepInputs, 0) },
          (x) => x,
        ),
      );
      const values = await read(output);
      tf.dispose(output);
      return values;
    },

    async stepGradients(theta, rows, stepInputs) {
      const { loss, gradients } = tf.tidy(() => ({
        ...stepGradients(network, options, tf.tensor1d(theta), {
          batch: { ...batchOf(network.inputs, task.inputs, rows), ...sharedOf(network, stepInputs, 0) },
          target: targetOf(task, rows),
          weight: tf.fill([rows.length], 1 / rows.length),
        }),
      }));
      const [value] = await read(loss);
      const values: Inputs = {};
      for (const [name, gradient] of Object.entries(gradients)) values[name] = await read(gradient);
      tf.dispose({ loss, gradients });
      return { loss: value, gradients: values };
    },

    async release(): Promise<void> {},
  };
}

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  return (await tensor.data()) as Float32Array;
}

/** The given rows of the target, `[rows]` or `[rows, outputs]`. */
function targetOf({ network: { outputs }, target }: EngineTask, rows: Int32Array): tf.Tensor {
  if (outputs === undefined) return tf.tensor1d(Float32Array.from(rows, (row) => target[row]));
  return batchOf([{ name: 'target', shape: [outputs] }], { target }, rows).target;
}

/** One step's value of each input that the batch shares, `[…shape]`. */
function sharedOf(network: Network, stepInputs: Inputs | undefined, step: number): NamedTensorMap {
  const shared: NamedTensorMap = {};
  for (const { name, shape } of network.stepInputs ?? []) {
    const size = tf.util.sizeFromShape([...shape]);
    const values = stepInputs?.[name];
    if (!values) throw new Error(`the network's step input ${name} is not given`);
    shared[name] = tf.tensor(values.slice(step * size, (step + 1) * size), [...shape]);
  }
  return shared;
}

/** The given rows of each input, `[rows, …shape]`. */
function batchOf(specs: readonly InputSpec[], inputs: Inputs, rows: Int32Array): NamedTensorMap {
  const batch: NamedTensorMap = {};
  for (const { name, shape } of specs) {
    const size = tf.util.sizeFromShape([...shape]);
    const values = new Float32Array(rows.length * size);
    rows.forEach((row, i) => {
      values.set(inputs[name].subarray(row * size, (row + 1) * size), i * size);
    });
    batch[name] = tf.tensor(values, [rows.length, ...shape]);
  }
  return batch;
}

/** The step's noise, `[draws, members·batch·rows, units]`, gathered from the rows of the table. */
function noiseOf(
  table: Float32Array,
  noiseRows: Int32Array,
  step: number,
  steps: number,
  draws: number,
  units: number,
): tf.Tensor {
  const perStep = noiseRows.length / steps;
  const rows = tf.tensor1d(noiseRows.subarray(step * perStep, (step + 1) * perStep), 'int32');
  return tf.reshape(tf.gather(tf.tensor2d(table, [NOISE_ROWS, units]), rows), [
    draws,
    perStep / draws,
    units,
  ]);
}
