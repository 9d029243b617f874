import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs';
import { tf } from './engines/tfjs.js';
import { batchLoss, type Loss } from './losses.js';
import { type Dropout, type Network, unpackParameters } from './network.js';

/** Choices that are fixed during training, because they are part of the traced graph. */
export interface StepOptions {
  readonly loss: Loss;
  /** AdamW if absent; `sgd` has Nesterov momentum, and no second moment. */
  readonly optimiser?: 'adamw' | 'sgd';
  readonly weightDecay: number;
  /** Gradients are scaled down to this global norm. */
  readonly clipNorm: number;
  /** Share of units dropped in each layer that has dropout. */
  readonly dropout: number;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
const MOMENTUM = 0.9;

/** The bias corrections of AdamW in step t: 1-β₁ᵗ and 1-β₂ᵗ. */
export function biasCorrections(step: number): [first: number, second: number] {
  return [1 - BETA1 ** step, 1 - BETA2 ** step];
}

/** The inputs of a training step, besides the state. */
export interface StepInputs {
  /** The network's inputs, `[batch, …]` each, and those that the batch shares. */
  readonly batch: NamedTensorMap;
  /** `[batch]` or `[batch, outputs]`, in the network's (standardised) units. */
  readonly target: Tensor;
  /** `[batch]`, with sum 1 over the samples that count. */
  readonly weight: Tensor;
  /** Learning rate and the two bias corrections, `[3]`. */
  readonly rates: Tensor;
  /** Uniform numbers in [0, 1), `[draws, members·rows, units]`; only read if there is dropout. */
  readonly noise?: Tensor;
}

/** An optimiser's state: parameters and the two moments, `[parameters]` each. */
export interface OptimiserState {
  readonly theta: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
}

/**
 * One step of AdamW (Loshchilov & Hutter, arXiv:1711.05101, algorithm 2), or of SGD with Nesterov momentum
 * (Sutskever et al., ICML 2013, in PyTorch's form), with global-norm clipping. It is a pure function of
 * tensors, run eagerly by tfjs or traced to ONNX.
 *
 * @returns the new state, and the loss before the step, a scalar averaged over members
 */
export function trainingStep(
  network: Network,
  options: StepOptions,
  state: OptimiserState,
  inputs: StepInputs,
): OptimiserState & { loss: Tensor } {
  const parameters = unpackParameters(network, state.theta);
  const names = Object.keys(parameters);
  const dropout = inputs.noise ? maskedBy(inputs.noise, options.dropout) : (x: Tensor) => x;
  const objective = (...tensors: Tensor[]): Scalar => {
    const named = Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
    const prediction = network.forward(named, inputs.batch, dropout);
    const loss = batchLoss(options.loss, prediction, inputs.target, inputs.weight);
    return network.penalty ? tf.add(loss, network.penalty(named)) : loss;
  };
  const { value, grads } = tf.valueAndGrads(objective)(names.map((name) => parameters[name]));
  const gradient = tf.concat(grads.map((g) => tf.reshape(g, [-1])));

  const squares = tf.square(gradient);
  const norm = tf.sqrt(tf.sum(squares));
  const scale = tf.minimum(1, tf.div(options.clipNorm * Math.sqrt(network.members), tf.add(norm, 1e-12)));
  const [rate, correction1, correction2] = [0, 1, 2].map((i) => tf.slice(inputs.rates, [i], [1]));
  if (options.optimiser === 'sgd') {
    const steepest = tf.add(tf.mul(gradient, scale), tf.mul(state.theta, options.weightDecay));
    const velocity = tf.add(tf.mul(state.first, MOMENTUM), steepest);
    const theta = tf.sub(state.theta, tf.mul(rate, tf.add(steepest, tf.mul(velocity, MOMENTUM))));
    return { theta, first: velocity, second: state.second, loss: tf.div(value, network.members) };
  }
  // Moments are kept without their factors (1-β), and their multipliers are combined into one scalar: these
  // vectors are as long as the network has parameters, so every pass over them costs time.
  const first = tf.add(tf.mul(state.first, BETA1), tf.mul(gradient, scale));
  const second = tf.add(tf.mul(state.second, BETA2), tf.mul(squares, tf.square(scale)));
  const toVariance = tf.sqrt(tf.div(1 - BETA2, correction2));
  const deviation = tf.add(tf.sqrt(second), tf.div(EPSILON, toVariance));
  const stepSize = tf.mul(rate, tf.div(1 - BETA1, tf.mul(correction1, toVariance)));
  const update = tf.mul(tf.div(first, deviation), stepSize);
  const decay = tf.sub(1, tf.mul(rate, options.weightDecay));
  const theta = tf.sub(tf.mul(state.theta, decay), update);
  return { theta, first, second, loss: tf.div(value, network.members) };
}

/**
 * Gradient of a batch's loss with respect to the network's step inputs, for fixed parameters.
 *
 * @returns the loss, averaged over members, and its gradient with respect to each step input, in that input's
 *   shape
 */
export function stepGradients(
  network: Network,
  options: Pick<StepOptions, 'loss'>,
  theta: Tensor,
  { batch, target, weight }: Pick<StepInputs, 'batch' | 'target' | 'weight'>,
): { readonly loss: Tensor; readonly gradients: NamedTensorMap } {
  const names = (network.stepInputs ?? []).map(({ name }) => name);
  const parameters = unpackParameters(network, theta);
  const objective = (...shared: Tensor[]): Scalar => {
    const inputs = { ...batch, ...Object.fromEntries(names.map((name, i) => [name, shared[i]])) };
    const prediction = network.forward(parameters, inputs, (x) => x);
    return tf.div(batchLoss(options.loss, prediction, target, weight), network.members);
  };
  const { value, grads } = tf.valueAndGrads(objective)(names.map((name) => batch[name]));
  return { loss: value, gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]])) };
}

/** Inverted dropout; each call uses the next draw of the noise. */
function maskedBy(noise: Tensor, rate: number): Dropout {
  let draw = 0;
  return (x) => {
    const uniform = tf.slice(noise, [draw++, 0, 0], [1, noise.shape[1] ?? 0, x.shape[2] ?? 0]);
    const kept = tf.cast(tf.greaterEqual(tf.reshape(uniform, x.shape), rate), 'float32');
    return tf.mul(x, tf.div(kept, 1 - rate));
  };
}
