import { InputError, quote } from '../../base/errors.js';
import type { AnalyticDevice, DeviceParameter } from '../device.js';

/** A parameter that a device model leaves open, to be fixed by measurements or a data sheet. */
export interface OpenParameter extends DeviceParameter {
  /** A documented or plausible value, used until something has been measured. */
  readonly value: number;
  readonly range: readonly [least: number, greatest: number];
}

export type ParameterValues = Readonly<Record<string, number>>;

/** A formula for the latency of any network, with constants that measurements can fix. */
export interface DeviceModel {
  /** The part of a device's identifier before the colon. */
  readonly name: string;
  readonly description: string;
  readonly parameters: readonly OpenParameter[];
  /**
   * The device with the given constants; unnamed parameters keep their value.
   *
   * @throws InputError if a name is unknown or a value is outside its range
   */
  device(values?: ParameterValues, identity?: DeviceIdentity): AnalyticDevice;
}

/** Identifier and description of a device with its own constants. */
export interface DeviceIdentity {
  readonly id: string;
  readonly description: string;
}

/**
 * Replaces the values of the named parameters.
 *
 * @throws InputError if a name is unknown or a value is outside its range
 */
export function withValues(parameters: readonly OpenParameter[], values: ParameterValues): OpenParameter[] {
  for (const name of Object.keys(values)) {
    if (!parameters.some((parameter) => parameter.name === name)) {
      const known = parameters.map((parameter) => parameter.name).join(', ');
      throw new InputError(`there is no parameter ${quote(name)}; there are ${known}`);
    }
  }
  return parameters.map((parameter) => {
    const value = values[parameter.name] ?? parameter.value;
    const [least, greatest] = parameter.range;
    if (!(value >= least && value <= greatest)) {
      throw new InputError(`${value} ${parameter.unit} must be between ${least} and ${greatest}`, {
        field: parameter.name,
      });
    }
    return { ...parameter, value };
  });
}
