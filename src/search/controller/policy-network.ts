import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import { trace } from '../../nn/engines/onnx-tracer.js';
import { tf } from '../../nn/engines/tfjs.js';
import { linear, linearParameters, silentParameters, weigh, weightParameters } from '../../nn/layers.js';
import type { Network, ParameterSpec } from '../../nn/network.js';
import { parameterCount, unpackParameters } from '../../nn/network.js';
import { DataType } from '../../onnx/proto.js';
import { GraphBuilder } from '../../onnx/write/graph-builder.js';

/** The sizes of a policy. */
export interface PolicyForm {
  /** Number of options of each decision, in the order of the decisions. */
  readonly steps: readonly number[];
  /** Number of units of the LSTM. */
  readonly hidden: number;
  /** Value of one nat of entropy, in units of the reward. */
  readonly entropy: number;
}

/** Makes a decision: from log-probabilities `[1, batch or 1, options]` to a one-hot choice `[1, batch, options]`. */
type Decide = (logProbabilities: Tensor, step: number) => Tensor;

/**
 * The controller of Zoph & Le (arXiv:1611.01578, section 3.1): an LSTM that makes one decision per step, each
 * by a separate softmax over the LSTM's output, and sees the embedding of its previous decision. Initially,
 * all decisions are equally likely.
 *
 * As a network: from choices `[batch, Σ options]`, one-hot per decision, to `[1, batch, 2]`: the
 * log-probability of all of them together, and the entropy bonus.
 */
export function policyNetwork(form: PolicyForm): Network {
  const { steps, hidden, entropy } = form;
  const offsets = offsetsOf(steps);
  return {
    members: 1,
    inputs: [{ name: 'choices', shape: [offsets[steps.length]] }],
    parameters: [
      { name: 'start', shape: [1, hidden], init: { uniform: 1 / Math.sqrt(hidden) } },
      ...linearParameters('input', hidden, 4 * hidden),
      ...(steps.length > 1 ? weightParameters('recurrent', hidden, 4 * hidden) : []),
      ...steps.flatMap((options, step): ParameterSpec[] => [
        ...silentParameters(`decision${step}`, hidden, options),
        ...(step === steps.length - 1 ? [] : weightParameters(`embedding${step}`, options, hidden)),
      ]),
    ],
    dropoutNoise: { draws: 0, rows: 0, units: 0 },
    forward(parameters, { choices }) {
      const rows = tf.reshape(choices, [1, -1, offsets[steps.length]]);
      const batch = rows.shape[1] as number;
      const given: Decide = (_, step) => tf.slice(rows, [0, 0, offsets[step]], [1, batch, steps[step]]);
      const walk = takeDecisions(form, parameters, given);
      // A single decision has the same entropy in the whole batch; adding zeros gives it the batch's length.
      const bonus = tf.add(tf.mul(walk.entropy, entropy), tf.mul(walk.logProbability, 0));
      return tf.stack([walk.logProbability, bonus], -1);
    },
  };
}

/**
 * The policy as an ONNX model that draws decisions. Inputs: `theta` (all parameters) and `uniform` `[batch,
 * decision]`, uniform numbers in [0, 1). Outputs: `choices` `[batch, decision]`, indices of options as
 * floats, and `logProbability` `[batch]`.
 */
export async function samplingModel(form: PolicyForm): Promise<Uint8Array> {
  const { steps } = form;
  const network = policyNetwork(form);
  const theta = { name: 'theta', shape: [parameterCount(network)], dtype: 'float32' as const };
  const uniform = { name: 'uniform', shape: ['batch', steps.length], dtype: 'float32' as const };
  const builder = new GraphBuilder('policy');
  for (const { name, shape } of [theta, uniform]) builder.input(name, DataType.float, shape);
  const outputs = await trace(builder, [theta, uniform], (t) => {
    const indices: Tensor[] = [];
    const { logProbability } = takeDecisions(form, unpackParameters(network, t.theta), (logits, step) => {
      const column = tf.slice(t.uniform, [0, step], [t.uniform.shape[0], 1]);
      const choice = drawn(logits, tf.reshape(column, [1, -1, 1]));
      const numbers = tf.tensor3d([...Array(steps[step]).keys()], [1, steps[step], 1]);
      indices.push(tf.reshape(tf.matMul(choice, numbers), [-1, 1]));
      return choice;
    });
    return { choices: tf.concat(indices, 1), logProbability: tf.reshape(logProbability, [-1]) };
  });
  builder.output(outputs.choices.name, DataType.float, ['batch', steps.length], 'choices');
  builder.output(outputs.logProbability.name, DataType.float, ['batch'], 'logProbability');
  return builder.model({ producerVersion: '' });
}

/** The position of each decision's first option, and the position after the last one. */
export function offsetsOf(steps: readonly number[]): number[] {
  const offsets = [0];
  for (const options of steps) offsets.push(offsets[offsets.length - 1] + options);
  return offsets;
}

/**
 * One pass of the LSTM over all decisions: `[1, batch]` each; the entropy is `[1, 1]` if there is only one
 * decision.
 */
function takeDecisions({ steps, hidden }: PolicyForm, parameters: NamedTensorMap, decide: Decide) {
  let input = parameters.start;
  let output: Tensor | undefined;
  let cell: Tensor | undefined;
  let logProbability: Tensor | undefined;
  let entropy: Tensor | undefined;
  const plus = (sum: Tensor | undefined, term: Tensor) => (sum ? tf.add(sum, term) : term);
  for (const step of steps.keys()) {
    // Before the first step, output and cell are zero, so they contribute nothing.
    const fresh = linear(parameters, 'input', input);
    const gates = output ? tf.add(fresh, weigh(parameters, 'recurrent', output)) : fresh;
    const gate = (k: number) => tf.slice(gates, [0, 0, k * hidden], [1, gates.shape[1] as number, hidden]);
    const written = tf.mul(tf.sigmoid(gate(0)), tf.tanh(gate(1)));
    cell = cell ? tf.add(tf.mul(tf.sigmoid(gate(2)), cell), written) : written;
    output = tf.mul(tf.sigmoid(gate(3)), tf.tanh(cell));
    const logProbabilities = tf.logSoftmax(linear(parameters, `decision${step}`, output));
    const choice = decide(logProbabilities, step);
    logProbability = plus(logProbability, tf.sum(tf.mul(choice, logProbabilities), -1));
    entropy = plus(entropy, tf.neg(tf.sum(tf.mul(tf.exp(logProbabilities), logProbabilities), -1)));
    if (step < steps.length - 1) input = tf.matMul(choice, parameters[`embedding${step}.weight`]);
  }
  if (!logProbability || !entropy) throw new Error('a policy without decisions');
  return { logProbability, entropy };
}

/** The options, one-hot, into whose part of the distribution function the uniform numbers `[1, batch, 1]` fall. */
function drawn(logProbabilities: Tensor, uniform: Tensor): Tensor {
  const options = logProbabilities.shape[2] as number;
  const ends = options - 1;
  const upTo = tf.tensor3d(
    Array.from({ length: options * ends }, (_, k) => Number(Math.floor(k / ends) <= k % ends)),
    [1, options, ends],
  );
  const passed = tf.cast(tf.lessEqual(tf.matMul(tf.exp(logProbabilities), upTo), uniform), 'float32');
  // Each boundary below the number moves the choice to the next option.
  const moves = tf.tensor3d(
    Array.from({ length: ends * options }, (_, k) => {
      const along = (k % options) - Math.floor(k / options);
      return along === 0 ? -1 : Number(along === 1);
    }),
    [1, ends, options],
  );
  const first = tf.tensor3d(
    Array.from({ length: options }, (_, k) => Number(k === 0)),
    [1, 1, options],
  );
  return tf.add(tf.matMul(passed, moves), first);
}
