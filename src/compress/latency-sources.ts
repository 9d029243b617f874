import * as ort from '../base/onnxruntime.js';
import { randomFeeds } from '../measure/feeds.js';
import { interleavedGroup } from '../measure/interleaved-group.js';
import { interquartileMean, quartiles } from '../measure/statistics.js';
import type { LoadedModel, Target } from '../measure/target.js';
import { decodeModel, encodeModel } from '../onnx/proto.js';
import { readTensorGraph } from '../onnx/read/read-tensor-graph.js';
import { withFixedInputs } from '../onnx/read/runnable-model.js';
import type { OnnxReadOptions } from '../onnx/read/tensor-graph.js';
import type { SavedKernels } from '../predictors/kernels/saved.js';
import type { Architecture } from '../spaces/space.js';
import type { CompressibleModel } from './compressible-model.js';

type Sizes = NonNullable<OnnxReadOptions['sizes']>;

/** A source of latencies for a model with given ranks. */
export interface LatencySource {
  /** In ms. */
  latencyMs(architecture: Architecture): Promise<number>;
  release(): Promise<void>;
}

/** Latencies from a kernel predictor. The model is not run. */
export function predictedLatency(
  model: CompressibleModel,
  predictor: SavedKernels,
  sizes: Sizes,
): LatencySource {
  return {
    async latencyMs(architecture) {
      return predictor.predict(await readTensorGraph(model.onnx(architecture), { sizes })).latencyMs;
    },
    async release() {},
  };
}

/**
 * Number of turns that a model takes with the dense one (or of runs in a group): at least the first, at most
 * the second, and in between enough to fill the third, in ms.
 */
const [LEAST_RUNS, MOST_RUNS, LEAST_MS] = [15, 150, 100];

/**
 * Latencies from a target. This machine alternates each model with the dense one, so that other work affects
 * both; the result is the dense model's latency times the ratio of their CPU times.
 */
export async function measuredLatency(
  model: CompressibleModel,
  target: Target,
  sizes: Sizes,
): Promise<LatencySource> {
  const load = (architecture: Architecture) =>
    target.load(encodeModel(withFixedInputs(decodeModel(model.onnx(architecture)), sizes)));
  const dense = await load(model.ranks.dense);
  const groupMs = async (loaded: LoadedModel) => interquartileMean((await loaded.time(LEAST_RUNS)).runsMs);
  const denseMs = await groupMs(dense).catch(async (error) => {
    await dense.release();
    throw error;
  });
  const runs = Math.min(MOST_RUNS, Math.max(LEAST_RUNS, Math.ceil(LEAST_MS / denseMs)));
  return {
    async latencyMs(architecture) {
      const loaded = await load(architecture);
      try {
        const { run } = loaded;
        const reference = dense.run;
        if (!run || !reference) return await groupMs(loaded);
        const { cpuMs = [], referenceCpuMs = [] } = await interleavedGroup(run, reference, runs);
        return (denseMs * quartiles(cpuMs).q1) / quartiles(referenceCpuMs).q1;
      } finally {
        await loaded.release();
      }
    },
    release: () => dense.release(),
  };
}

/**
 * Greatest difference between the outputs of a model with factors and of the same model with the products of
 * the factors written out, relative to the greatest output, for random inputs.
 *
 * @returns undefined if no output is a floating-point number
 */
export async function differenceFromProducts(
  model: CompressibleModel,
  architecture: Architecture,
  sizes: Sizes,
): Promise<number | undefined> {
  const run = async (bytes: Uint8Array) => {
    const session = await ort.openSession(encodeModel(withFixedInputs(decodeModel(bytes), sizes)), 1);
    try {
      const outputs = await session.run(randomFeeds(session));
      const values = session.outputNames.map((name) => outputs[name]);
      return values.flatMap(({ type, data }) =>
        type === 'float32' ? [Float32Array.from(data as Float32Array)] : [],
      );
    } finally {
      await session.release();
    }
  };
  const own = await run(model.onnx(architecture));
  const products = await run(model.withProducts(architecture));
  let difference: number | undefined;
  for (const [k, values] of own.entries()) {
    const greatest = products[k].reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    const most = values.reduce((sofar, value, i) => Math.max(sofar, Math.abs(value - products[k][i])), 0);
    difference = Math.max(difference ?? 0, most / greatest);
  }
  return difference;
}
