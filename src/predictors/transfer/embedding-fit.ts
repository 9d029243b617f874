import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { Architecture } from '../../spaces/space.js';
import { namedParameters, type SharedModel, type SharedPredictor } from './shared-predictor.js';

/** A device in the shared network: an embedding e and a level b. */
export interface DeviceEmbedding {
  /** `[embedding]` */
  readonly vector: Float64Array;
  readonly bias: number;
}

/** Variance of one measurement's relative error while fitting an embedding. */
const NOISE = 0.003;
/** Variance of the level in standardised units: a device may be slower by any factor. */
const LEVEL = 1e4;
const ITERATIONS = 12;

/** The network's readings that the fit needs, for some architectures. */
export interface EmbeddingInputs {
  readonly count: number;
  /** Nodes per graph. */
  readonly nodes: number;
  /** `[architecture, nodes, embedding]`, and whether a node exists `[architecture, nodes]`. */
  readonly z: Float32Array;
  readonly exists: Uint8Array;
  /** `[architecture, embedding]` */
  readonly q: Float32Array;
}

/** @param executed architectures as the device runs them */
export async function embeddingInputs(
  shared: SharedPredictor,
  executed: readonly Architecture[],
): Promise<EmbeddingInputs> {
  const { space } = shared.model;
  const { nodes, features } = space.graph;
  const { nodes: z, graph: q } = await shared.read(executed);
  const exists = new Uint8Array(executed.length * nodes);
  executed.forEach((architecture, i) => {
    const x = new Float32Array(nodes * features.length);
    space.encode(architecture, x, new Float32Array(nodes * nodes), 0);
    for (let n = 0; n < nodes; n++) exists[i * nodes + n] = x[n * features.length];
  });
  return { count: executed.length, nodes, z, exists, q };
}

/**
 * The most probable embedding of a device for given samples: Gauss-Newton on the log latency, with a normal
 * prior whose mean and covariance are those of the source devices' embeddings.
 */
export function fitEmbedding(
  model: SharedModel,
  inputs: EmbeddingInputs,
  values: Float64Array,
): DeviceEmbedding {
  const prior = embeddingPrior(model);
  const size = prior.mean.length;
  const logs = Float64Array.from(values, (value) => Math.log(value) / model.logStd);
  const noise = NOISE / model.logStd ** 2;
  let vector = prior.mean.slice();
  let bias = logs.reduce((sum, y) => sum + y, 0) / logs.length;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const hessian = new Matrix(size + 1, size + 1);
    const gradient = new Float64Array(size + 1);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        hessian.set(i, j, prior.precision.get(i, j));
        gradient[i] -= prior.precision.get(i, j) * (vector[j] - prior.mean[j]);
      }
    }
    hessian.set(size, size, 1 / LEVEL);
    for (let a = 0; a < inputs.count; a++) {
      const { value, slope } = reading(model, inputs, a, vector);
      const error = logs[a] - value - bias;
      // Errors beyond three standard deviations have less weight (Huber).
      const weight = Math.min(1, (3 * Math.sqrt(noise)) / Math.abs(error)) / noise;
      for (let i = 0; i <= size; i++) {
        const si = i < size ? slope[i] : 1;
        gradient[i] += weight * error * si;
        for (let j = 0; j <= size; j++) {
          hessian.set(i, j, hessian.get(i, j) + weight * (si * (j < size ? slope[j] : 1)));
        }
      }
    }
    const step = new CholeskyDecomposition(hessian).solve(Matrix.columnVector(Array.from(gradient)));
    vector = vector.map((v, i) => v + step.get(i, 0));
    bias += step.get(size, 0);
  }
  return { vector, bias };
}

/** @returns `[architecture]`, in the metric's unit */
export function applyEmbedding(
  model: SharedModel,
  inputs: EmbeddingInputs,
  { vector, bias }: DeviceEmbedding,
): Float64Array {
  return Float64Array.from({ length: inputs.count }, (_, a) =>
    Math.exp((reading(model, inputs, a, vector).value + bias) * model.logStd),
  );
}

/** log(Σ exp(zᵢ·e) / nodes) / logStd + q·e, and its gradient with respect to e. */
function reading(
  { logStd }: SharedModel,
  { nodes, z, exists, q }: EmbeddingInputs,
  architecture: number,
  e: Float64Array,
): { value: number; slope: Float64Array } {
  const size = e.length;
  const slope = new Float64Array(size);
  let total = 0;
  for (let n = architecture * nodes; n < (architecture + 1) * nodes; n++) {
    if (!exists[n]) continue;
    let log = 0;
    for (let i = 0; i < size; i++) log += z[n * size + i] * e[i];
    const time = Math.exp(log);
    total += time;
    for (let i = 0; i < size; i++) slope[i] += time * z[n * size + i];
  }
  let value = Math.log(total / nodes) / logStd;
  for (let i = 0; i < size; i++) {
    const own = q[architecture * size + i];
    value += own * e[i];
    slope[i] = slope[i] / total / logStd + own;
  }
  return { value, slope };
}

/** Mean and inverse covariance of the sources' embeddings, with a minimum variance in every direction. */
function embeddingPrior(model: SharedModel): { mean: Float64Array; precision: Matrix } {
  const { values, shape } = namedParameters(model).find(({ name }) => name === 'device.weight')!;
  const [, size, devices] = shape;
  const mean = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let d = 0; d < devices; d++) mean[i] += values[i * devices + d] / devices;
  }
  const covariance = new Matrix(size, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      for (let d = 0; d < devices; d++) {
        const product = (values[i * devices + d] - mean[i]) * (values[j * devices + d] - mean[j]);
        covariance.set(i, j, covariance.get(i, j) + product / devices);
      }
    }
  }
  const spread = Math.max(covariance.trace() / size, 1e-4);
  covariance.add(Matrix.eye(size).mul(0.1 * spread));
  const inverse = new CholeskyDecomposition(covariance).solve(Matrix.eye(size));
  return { mean, precision: Matrix.add(inverse, inverse.transpose()).div(2) };
}

/** The inputs at the given positions. */
export function selectInputs(inputs: EmbeddingInputs, positions: readonly number[]): EmbeddingInputs {
  const { nodes, count } = inputs;
  const rows = <T extends Float32Array | Uint8Array>(all: T, make: (length: number) => T): T => {
    const width = all.length / count;
    const chosen = make(positions.length * width);
    positions.forEach((from, to) => {
      chosen.set(all.subarray(from * width, (from + 1) * width), to * width);
    });
    return chosen;
  };
  return {
    count: positions.length,
    nodes,
    z: rows(inputs.z, (n) => new Float32Array(n)),
    exists: rows(inputs.exists, (n) => new Uint8Array(n)),
    q: rows(inputs.q, (n) => new Float32Array(n)),
  };
}
