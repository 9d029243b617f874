import { Matrix } from 'ml-matrix';
import { version } from '../../base/version.js';
import { columnOf, type Metric } from '../../metrics/metric.js';
import { tf } from '../../nn/engines/tfjs.js';
import { inferenceModel, type ModelParameter } from '../../nn/inference-model.js';
import { basisEncoding } from '../encodings/basis-encoding.js';
import type { LinearLatency } from './adapt.js';
import type { Basis } from './basis.js';
import { type BasisReadings, basisReadings } from './basis-readings.js';
import type { SharedModel } from './shared-predictor.js';

/** The latency of a device learned by `adapt`, in tfjs code. */
export function linearReadings(
  basis: BasisReadings,
  { constant, weights, floor }: LinearLatency,
): {
  readonly parameters: readonly ModelParameter[];
  /** @returns `[batch]`, in the metric's unit */
  read(p: tf.NamedTensorMap, readings: readonly tf.Tensor[]): tf.Tensor;
} {
  const weighed = basis.weigh('weight', Matrix.columnVector(weights));
  return {
    parameters: [...weighed.parameters, { name: 'constant', shape: [1], values: Float32Array.of(constant) }],
    read(p, readings) {
      const sum = tf.reshape(weighed.apply(p, readings), [-1]);
      return tf.maximum(tf.add(sum, p.constant), floor);
    },
  };
}

/** A device learned by `adapt`, as a `model.onnx`: the readings of its basis, and their weights. */
export function transferredModel(
  model: SharedModel,
  basis: Basis,
  learned: LinearLatency,
  metric: Metric,
): Promise<Uint8Array> {
  const readings = basisReadings(model, basis);
  const linear = linearReadings(readings, learned);
  return inferenceModel(
    basisEncoding.inputs(model.space),
    [...readings.parameters, ...linear.parameters],
    (p, x) => ({ [columnOf(metric)]: linear.read(p, readings.read(p, x)) }),
    version,
  );
}
