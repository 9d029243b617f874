import { levenbergMarquardt } from 'ml-levenberg-marquardt';
import { InputError } from '../../base/errors.js';
import type { OperatorGraph } from '../../network/graph.js';
import type { AnalyticDevice } from '../device.js';
import type { DeviceModel, ParameterValues } from './device-model.js';

/** Fits of five constants settle within ten; the library has no other end than their number. */
const ITERATIONS = 15;

/** A measured network (or layer) on one of the configurations that share their constants. */
export interface CalibrationMeasurement {
  readonly model: DeviceModel;
  readonly network: OperatorGraph;
  readonly latencyMs: number;
}

/**
 * Constants with which device models come closest to measurements: least squares of the differences of log
 * latency (Levenberg-Marquardt), so that an error counts by its share. Constants are sought on a logarithmic
 * scale within their ranges, from their own values on.
 *
 * @param measurements on one model, or on several that have the same parameters
 * @throws InputError if there are fewer measurements than constants
 */
export function calibrate(measurements: readonly CalibrationMeasurement[]): ParameterValues {
  const parameters = measurements[0]?.model.parameters ?? [];
  if (measurements.length === 0 || measurements.length < parameters.length) {
    throw new InputError(
      `${measurements.length} measurements can't fix ${parameters.length} constants; give at least as many`,
    );
  }
  const named = (logs: readonly number[]): ParameterValues =>
    Object.fromEntries(
      parameters.map(({ name, range: [least, greatest] }, i) => [
        name,
        Math.min(Math.max(Math.exp(logs[i]), least), greatest),
      ]),
    );
  const { parameterValues } = levenbergMarquardt(
    {
      x: measurements.map((_, i) => i),
      y: measurements.map(({ latencyMs }) => Math.log(latencyMs)),
    },
    (logs) => {
      const values = named(logs);
      const devices = new Map<DeviceModel, AnalyticDevice>();
      return (i) => {
        const { model, network } = measurements[i];
        let device = devices.get(model);
        if (device === undefined) {
          device = model.device(values);
          devices.set(model, device);
        }
        return Math.log(device.latency(network).latencyMs);
      };
    },
    {
      initialValues: parameters.map(({ value }) => Math.log(value)),
      minValues: parameters.map(({ range }) => Math.log(range[0])),
      maxValues: parameters.map(({ range }) => Math.log(range[1])),
      gradientDifference: 1e-4,
      maxIterations: ITERATIONS,
      damping: 1e-2,
    },
  );
  return named(parameterValues);
}
