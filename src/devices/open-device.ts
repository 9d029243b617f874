import type { OperatorGraph } from '../network/graph.js';
import {
  type DeviceIdentity,
  type OpenParameter,
  type ParameterValues,
  withValues,
} from './calibration/device-model.js';
import type { AnalyticDevice, LatencyReport } from './device.js';

/** A device with constants that measurements can fix. */
export abstract class OpenDevice<Parameters extends readonly OpenParameter[]> implements AnalyticDevice {
  abstract readonly precision: AnalyticDevice['precision'];
  readonly id: string;
  readonly description: string;
  readonly parameters: readonly OpenParameter[];
  /** In the units of the parameters. */
  protected readonly constants: Readonly<Record<Parameters[number]['name'], number>>;

  /** @throws InputError if a value's name is unknown, or the value is outside its range */
  constructor(parameters: Parameters, values: ParameterValues, { id, description }: DeviceIdentity) {
    this.id = id;
    this.description = description;
    this.parameters = withValues(parameters, values);
    const entries = this.parameters.map(({ name, value }) => [name, value]);
    this.constants = Object.fromEntries(entries) as typeof this.constants;
  }

  abstract latency(graph: OperatorGraph): LatencyReport;
}
