import { levenbergMarquardt } from 'ml-levenberg-marquardt';
import { InputError } from '../../base/errors.js';
import type { OperatorGraph } from '../../network/graph.js';
import type { AnalyticDevice } from '../device.js';
import type { DeviceModel, ParameterValues } from './device-model.js';

/** Fits of five constants settle within ten iterations. The library has no other stopping rule. */
const ITERATIONS = 15;

/** A measured network or layer, on one of several configurations that share their constants. */
export interface CalibrationMeasurement {
  readonly model: DeviceModel;
  readonly network: OperatorGraph;
  readonly latencyMs: number;
}

/**
 * Fits the constants of device models to measurements, by least squares of the differences in log latency
 * (Levenberg-Marquardt), so that relative errors count. The search starts from the models' own values and
 * takes place on a logarithmic scale within their ranges.
 *
 * @param measurements on one model, or on several with the same parameters; latencies in ms
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
