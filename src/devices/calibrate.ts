import { levenbergMarquardt } from 'ml-levenberg-marquardt';
import type { OperatorGraph } from '../arch/graph.js';
import { InputError } from '../errors.js';
import type { DeviceModel, ParameterValues } from './device-model.js';

const ITERATIONS = 40;

/**
 * Constants of a device model with which it comes closest to measurements: least squares of the differences of
 * log latency (Levenberg-Marquardt), so that an error counts by its share. Constants are sought on a
 * logarithmic scale within their ranges, from their own values on.
 *
 * @param latencyMs `[network]`
 * @throws InputError if there are fewer measurements than constants
 */
export function calibrate(
  model: DeviceModel,
  networks: readonly OperatorGraph[],
  latencyMs: Float64Array,
): ParameterValues {
  const { parameters } = model;
  if (networks.length < parameters.length) {
    throw new InputError(
      `${networks.length} measurements can't fix ${parameters.length} constants of ${model.name}; give at least as many`,
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
    { x: networks.map((_, i) => i), y: Array.from(latencyMs, Math.log) },
    (logs) => {
      const device = model.device(named(logs));
      return (i) => Math.log(device.latency(networks[i]).latencyMs);
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
