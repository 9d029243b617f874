import * as ort from '../base/onnxruntime.js';
import { Random } from '../base/random.js';
import type { OperatorGraph } from '../network/graph.js';
import { freshState } from '../nn/engines/engine.js';
import { loadTfjs, tf } from '../nn/engines/tfjs.js';
import { initialParameters, unpackParameters } from '../nn/network.js';
import { networkModel } from '../onnx/write/network-model.js';
import { imageEngine } from './image-engine.js';
import { normalised, statisticsOf } from './image-layers.js';
import { type ImageSet, type Images, imagesAt } from './images.js';
import { cosine, shuffledEpoch, WEIGHTS } from './schedule.js';
import { IMAGE, onnxWeights, trainable } from './trainable.js';

export interface AloneOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly threads: number;
}

/** A network that was trained by itself. */
export interface NetworkTrainedAlone {
  /** Share of the test's images that its ONNX model classifies rightly. */
  readonly testAccuracy: number;
  /** Mean loss of the last epoch. */
  readonly loss: number;
  /** Bytes of the ONNX model with what was learned: `[batch, 1, side, side]` → logits. */
  readonly onnx: Uint8Array;
}

export interface AloneHooks {
  readonly signal?: AbortSignal;
  onEpoch?(epoch: number, loss: number): void;
}

/** Batches over which the statistics of normalisations are taken at the end. */
const CALIBRATION = { batches: 4, size: 250 };
const TEST_BATCH = 500;

/**
 * Trains a network from scratch, writes it as ONNX, and judges that file. The statistics of its normalisations are taken
 * from the training images when it is trained (Guo et al., arXiv:1904.00420, recalibrate so).
 *
 * @returns undefined if it was interrupted
 */
export async function trainAlone(
  graph: OperatorGraph,
  { train, test }: ImageSet,
  { epochs, batchSize, seed, threads }: AloneOptions,
  { signal, onEpoch }: AloneHooks = {},
): Promise<NetworkTrainedAlone | undefined> {
  const network = trainable(graph);
  const engine = await imageEngine(network, train, { batchSize, threads });
  const state = freshState(network, initialParameters(network, seed));
  let loss = Number.NaN;
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      if (signal?.aborted) return undefined;
      const random = new Random(seed * 1_000_003 + epoch);
      const rate = cosine(epoch / epochs, WEIGHTS.from, WEIGHTS.to);
      loss = await engine.epoch(state, shuffledEpoch(random, train.labels.length, batchSize, rate));
      onEpoch?.(epoch + 1, loss);
    }
  } finally {
    await engine.release();
  }
  const weights = onnxWeights(graph, state.theta);
  for (const [name, values] of await normalisations(graph, state.theta, train)) weights.set(name, values);
  const onnx = networkModel(graph, { batch: 'dynamic', seed, weights });
  return { testAccuracy: await accuracyOf(onnx, test), loss, onnx };
}

/** Means and variances of each normalisation over training images, by the names that ONNX models have them under. */
async function normalisations(
  graph: OperatorGraph,
  theta: Float32Array,
  images: Images,
): Promise<Map<string, Float32Array>> {
  await loadTfjs();
  const sums = new Map<string, Float32Array>();
  const add = (name: string, values: tf.TypedArray, share: number) => {
    const sum = sums.get(name) ?? new Float32Array(values.length);
    values.forEach((value, i) => {
      sum[i] += value * share;
    });
    sums.set(name, sum);
  };
  const size = Math.min(CALIBRATION.size, images.labels.length);
  const batches = Math.min(CALIBRATION.batches, Math.floor(images.labels.length / size));
  for (let batch = 0; batch < batches; batch++) {
    tf.tidy(() => {
      const network = trainable(graph, (rows, name) => {
        const found = statisticsOf(rows);
        add(`${name}.mean`, found.mean.dataSync(), 1 / batches);
        add(`${name}.variance`, found.variance.dataSync(), 1 / batches);
        return normalised(rows, found);
      });
      const some = imagesAt(
        images,
        Array.from({ length: size }, (_, i) => batch * size + i),
      );
      const pixels = tf.tensor4d(some.pixels, [size, images.side, images.side, 1]);
      network.forward(unpackParameters(network, tf.tensor1d(theta)), { [IMAGE]: pixels }, (x) => x);
    });
  }
  return sums;
}

/** Share of the images that an ONNX model classifies rightly. */
export async function accuracyOf(onnx: Uint8Array, { side, pixels, labels }: Images): Promise<number> {
  const session = await ort.openSession(onnx, 1);
  let right = 0;
  try {
    for (let start = 0; start < labels.length; start += TEST_BATCH) {
      const count = Math.min(TEST_BATCH, labels.length - start);
      const batch = pixels.subarray(start * side * side, (start + count) * side * side);
      const input = new ort.Tensor('float32', batch, [count, 1, side, side]);
      const results = await session.run({ [session.inputNames[0]]: input });
      right += countRight(
        results[session.outputNames[0]].data as Float32Array,
        labels.subarray(start, start + count),
      );
    }
  } finally {
    await session.release();
  }
  return right / labels.length;
}

/** @param logits `[sample, class]` */
export function countRight(logits: Float32Array, labels: Float32Array): number {
  const classes = logits.length / labels.length;
  let right = 0;
  labels.forEach((label, i) => {
    const own = logits.subarray(i * classes, (i + 1) * classes);
    if (own.indexOf(own.reduce((a, b) => Math.max(a, b))) === label) right++;
  });
  return right;
}
