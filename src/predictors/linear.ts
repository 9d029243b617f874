import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { Inputs } from '../nn/engine.js';
import { inferenceModel } from '../nn/inference-model.js';
import { tf } from '../nn/tfjs.js';
import { version } from '../version.js';
import { type Encoding, macsEncoding, pairsEncoding, unitsEncoding } from './encoding.js';
import type { FitTask, FittedModel, PredictorKind } from './predictor.js';
import { fitScaling } from './target.js';

/** Penalties tried; the one with the least mean relative error on the validation samples is kept. */
const PENALTIES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];

/**
 * Ridge regression in milliseconds on relative errors: latencies of parts add up in milliseconds, and an error
 * counts by its share. Minimises Σ((x·w + c - y)/y)² + λ·|w|², the constant c unpenalised.
 */
async function fitRidge(encoding: Encoding, task: FitTask): Promise<FittedModel> {
  const { space, train, valid } = task;
  const [{ name, shape }] = encoding.inputs(space);
  const width = shape[0];
  const trainX = encoding.encode(space, train.architectures);
  const validX = encoding.encode(space, valid.architectures);
  let best: { error: number; penalty: number; weights: Float64Array } | undefined;
  const solve = ridgeSolver(trainX[name], width, train.latencyMs);
  for (const penalty of PENALTIES) {
    const weights = solve(penalty);
    const predicted = apply(validX, name, weights, valid.latencyMs.length);
    const errors = predicted.map((p, i) => Math.abs(p - valid.latencyMs[i]) / valid.latencyMs[i]);
    const error = errors.reduce((sum, e) => sum + e, 0);
    if (!best || error < best.error) best = { error, penalty, weights };
  }
  const { weights, penalty } = best!;
  const parameters = [
    { name: 'weight', shape: [width, 1], values: Float32Array.from(weights.subarray(0, width)) },
    { name: 'constant', shape: [1], values: Float32Array.of(weights[width]) },
  ];
  const onnx = await inferenceModel(
    encoding.inputs(space),
    parameters,
    (p, x) => ({ latency_ms: tf.add(tf.reshape(tf.matMul(x[name], p.weight), [-1]), p.constant) }),
    version,
  );
  return { onnx, options: { penalty }, scaling: fitScaling(train.latencyMs) };
}

/** Weights, the constant last, for a penalty. */
type RidgeSolver = (penalty: number) => Float64Array;

/** Solves for the weights or, where there are more of them than samples, for the samples' duals: whichever are fewer. */
function ridgeSolver(x: Float32Array, width: number, y: Float64Array): RidgeSolver {
  return width < y.length ? primalSolver(x, width, y) : dualSolver(x, width, y);
}

/** (ZᵀZ + λI)·w = Zᵀ1 with rows z = (x, 1)/y, the constant unpenalised. */
function primalSolver(x: Float32Array, width: number, y: Float64Array): RidgeSolver {
  const size = width + 1;
  const moment = Matrix.zeros(size, size);
  const sums = Matrix.zeros(size, 1);
  const row = new Float64Array(size);
  for (let i = 0; i < y.length; i++) {
    for (let k = 0; k < width; k++) row[k] = x[i * width + k] / y[i];
    row[width] = 1 / y[i];
    for (let k = 0; k < size; k++) {
      if (row[k] === 0) continue;
      sums.set(k, 0, sums.get(k, 0) + row[k]);
      for (let l = 0; l < size; l++) moment.set(k, l, moment.get(k, l) + row[k] * row[l]);
    }
  }
  return (penalty) => {
    const regularised = moment.clone();
    for (let k = 0; k < width; k++) regularised.set(k, k, moment.get(k, k) + penalty);
    return Float64Array.from(new CholeskyDecomposition(regularised).solve(sums).to1DArray());
  };
}

function dualSolver(x: Float32Array, width: number, y: Float64Array): RidgeSolver {
  const samples = y.length;
  // A constant column that is hardly penalised stands for c.
  const constant = 1e3;
  const kernel = new Matrix(samples, samples);
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j <= i; j++) {
      let dot = constant * constant;
      for (let k = 0; k < width; k++) dot += x[i * width + k] * x[j * width + k];
      const value = dot / (y[i] * y[j]);
      kernel.set(i, j, value);
      kernel.set(j, i, value);
    }
  }
  return (penalty) => {
    const regularised = kernel.clone();
    for (let i = 0; i < samples; i++) regularised.set(i, i, kernel.get(i, i) + penalty);
    const alpha = new CholeskyDecomposition(regularised).solve(Matrix.ones(samples, 1)).to1DArray();
    const weights = new Float64Array(width + 1);
    for (let i = 0; i < samples; i++) {
      const share = alpha[i] / y[i];
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

/** A kind that fits a ridge regression to an encoding of one row per architecture. */
export function ridgeKind(name: string, description: string, encoding: Encoding): PredictorKind {
  return { name, description, encoding, fit: (task) => fitRidge(encoding, task) };
}

/** `flops`: latency proportional to multiply-accumulates, plus a constant. */
export const flopsKind = ridgeKind('flops', 'linear in multiply-accumulates', macsEncoding);

/** `lookup`: a time per operation or block, added up. */
export const lookupKind = ridgeKind('lookup', 'additive table of operations (ridge)', unitsEncoding);

/** `pairs`: a time per choice and per pair of choices. */
export const pairsKind = ridgeKind('pairs', 'additive table of pairs of choices (ridge)', pairsEncoding);
