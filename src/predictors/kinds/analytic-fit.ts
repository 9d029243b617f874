import { Matrix } from 'ml-matrix';
import { version } from '../../base/version.js';
import type { Samples } from '../../datasets/samples.js';
import type { CalibratedDevice } from '../../devices/calibration/calibrated-device.js';
import { deviceOf } from '../../devices/calibration/device-file.js';
import { columnOf } from '../../metrics/metric.js';
import { tf } from '../../nn/engines/tfjs.js';
import { inferenceModel } from '../../nn/inference-model.js';
import type { SearchSpace } from '../../spaces/space.js';
import { LAYER_MS, layerEncoding } from '../encodings/layers.js';
import { fitScaling } from '../encodings/target.js';
import { evidenceRidge } from '../evidence-ridge.js';
import { layerTimes, TOTAL } from '../layer-times.js';
import type { FittedModel } from '../predictor.js';
import type { AnalyticPrior } from '../saved/card.js';

/** Regression of the measured excess over the device's latency on the shares of the layers, both relative. */
export async function fitLayerTimes(
  space: SearchSpace,
  { architectures, metric, values: measured }: Samples,
  device: CalibratedDevice,
): Promise<FittedModel> {
  const analytic = deviceOf(device);
  const times = architectures.map((a) => layerTimes(analytic, space.toNetwork(space.prune(a))));
  const features = [...new Set(times.flatMap((row) => [...row.keys()]))];
  const totals = times.map((row) => row.get(TOTAL)!);
  const shares = new Matrix(
    times.map((row, i) => features.map((feature) => (row.get(feature) ?? 0) / totals[i])),
  );
  const { weights, weightVariance, noiseVariance } = evidenceRidge(
    shares,
    totals.map((total, i) => measured[i] / total - 1),
  );
  const values = Float32Array.from(weights, (weight, i) => weight + (features[i] === TOTAL ? 1 : 0));
  const prior: AnalyticPrior = { device, features };
  const onnx = await inferenceModel(
    layerEncoding(prior).inputs(space),
    [{ name: 'weight', shape: [features.length, 1], values }],
    (p, x) => ({ [columnOf(metric)]: tf.reshape(tf.matMul(x[LAYER_MS], p.weight), [-1]) }),
    version,
  );
  return { onnx, options: { weightVariance, noiseVariance }, scaling: fitScaling(measured), prior };
}
