import { InputError } from '../errors.js';
import type { SearchSpace } from '../spaces/space.js';
import type { DatasetCard } from './card.js';
import { cardPathOf, readCardOf } from './card-file.js';
import type { LatencyUnit } from './columns.js';
import { readLatency } from './read.js';
import { RejectList } from './rejects.js';
import type { LatencySamples } from './samples.js';

/** One device's samples, and what is known about the file they came from. */
export interface DeviceSamples extends LatencySamples {
  /** Its name in the file. */
  readonly device: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
  /** The card beside the file, where there is one. */
  readonly card?: DatasetCard;
}

export interface LoadOptions {
  readonly space: SearchSpace;
  /** May be left out where the file has only one. */
  readonly device?: string;
  readonly unit?: LatencyUnit;
  readonly duplicates?: 'reject' | 'mean';
}

/**
 * Loads one device's samples from a latency CSV.
 *
 * @throws InputError listing the first rejected values, if any is rejected; if the device is not in the file, or none is named and it has several; or
 *   if the card beside the file is of other data
 */
export async function loadLatency(
  file: string,
  { space, device, unit, duplicates }: LoadOptions,
): Promise<DeviceSamples> {
  const card = await readCardOf(file);
  if (card && card.space !== space.name) {
    const message = `the data is of space ${card.space}, not ${space.name}`;
    throw new InputError(message, { file: cardPathOf(file), field: '/space' });
  }
  const rejects = new RejectList(file);
  const { table, devices, sha256 } = await readLatency(file, {
    space,
    unit,
    duplicates,
    devices: device === undefined ? undefined : [device],
    onReject: rejects.add,
  });
  rejects.throwIfAny();
  if (devices.length > 1) {
    throw new InputError(`the file has ${devices.length} devices, ${devices.join(', ')}; name one`, { file });
  }
  if (card && card.sha256 !== sha256) {
    const message = `the data file has changed since (it is ${sha256}); import it again, or remove this card`;
    throw new InputError(message, { file: cardPathOf(file), field: '/sha256' });
  }
  const entries = Array.from({ length: table.size }, (_, entry) => entry);
  return {
    architectures: entries.map((entry) => table.architecture(entry)),
    latencyMs: Float64Array.from(entries, (entry) => table.latencyMs(entry)),
    device: devices[0],
    sha256,
    card,
  };
}
