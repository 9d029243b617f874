import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { InputError } from '../../base/errors.js';
import { readJsonFile } from '../../base/json-file.js';
import { readRegularFile } from '../../base/regular-file.js';
import { cardPathOf } from '../card-file.js';
import { RejectList } from '../rejects.js';
import { NetworkDatasetCard } from './card.js';
import { graphOf } from './graphs.js';
import {
  kernelsPathOf,
  kernelTableKey,
  kernelTableSha256,
  readKernelTable,
  type TimedKernel,
} from './kernel-table.js';
import { type NetworkRow, readNetworkRows } from './read.js';

/** A network that was measured on a device. */
export interface MeasuredOnnx extends NetworkRow {
  /** The folder of its file; empty if there is none. Networks in one folder share their structure. */
  readonly family: string;
  /** Equal kernels are listed together. Empty if the network has no profile. */
  readonly kernels: readonly TimedKernel[];
  /** The bytes of its ONNX file without weights. */
  graph(): Promise<Uint8Array>;
}

export interface NetworkDataset {
  readonly device: string;
  readonly networks: readonly MeasuredOnnx[];
  /** SHA-256 of the CSV, hexadecimal. */
  readonly sha256: string;
  readonly card?: NetworkDatasetCard;
}

/**
 * Loads one device's networks from a dataset.
 *
 * @param device optional if the file has only one
 * @throws InputError that lists the first rejected values, if there are any; if no device is named although
 *   there are several; or if the card beside the file is about other data
 */
export async function loadNetworks(file: string, device?: string): Promise<NetworkDataset> {
  const rejects = new RejectList(file);
  const devices = device === undefined ? undefined : [device];
  const rows = await readNetworkRows(file, { devices, onReject: rejects.add });
  rejects.throwIfAny();
  const found = [...new Set(rows.map((row) => row.device))];
  if (found.length !== 1) {
    throw new InputError(`the file has ${found.length} devices, ${found.join(', ')}; name one`, { file });
  }
  const sha256 = createHash('sha256')
    .update(await readRegularFile(file))
    .digest('hex');
  const card = await cardOf(file, sha256);
  const kernels = await readKernelTable(file);
  return {
    device: found[0],
    sha256,
    card,
    networks: rows.map((row) => ({
      ...row,
      family: familyOf(row.onnx),
      kernels: kernels.get(kernelTableKey(row.sha256, row.device)) ?? [],
      graph: () => graphOf(file, row),
    })),
  };
}

/** The folder of a network's file. */
export function familyOf(onnx: string): string {
  const folder = dirname(onnx);
  return folder === '.' ? '' : basename(folder);
}

/**
 * Reads the card beside a dataset of networks, if there is one.
 *
 * @throws InputError that names the field if the card is malformed
 */
export async function readNetworkCard(file: string): Promise<NetworkDatasetCard | undefined> {
  const path = cardPathOf(file);
  return existsSync(path) ? readJsonFile(NetworkDatasetCard, path) : undefined;
}

async function cardOf(file: string, sha256: string): Promise<NetworkDatasetCard | undefined> {
  const path = cardPathOf(file);
  const card = await readNetworkCard(file);
  if (!card) return undefined;
  const changed = (what: string, now: string | undefined, field: string) =>
    new InputError(`${what} has changed since (it is ${now}); import it again, or remove this card`, {
      file: path,
      field,
    });
  if (card.sha256 !== sha256) throw changed('the data file', sha256, '/sha256');
  const kernels = await kernelTableSha256(file);
  if (card.kernels && card.kernels.sha256 !== kernels)
    throw changed(kernelsPathOf(file), kernels, '/kernels/sha256');
  return card;
}
