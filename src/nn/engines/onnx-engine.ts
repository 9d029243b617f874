import * as ort from '../../base/onnxruntime.js';
import { DataType } from '../../onnx/proto.js';
import { type Dimension, GraphBuilder } from '../../onnx/write/graph-builder.js';
import { type Network, parameterCount } from '../network.js';
import { stepGradients, trainingStep } from '../training-step.js';
import type { Engine, EngineTask, EpochPlan, StepGradients, TrainingState } from './engine.js';
import { NOISE_ROWS, noiseTable, sampleCount } from './engine.js';
import { givenFor, openForward } from './onnx-forward.js';
import { trace } from './onnx-tracer.js';
import { tf } from './tfjs.js';

const STATE = ['theta', 'first', 'second'] as const;

/**
 * Trains with onnxruntime. The training step is traced once and becomes the body of an ONNX `Loop`, so one
 * call runs a whole epoch, and the parameters stay inside the session.
 */
export async function createOnnxEngine(task: EngineTask): Promise<Engine> {
  const { network, inputs, target, threads } = task;
  const training = await ort.openSession(await epochModel(task), threads);
  // A single thread: a second pool of busy-waiting threads would take the cores from the first.
  const forward = await openForward(network, 1);
  let gradient: Promise<ort.InferenceSession> | undefined;
  const parameters = parameterCount(network);
  const samples = sampleCount(task);
  const data: Record<string, ort.Tensor> = {
    'data/target': new ort.Tensor('float32', target, [samples, ...outputShape(network)]),
  };
  for (const { name, shape } of network.inputs) {
    data[`data/${name}`] = new ort.Tensor('float32', inputs[name], [samples, ...shape]);
  }

  return {
    async epoch(state: TrainingState, plan: EpochPlan): Promise<number> {
      const { steps, batchSize } = plan;
      const feeds: Record<string, ort.Tensor> = {
        ...data,
        steps: new ort.Tensor('int64', BigInt64Array.of(BigInt(steps)), []),
        order: new ort.Tensor('int32', plan.order, [steps, batchSize]),
        weights: new ort.Tensor('float32', plan.weights, [steps, batchSize]),
        rates: new ort.Tensor('float32', plan.rates, [steps, 3]),
      };
      for (const name of STATE) feeds[name] = new ort.Tensor('float32', state[name], [parameters]);
      for (const { name, shape } of network.stepInputs ?? []) {
        feeds[`plan/${name}`] = new ort.Tensor('float32', givenFor(name, plan.stepInputs), [steps, ...shape]);
      }
      if (plan.noiseRows) {
        const { draws } = network.dropoutNoise;
        feeds.noiseRows = new ort.Tensor('int32', plan.noiseRows, [
          steps,
          draws,
          plan.noiseRows.length / (steps * draws),
        ]);
      }
      const results = await training.run(feeds);
      for (const name of STATE) state[name] = results[`next/${name}`].data as Float32Array;
      state.steps += steps;
      const losses = results.losses.data as Float32Array;
      return losses.reduce((sum, loss) => sum + loss, 0) / steps;
    },

    predict: forward.predict,

    async stepGradients(theta, rows, stepInputs): Promise<StepGradients> {
      gradient ??= gradientModel(task).then((model) => ort.openSession(model, threads));
      const feeds: Record<string, ort.Tensor> = {
        ...data,
        theta: new ort.Tensor('float32', theta, [parameters]),
        order: new ort.Tensor('int32', rows, [rows.length]),
      };
      const shared = network.stepInputs ?? [];
      for (const { name, shape } of shared) {
        feeds[name] = new ort.Tensor('float32', givenFor(name, stepInputs), [...shape]);
      }
      const results = await (await gradient).run(feeds);
      return {
        loss: (results.loss.data as Float32Array)[0],
        gradients: Object.fromEntries(
          shared.map(({ name }) => [name, results[`gradient/${name}`].data as Float32Array]),
        ),
      };
    },

    async release(): Promise<void> {
      await training.release();
      await forward.release();
      await (await gradient)?.release();
    },
  };
}

/** The outputs axis of a network, if it has one. */
const outputShape = ({ outputs }: Network) => (outputs === undefined ? [] : [outputs]);

/** The epoch as an ONNX model: a `Loop` whose body gathers a batch and takes one training step. */
async function epochModel(task: EngineTask): Promise<Uint8Array> {
  const { network, batchSize } = task;
  const parameters = parameterCount(network);
  const dropout = task.options.dropout > 0;
  const main = new GraphBuilder('epoch');
  main.input('steps', DataType.int64, []);
  main.input('order', DataType.int32, ['steps', batchSize]);
  main.input('weights', DataType.float, ['steps', batchSize]);
  main.input('rates', DataType.float, ['steps', 3]);
  main.input('data/target', DataType.float, ['samples', ...outputShape(network)]);
  for (const { name, shape } of network.inputs)
    main.input(`data/${name}`, DataType.float, ['samples', ...shape]);
  const stepInputs = network.stepInputs ?? [];
  for (const { name, shape } of stepInputs) main.input(`plan/${name}`, DataType.float, ['steps', ...shape]);
  for (const name of STATE) main.input(name, DataType.float, [parameters]);
  const noiseShape = noiseShapeOf(network, batchSize);
  if (dropout) {
    main.input('noiseRows', DataType.int32, ['steps', noiseShape[0], noiseShape[1]]);
    main.floats(noiseTable(noiseShape[2]), [NOISE_ROWS, noiseShape[2]], 'noiseTable');
  }

  const body = new GraphBuilder('step');
  body.input('step/index', DataType.int64, []);
  body.input('step/continue', DataType.bool, []);
  for (const name of STATE) body.input(`step/${name}`, DataType.float, [parameters]);
  const take = (from: string, index: string, name: string) =>
    body.namedNode('Gather', [from, index], [`step/${name}`], { axis: 0 });
  take('order', 'step/index', 'order');
  take('weights', 'step/index', 'weight');
  take('rates', 'step/index', 'rates');
  take('data/target', 'step/order', 'target');
  for (const { name } of network.inputs) take(`data/${name}`, 'step/order', `batch/${name}`);
  for (const { name } of stepInputs) take(`plan/${name}`, 'step/index', `batch/${name}`);
  if (dropout) {
    take('noiseRows', 'step/index', 'noiseRows');
    take('noiseTable', 'step/noiseRows', 'noise');
  }

  const values: [string, Dimension[]][] = [
    ...STATE.map((name): [string, Dimension[]] => [name, [parameters]]),
    ['target', [batchSize, ...outputShape(network)]],
    ['weight', [batchSize]],
    ['rates', [3]],
    ...network.inputs.map(({ name, shape }): [string, Dimension[]] => [
      `batch/${name}`,
      [batchSize, ...shape],
    ]),
    ...stepInputs.map(({ name, shape }): [string, Dimension[]] => [`batch/${name}`, [...shape]]),
    ...(dropout ? [['noise', noiseShape] as [string, Dimension[]]] : []),
  ];
  const traced = await trace(
    body,
    values.map(([name, shape]) => ({ name: `step/${name}`, shape, dtype: 'float32' })),
    (t) => {
      const batch = Object.fromEntries(
        [...network.inputs, ...stepInputs].map(({ name }) => [name, t[`step/batch/${name}`]]),
      );
      const state = { theta: t['step/theta'], first: t['step/first'], second: t['step/second'] };
      return {
        ...trainingStep(network, task.options, state, {
          batch,
          target: t['step/target'],
          weight: t['step/weight'],
          rates: t['step/rates'],
          noise: t['step/noise'],
        }),
      };
    },
  );
  body.output('step/continue', DataType.bool, [], 'step/goOn');
  for (const name of STATE) {
    // A moment that an optimiser does not use passes through unchanged, but needs a new name.
    const { name: value } = traced[name];
    body.output(value, DataType.float, [parameters], value === `step/${name}` ? `step/next/${name}` : value);
  }
  body.output(traced.loss.name, DataType.float, []);

  const goOn = main.constant(DataType.bool, Uint8Array.of(1), []);
  const outputs = [...STATE.map((name) => `next/${name}`), 'losses'];
  main.namedNode('Loop', ['steps', goOn, ...STATE], outputs, { body: body.graph() });
  for (const name of STATE) main.output(`next/${name}`, DataType.float, [parameters]);
  main.output('losses', DataType.float, ['steps']);
  return main.model({ producerVersion: '' });
}

/** `[draws, members·batch·rows, units]`. */
function noiseShapeOf(network: Network, batchSize: number): [number, number, number] {
  const { draws, rows, units } = network.dropoutNoise;
  return [draws, network.members * batchSize * rows, units];
}

/** The loss of a batch, and its gradients with respect to the step inputs. */
async function gradientModel({ network, options, batchSize }: EngineTask): Promise<Uint8Array> {
  const builder = new GraphBuilder('gradient');
  const parameters = parameterCount(network);
  const shared = network.stepInputs ?? [];
  builder.input('theta', DataType.float, [parameters]);
  builder.input('order', DataType.int32, [batchSize]);
  builder.input('data/target', DataType.float, ['samples', ...outputShape(network)]);
  for (const { name, shape } of network.inputs)
    builder.input(`data/${name}`, DataType.float, ['samples', ...shape]);
  for (const { name, shape } of shared) builder.input(name, DataType.float, shape);
  for (const name of ['target', ...network.inputs.map((input) => input.name)]) {
    builder.namedNode('Gather', [`data/${name}`, 'order'], [`batch/${name}`], { axis: 0 });
  }
  const values: [string, Dimension[]][] = [
    ['theta', [parameters]],
    ['batch/target', [batchSize, ...outputShape(network)]],
    ...network.inputs.map(({ name, shape }): [string, Dimension[]] => [
      `batch/${name}`,
      [batchSize, ...shape],
    ]),
    ...shared.map(({ name, shape }): [string, Dimension[]] => [name, [...shape]]),
  ];
  const traced = await trace(
    builder,
    values.map(([name, shape]) => ({ name, shape, dtype: 'float32' })),
    (t) => {
      const { loss, gradients } = stepGradients(network, options, t.theta, {
        batch: {
          ...Object.fromEntries(network.inputs.map(({ name }) => [name, t[`batch/${name}`]])),
          ...Object.fromEntries(shared.map(({ name }) => [name, t[name]])),
        },
        target: t['batch/target'],
        weight: tf.fill([batchSize], 1 / batchSize),
      });
      return { loss, ...gradients };
    },
  );
  builder.output(traced.loss.name, DataType.float, [], 'loss');
  for (const { name, shape } of shared) {
    builder.output(traced[name].name, DataType.float, shape, `gradient/${name}`);
  }
  return builder.model({ producerVersion: '' });
}
