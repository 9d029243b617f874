import { Random } from '../base/random.js';
import { type Samples, select } from '../datasets/samples.js';
import { LATENCY } from '../metrics/metric.js';
import { spearman } from '../predictors/metrics.js';
import type { FitOptions, PredictorKind } from '../predictors/predictor.js';
import { OnnxPredictor } from '../predictors/saved/saved.js';
import { nasbench201 } from '../spaces/nasbench201/space.js';
import type { Architecture } from '../spaces/space.js';
import { holds } from './contract.js';

/** Time of each operation in ms. */
const TIMES: Readonly<Record<string, number>> = {
  none: 0.02,
  skip_connect: 0.1,
  nor_conv_1x1: 0.7,
  nor_conv_3x3: 2,
  avg_pool_3x3: 0.4,
};

/**
 * Samples of a made-up device on NAS-Bench-201. Its latency is 1 ms plus the times of all operations, dead
 * ones included.
 *
 * @param count of architectures drawn; those without a path from input to output are left out
 * @returns latencies in ms, `[architectures]`
 */
export function additiveDevice(count: number, seed: number): Samples {
  const random = new Random(seed);
  const architectures = Array.from({ length: count }, () => nasbench201.sample(random)).filter(
    nasbench201.isConnected,
  );
  const time = (cell: Architecture) => nasbench201.units(cell).reduce((sum, unit) => sum + TIMES[unit], 1);
  return { architectures, metric: LATENCY, values: Float64Array.from(architectures, time) };
}

/**
 * Checks that a predictor kind keeps its contract on an additive device: it ranks unseen networks, predicts
 * finite positive values, predicts a network the same alone as among others, and gives the same model for the
 * same seed.
 *
 * @param options for its training; the default ones keep it short
 * @param least Spearman's rank correlation on held-out networks
 * @throws Error that names the broken rule
 */
export async function checkPredictor(
  kind: PredictorKind,
  options: FitOptions = { epochs: 60, hidden: 16, threads: 1 },
  least = 0.9,
): Promise<void> {
  const { name } = kind;
  const samples = additiveDevice(500, 1);
  const positions = [...samples.values.keys()];
  const [train, valid, test] = [positions.slice(0, 300), positions.slice(300, 350), positions.slice(350)].map(
    (part) => select(samples, part),
  );
  const fit = () => kind.fit({ space: nasbench201, deadOperations: 'timed', train, valid, seed: 1, options });
  const model = await fit();
  const predictor = await OnnxPredictor.create(model.onnx, kind, nasbench201, 'timed', { threads: 1 });
  try {
    const predictedMs = await predictor.predict(test.architectures);
    holds(
      predictedMs.every((ms) => Number.isFinite(ms) && ms > 0),
      name,
      'a prediction is not a positive number',
    );
    const rank = spearman(predictedMs, test.values);
    holds(rank >= least, name, `it ranks unseen networks at Spearman ${rank.toFixed(3)}, not ${least}`);
    const [alone] = await predictor.predict([test.architectures[3]]);
    holds(
      Math.abs(alone / predictedMs[3] - 1) < 1e-4,
      name,
      `alone a network is predicted ${alone} ms, among others ${predictedMs[3]} ms`,
    );
  } finally {
    await predictor.release();
  }
  const again = await fit();
  holds(Buffer.from(again.onnx).equals(Buffer.from(model.onnx)), name, 'the same seed gives another model');
}
