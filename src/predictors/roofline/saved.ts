import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { InputError, quote } from '../../base/errors.js';
import { readRegularFile } from '../../base/regular-file.js';
import { shippedModels } from '../saved/model-folder.js';
import type { IntervalFactors } from './calibration.js';
import { type NetworkDevice, networkDevices } from './devices.js';
import { learnedParameters, ORDINARY } from './parameters.js';
import type { Roofline, TrendRanges } from './roofline.js';

const NETWORK_MODEL_FORMAT = 'tempograph-network-model/1';

/** Errors over networks predicted without any of their kin, relative to the measured time. */
export interface LeftOutKinScores {
  readonly mape: number;
  readonly median: number;
  readonly within10: number;
  /** Mean over kin of each kin's mean error. */
  readonly kinMape: number;
}

/** Which device a model is for, what it was learned from, and its scores. */
export interface NetworkModelCard {
  readonly device: string;
  readonly description: string;
  readonly source: string;
  readonly licence: string;
  readonly networks: number;
  readonly kin: readonly string[];
  /** Smallest and largest number of images per measured call. */
  readonly batch: readonly [number, number];
  readonly leftOut: LeftOutKinScores;
  /** Scores of the non-negative linear function of MACs, activations and parameters, for the same splits. */
  readonly baseline: LeftOutKinScores;
  readonly interval: IntervalFactors & {
    readonly level: number;
    /** Share of networks, each judged by the other kin's residuals. */
    readonly coverage: number;
    /** Mean over kin. */
    readonly kinCoverage: number;
    /** Mean width relative to the prediction. */
    readonly width: number;
  };
}

interface StoredModel {
  readonly format: string;
  readonly card: NetworkModelCard;
  readonly kinds: readonly string[];
  readonly ranges: TrendRanges;
  readonly parameters: Readonly<Record<string, number>>;
}

/** A predictor of published networks, and of any operator graph, on one device. */
export interface NetworkModel {
  readonly device: NetworkDevice;
  readonly card: NetworkModelCard;
  readonly roofline: Roofline;
}

const fileOf = (device: string, models: string) => join(models, `${device}.network.json`);

export async function saveNetworkModel(
  { card, roofline }: Pick<NetworkModel, 'card' | 'roofline'>,
  models = shippedModels,
): Promise<void> {
  const { kinds, ranges, values, ordinary } = roofline;
  const rounded = (value: number) => Number(value.toPrecision(6));
  const stored: StoredModel = {
    format: NETWORK_MODEL_FORMAT,
    card,
    kinds,
    ranges,
    parameters: Object.fromEntries(
      learnedParameters(kinds, ordinary).map(({ name }, i) => [name, rounded(values[i])]),
    ),
  };
  await writeFileAtomic(fileOf(card.device, models), `${JSON.stringify(stored, null, 1)}\n`);
}

/** @throws InputError if there is no model for the device, or its file has another content */
export async function loadNetworkModel(name: string, models = shippedModels): Promise<NetworkModel> {
  const device = networkDevices.find((one) => one.name === name);
  if (device === undefined) {
    const known = networkDevices.map((one) => one.name).join(', ');
    throw new InputError(`there is no predictor of networks for ${quote(name)}; devices with one: ${known}`, {
      field: '--device',
    });
  }
  const file = fileOf(name, models);
  const { format, card, kinds, ranges, parameters } = JSON.parse(
    (await readRegularFile(file)).toString('utf8'),
  ) as StoredModel;
  if (format !== NETWORK_MODEL_FORMAT) {
    throw new InputError(`is not of format ${NETWORK_MODEL_FORMAT}`, { file });
  }
  const ordinary = ORDINARY[device.runtime.device];
  const values = Float64Array.from(learnedParameters(kinds, ordinary), ({ name }) => {
    const value = parameters[name];
    if (typeof value !== 'number') throw new InputError(`holds no parameter ${quote(name)}`, { file });
    return value;
  });
  return { device, card, roofline: { ordinary, kinds, ranges, values } };
}
