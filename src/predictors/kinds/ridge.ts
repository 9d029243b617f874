import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { mean as meanOf } from 'simple-statistics';
import { version } from '../../base/version.js';
import { columnOf } from '../../metrics/metric.js';
import type { Inputs } from '../../nn/engines/engine.js';
import { tf } from '../../nn/engines/tfjs.js';
import { inferenceModel } from '../../nn/inference-model.js';
import type { Encoding } from '../encodings/encoding.js';
import { fitScaling } from '../encodings/target.js';
import type { FitTask, FittedModel } from '../predictor.js';

/** Penalties to try; the one with the smallest error on the validation samples is kept. */
const PENALTIES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100];

/** Relative errors are capped at this value, so that a few bad networks do not decide. */
const CAP = 0.3;

/**
 * How errors are weighted, from absolute (0) to relative (1); the best on the validation samples is kept.
 * Relative errors suit noise proportional to the latency, but a few fast networks that no sum can describe
 * would then outweigh all others.
 */
const RELATIVE = [0, 0.5, 1];

/**
 * Ridge regression in units of the mean m, in which the times of parts add up. Minimises Σ((x·w + c -
 * y/m)/s)² + λ·|w|² with an unpenalised constant c and scales s = (y/m)^r for values y and relative emphasis
 * r, so that fast and slow devices are penalised alike.
 */
export async function fitRidge(encoding: Encoding, task: FitTask): Promise<FittedModel> {
  const { space, train, valid } = task;
  const [{ name, shape }] = encoding.inputs(space);
  const width = shape[0];
  const trainX = encoding.encode(space, train.architectures);
  const validX = encoding.encode(space, valid.architectures);
  const mean = meanOf([...train.values]);
  const share = train.values.map((value) => value / mean);
  let best: { error: number; penalty: number; relative: number; weights: Float64Array } | undefined;
  for (const relative of RELATIVE) {
    const solve = ridgeSolver(
      trainX[name],
      width,
      share,
      share.map((y) => y ** relative),
    );
    for (const penalty of PENALTIES) {
      const weights = solve(penalty).map((w) => w * mean);
      const predicted = apply(validX, name, weights, valid.values.length);
      const errors = [...predicted].map((p, i) => Math.abs(p - valid.values[i]) / valid.values[i]);
      const error = meanOf(errors.map((e) => Math.min(e, CAP)));
      if (!best || error <= best.error) best = { error, penalty, relative, weights };
    }
  }
  const { weights, penalty, relative } = best!;
  const parameters = [
    { name: 'weight', shape: [width, 1], values: Float32Array.from(weights.subarray(0, width)) },
    { name: 'constant', shape: [1], values: Float32Array.of(weights[width]) },
  ];
  const onnx = await inferenceModel(
    encoding.inputs(space),
    parameters,
    (p, x) => ({
      [columnOf(train.metric)]: tf.add(tf.reshape(tf.matMul(x[name], p.weight), [-1]), p.constant),
    }),
    version,
  );
  return { onnx, options: { penalty, relative }, scaling: fitScaling(train.values) };
}

/** Returns the weights for a penalty, with the constant last. */
type RidgeSolver = (penalty: number) => Float64Array;

/** Solves for the weights, or for the samples' duals if there are fewer of these. */
function ridgeSolver(x: Float32Array, width: number, y: Float64Array, scale: Float64Array): RidgeSolver {
  return (width < y.length ? primalSolver : dualSolver)(x, width, y, scale);
}

/**
 * (ZᵀZ + λI)·w = Zᵀt with rows z = (x, 1)/s and targets t = y/s, where y is relative to the mean latency; the
 * constant is unpenalised.
 */
function primalSolver(x: Float32Array, width: number, y: Float64Array, scale: Float64Array): RidgeSolver {
  const size = width + 1;
  const moment = Matrix.zeros(size, size);
  const sums = Matrix.zeros(size, 1);
  const row = new Float64Array(size);
  for (let i = 0; i < y.length; i++) {
    for (let k = 0; k < width; k++) row[k] = x[i * width + k] / scale[i];
    row[width] = 1 / scale[i];
    for (let k = 0; k < size; k++) {
      if (row[k] === 0) continue;
      sums.set(k, 0, sums.get(k, 0) + (row[k] * y[i]) / scale[i]);
      for (let l = 0; l < size; l++) moment.set(k, l, moment.get(k, l) + row[k] * row[l]);
    }
  }
  return (penalty) => {
    const regularised = moment.clone();
    for (let k = 0; k < width; k++) regularised.set(k, k, moment.get(k, k) + penalty);
    return Float64Array.from(new CholeskyDecomposition(regularised).solve(sums).to1DArray());
  };
}

function dualSolver(x: Float32Array, width: number, y: Float64Array, scale: Float64Array): RidgeSolver {
  const samples = y.length;
  // A large constant column, which is hardly penalised, represents c.
  const constant = 1e3;
  const kernel = new Matrix(samples, samples);
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j <= i; j++) {
      let dot = constant * constant;
      for (let k = 0; k < width; k++) dot += x[i * width + k] * x[j * width + k];
      const value = dot / (scale[i] * scale[j]);
      kernel.set(i, j, value);
      kernel.set(j, i, value);
    }
  }
  const targets = Matrix.columnVector(y.map((share, i) => share / scale[i]));
  return (penalty) => {
    const regularised = kernel.clone();
    for (let i = 0; i < samples; i++) regularised.set(i, i, kernel.get(i, i) + penalty);
    const alpha = new CholeskyDecomposition(regularised).solve(targets).to1DArray();
    const weights = new Float64Array(width + 1);
    for (let i = 0; i < samples; i++) {
      const share = alpha[i] / scale[i];
      for (let k = 0; k < width; k++) weights[k] += share * x[i * width + k];
      weights[width] += share * constant * constant;
    }
    return weights;
  };
}

function apply(inputs: Inputs, name: string, weights: Float64Array, samples: number): Float64Array {
  const width = weights.length - 1;
  const predicted = new Float64Array(samples).fill(weights[width]);
  for (let i = 0; i < samples; i++) {
    for (let k = 0; k < width; k++) predicted[i] += weights[k] * inputs[name][i * width + k];
  }
  return predicted;
}
