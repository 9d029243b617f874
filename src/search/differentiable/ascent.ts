import type { Tensor } from '@tensorflow/tfjs';
import * as ort from '../../base/onnxruntime.js';
import { trace } from '../../nn/engines/onnx-tracer.js';
import { tf } from '../../nn/engines/tfjs.js';
import { DataType } from '../../onnx/proto.js';
import { type Dimension, GraphBuilder } from '../../onnx/write/graph-builder.js';
import type { SearchSpace } from '../../spaces/space.js';
import { optionCount, type SoftModel, softChoice } from './soft-model.js';

/** What an ascent maximises, and the size of its steps. */
export interface AscentTask {
  readonly space: SearchSpace;
  /** More is better. */
  readonly quality: SoftModel;
  /** As a share of its limit; absent without a limit. */
  readonly load?: SoftModel;
  /** Share of the neighbours' mean in the quality; 0 for a quality without one. */
  readonly flat: number;
  /** Value of a load of 1 in units of the quality, if fixed; otherwise it rises while the load exceeds 1. */
  readonly weight?: number;
  /** Number of parallel ascents. */
  readonly rows: number;
  readonly steps: number;
  readonly learningRate: number;
  /** In the first and the last step; in between it decreases geometrically. */
  readonly temperatures: readonly [first: number, last: number];
}

export interface Ascended {
  /** `[row, option]`, after the last step. */
  readonly logits: Float32Array;
  /** `[row]`: final value of a load of 1. */
  readonly weights: Float32Array;
  /** `[step, row, option]`: the soft choices of all steps. */
  readonly path: Float32Array;
}

/** Adam's decay rates for the architecture in DARTS (Liu et al., arXiv:1806.09055). */
const [BETA1, BETA2, EPSILON] = [0.5, 0.999, 1e-8];
/** How fast the weight of an exceeded limit rises, per step and share of the limit. */
const DUAL_RATE = 0.1;

const STATE = ['logits', 'first', 'second', 'weights'] as const;

/**
 * Maximises quality - weight · (load - 1) over soft choices with Adam, starting from given logits. This is
 * the loss of LA-DARTS (arXiv:2001.06392), L + λ·LAT, either with a fixed λ as published, or with dual
 * ascent, λ ← [λ + η·(load - 1)]₊, so that the limit determines the value of latency. The step is traced, and
 * runs as the body of an ONNX `Loop`.
 *
 * @param start `[row, option]`: initial logits
 */
export async function ascend(task: AscentTask, start: Float32Array): Promise<Ascended> {
  const { rows, steps, temperatures, weight = 0 } = task;
  const width = optionCount(task.space);
  const session = await ort.openSession(await ascentModel(task, width), 1);
  const [warm, cold] = temperatures;
  const schedule = Float32Array.from(
    { length: steps },
    (_, step) => warm * (cold / warm) ** (step / Math.max(1, steps - 1)),
  );
  const corrections = new Float32Array(steps * 2);
  for (let step = 0; step < steps; step++) {
    corrections.set([1 - BETA1 ** (step + 1), 1 - BETA2 ** (step + 1)], step * 2);
  }
  const zeros = () => new ort.Tensor('float32', new Float32Array(rows * width), [rows, width]);
  try {
    const results = await session.run({
      steps: new ort.Tensor('int64', BigInt64Array.of(BigInt(steps)), []),
      temperatures: new ort.Tensor('float32', schedule, [steps]),
      corrections: new ort.Tensor('float32', corrections, [steps, 2]),
      logits: new ort.Tensor('float32', start, [rows, width]),
      first: zeros(),
      second: zeros(),
      weights: new ort.Tensor('float32', new Float32Array(rows).fill(weight), [rows]),
    });
    return {
      logits: results['next/logits'].data as Float32Array,
      weights: results['next/weights'].data as Float32Array,
      path: results.path.data as Float32Array,
    };
  } finally {
    await session.release();
  }
}

async function ascentModel(task: AscentTask, width: number): Promise<Uint8Array> {
  const { rows } = task;
  const shapes: Record<(typeof STATE)[number], Dimension[]> = {
    logits: [rows, width],
    first: [rows, width],
    second: [rows, width],
    weights: [rows],
  };
  const main = new GraphBuilder('ascent');
  main.input('steps', DataType.int64, []);
  main.input('temperatures', DataType.float, ['steps']);
  main.input('corrections', DataType.float, ['steps', 2]);
  for (const name of STATE) main.input(name, DataType.float, shapes[name]);

  const body = new GraphBuilder('step');
  body.input('step/index', DataType.int64, []);
  body.input('step/continue', DataType.bool, []);
  for (const name of STATE) body.input(`step/${name}`, DataType.float, shapes[name]);
  body.namedNode('Gather', ['temperatures', 'step/index'], ['step/temperature'], { axis: 0 });
  body.namedNode('Gather', ['corrections', 'step/index'], ['step/corrections'], { axis: 0 });
  const inputs: [string, Dimension[]][] = [
    ...STATE.map((name): [string, Dimension[]] => [name, shapes[name]]),
    ['temperature', []],
    ['corrections', [2]],
  ];
  const traced = await trace(
    body,
    inputs.map(([name, shape]) => ({ name: `step/${name}`, shape, dtype: 'float32' })),
    (t) => ({
      ...ascentStep(task, {
        logits: t['step/logits'],
        first: t['step/first'],
        second: t['step/second'],
        weights: t['step/weights'],
        temperature: t['step/temperature'],
        corrections: t['step/corrections'],
      }),
    }),
  );
  body.output('step/continue', DataType.bool, [], 'step/goOn');
  for (const name of STATE) body.output(traced[name].name, DataType.float, shapes[name], `step/next/${name}`);
  body.output(traced.choice.name, DataType.float, [rows, width], 'step/choice');

  const goOn = main.constant(DataType.bool, Uint8Array.of(1), []);
  const outputs = [...STATE.map((name) => `next/${name}`), 'path'];
  main.namedNode('Loop', ['steps', goOn, ...STATE], outputs, { body: body.graph() });
  for (const name of STATE) main.output(`next/${name}`, DataType.float, shapes[name]);
  main.output('path', DataType.float, ['steps', rows, width]);
  return main.model({ producerVersion: '' });
}

interface StepTensors {
  readonly logits: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
  readonly weights: Tensor;
  readonly temperature: Tensor;
  readonly corrections: Tensor;
}

function ascentStep(task: AscentTask, state: StepTensors) {
  const { space, quality, load, flat, weight, learningRate } = task;
  const worth = (choice: Tensor) =>
    flat > 0
      ? tf.add(tf.mul(quality.value(choice), 1 - flat), tf.mul(quality.neighbourMean!(choice), flat))
      : quality.value(choice);
  const objective = (logits: Tensor) => {
    const choice = softChoice(space, logits, state.temperature);
    const raised = worth(choice);
    return tf.sum(load ? tf.sub(raised, tf.mul(state.weights, load.value(choice))) : raised);
  };
  const gradient = tf.grad(objective)(state.logits);
  const first = tf.add(tf.mul(state.first, BETA1), tf.mul(gradient, 1 - BETA1));
  const second = tf.add(tf.mul(state.second, BETA2), tf.mul(tf.square(gradient), 1 - BETA2));
  const correction = (i: number) => tf.slice(state.corrections, [i], [1]);
  const step = tf.div(tf.div(first, correction(0)), tf.add(tf.sqrt(tf.div(second, correction(1))), EPSILON));
  const logits = tf.add(state.logits, tf.mul(step, learningRate));
  const choice = softChoice(space, state.logits, state.temperature);
  const weights =
    load && weight === undefined
      ? tf.relu(tf.add(state.weights, tf.mul(tf.sub(load.value(choice), 1), DUAL_RATE)))
      : tf.add(state.weights, 0);
  return { logits, first, second, weights, choice };
}
