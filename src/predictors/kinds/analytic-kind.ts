import { InputError } from '../../base/errors.js';
import type { Samples } from '../../datasets/samples.js';
import { calibrate } from '../../devices/calibration/calibrate.js';
import type { CalibratedDevice } from '../../devices/calibration/calibrated-device.js';
import type { DeviceModel } from '../../devices/calibration/device-model.js';
import { deviceModels } from '../../devices/calibration/models.js';
import { calibratedDevice } from '../../devices/catalogue.js';
import { LATENCY, type Metric } from '../../metrics/metric.js';
import type { SearchSpace } from '../../spaces/space.js';
import { layerEncoding } from '../encodings/layers.js';
import { TOTAL } from '../layer-times.js';
import type { PredictorKind } from '../predictor.js';
import type { AnalyticPrior } from '../saved/card.js';

/**
 * An analytic device by name or file, or a device model to be calibrated on the training samples.
 *
 * @throws InputError if there is neither
 */
export function priorNamed(name: string): DeviceModel | CalibratedDevice {
  return deviceModels.find((model) => model.name === name) ?? calibratedDevice(name);
}

/**
 * `analytic`: an analytic device whose layer times are corrected by measurements. The latency is Σ tᵢ·(1 +
 * wᵢ) over the device's layer times tᵢ. The wᵢ of a layer is a sum of corrections for all layers, for those
 * with the same operation, for those with the same map, and for that layer alone. Without measurements, w is
 * zero and the result is the device itself.
 *
 * @param prior the device, or a device model to calibrate on the training samples first
 */
export function analyticKind(prior: DeviceModel | CalibratedDevice): PredictorKind {
  const uncalibrated = 'model' in prior ? prior : described(prior, {});
  return {
    name: 'analytic',
    description: `layer times of ${uncalibrated.id}, corrected by measurements`,
    encoding: layerEncoding({ device: uncalibrated, features: [TOTAL] }),
    async fit({ space, train }) {
      assertLatency(train.metric, uncalibrated.id);
      const { fitLayerTimes } = await import('./analytic-fit.js');
      return fitLayerTimes(space, train, 'model' in prior ? prior : calibrated(prior, space, train));
    },
  };
}

/** The kind after a fit: with its device, and the layers that occurred. */
export function fittedAnalyticKind(prior: AnalyticPrior): PredictorKind {
  return { ...analyticKind(prior.device), encoding: layerEncoding(prior) };
}

/** @throws InputError if anything but latency is to be learned from an analytic device */
export function assertLatency({ name }: Metric, device: string): void {
  if (name !== LATENCY.name) {
    throw new InputError(`${device} only predicts latency, but ${name} is to be learned`, {
      field: '--metric',
    });
  }
}

/** A model's device with some constants given; the others have their values from before calibration. */
export function described(
  model: DeviceModel,
  parameters: Readonly<Record<string, number>>,
): CalibratedDevice {
  return { id: model.name, description: model.description, model: model.name, parameters };
}

/**
 * The model's device with the constants that fit the samples best.
 *
 * @throws InputError if there are too few samples
 */
export function calibrated(model: DeviceModel, space: SearchSpace, train: Samples): CalibratedDevice {
  const measurements = train.architectures.map((architecture, i) => ({
    model,
    network: space.toNetwork(space.prune(architecture)),
    latencyMs: train.values[i],
  }));
  return described(model, calibrate(measurements));
}
