import { InputError } from '../base/errors.js';
import type { SearchSpace } from '../spaces/space.js';
import type { DatasetCard } from './card.js';
import { cardPathOf, readCardOf } from './card-file.js';
import type { LatencyUnit } from './columns.js';
import { readLatency } from './read.js';
import { RejectList } from './rejects.js';
import type { LatencySamples } from './samples.js';

/** One device's samples, and what is known about the file they came from. */
export interface DeviceSamples extends LatencySamples {
  /** The device's name in the file. */
  readonly device: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
  /** The card beside the file, where there is one. */
  readonly card?: DatasetCard;
}

export interface FileOptions {
  readonly space: SearchSpace;
  readonly unit?: LatencyUnit;
  readonly duplicates?: 'reject' | 'mean';
}

export interface LoadOptions extends FileOptions {
  /** May be left out where the file has only one. */
  readonly device?: string;
}

/**
 * Loads one device's samples from a latency CSV.
 *
 * @throws InputError as `loadDevices` does, and if no device is named where there are several
 */
export async function loadLatency(file: string, options: LoadOptions): Promise<DeviceSamples> {
  const { device } = options;
  const loaded = await loadDevices(file, {
    ...options,
    devices: device === undefined ? undefined : [device],
  });
  if (loaded.length === 1) return loaded[0];
  const names = loaded.map((samples) => samples.device).join(', ');
  throw new InputError(`the file has ${loaded.length} devices, ${names}; name one`, { file });
}

/**
 * Loads the samples of some or all devices of a latency CSV, a device without a single one left out.
 *
 * @throws InputError listing the first rejected values, if any is rejected; if a device that is asked for is not
 *   in the file; or if the card beside the file is of other data
 */
export async function loadDevices(
  file: string,
  { space, unit, duplicates, devices }: FileOptions & { readonly devices?: readonly string[] },
): Promise<DeviceSamples[]> {
  const card = await readCardOf(file);
  if (card && card.space !== space.name) {
    const message = `the data is of space ${card.space}, not ${space.name}`;
    throw new InputError(message, { file: cardPathOf(file), field: '/space' });
  }
  const rejects = new RejectList(file);
  const read = await readLatency(file, { space, unit, duplicates, devices, onReject: rejects.add });
  rejects.throwIfAny();
  const { table, sha256 } = read;
  if (card && card.sha256 !== sha256) {
    const message = `the data file has changed since (it is ${sha256}); import it again, or remove this card`;
    throw new InputError(message, { file: cardPathOf(file), field: '/sha256' });
  }
  const entriesOf: number[][] = read.devices.map(() => []);
  for (let entry = 0; entry < table.size; entry++) entriesOf[table.device(entry)].push(entry);
  return read.devices
    .map((device, number) => ({
      device,
      architectures: entriesOf[number].map((entry) => table.architecture(entry)),
      latencyMs: Float64Array.from(entriesOf[number], (entry) => table.latencyMs(entry)),
      sha256,
      card,
    }))
    .filter(({ device, latencyMs }) => latencyMs.length > 0 || devices?.includes(device));
}
