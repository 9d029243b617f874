import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import { quantileSorted } from 'simple-statistics';
import writeFileAtomic from 'write-file-atomic';
import { endsIn } from '../../base/file-ending.js';
import { version } from '../../base/version.js';
import { STANDARD_PROBES } from '../../onnx/generate/probes/standard.js';
import { kernelKey } from '../../runtimes/kernel.js';
import { cardPathOf } from '../card-file.js';
import type { NetworkDatasetCard } from './card.js';
import { type TimedKernel, writeKernelTable } from './kernel-table.js';
import { familyOf } from './load.js';
import type { NetworkRow } from './read.js';

/** A network to write: its row, the values of its further columns, and its timed kernels. */
export interface WrittenNetwork extends NetworkRow {
  /** In the order of the further columns' names. NaN is written as an empty cell. */
  readonly further: readonly number[];
  readonly kernels: readonly TimedKernel[];
}

/** The facts of a card that the rows do not have. */
export type NetworkProvenance = Pick<
  NetworkDatasetCard,
  'name' | 'method' | 'source' | 'licence' | 'noise' | 'measurement' | 'versions'
> & {
  /** Describes a device in words. */
  readonly describe: (device: string) => string;
};

/** Writes a dataset of networks, its kernel table and its card. The CSV comes last, as in `writeDataset`. */
export async function writeNetworks(
  file: string,
  networks: readonly WrittenNetwork[],
  furtherColumns: readonly string[],
  { describe, versions, ...provenance }: NetworkProvenance,
): Promise<NetworkDatasetCard> {
  await mkdir(dirname(file), { recursive: true });
  const header = ['onnx', 'sha256', 'device', 'latency_ms', ...furtherColumns];
  const rows = networks.map(({ onnx, sha256, device, latencyMs, further }) => [
    onnx,
    sha256,
    device,
    latencyMs,
    ...further.map((value) => (Number.isNaN(value) ? '' : value)),
  ]);
  const text = stringify([header, ...rows]);
  const bytes = endsIn(file, '.gz') ? gzipSync(text, { level: 9 }) : Buffer.from(text);
  const card: NetworkDatasetCard = {
    format: 'tempograph-networks/1',
    ...provenance,
    rows: networks.length,
    devices: devicesOf(networks, describe),
    families: counted(networks.map(({ onnx }) => familyOf(onnx))),
    probes: networks.some(({ onnx }) => familyOf(onnx) === 'probes') ? STANDARD_PROBES : null,
    kernels: await kernelsOf(file, networks),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    versions: { tempograph: version, node: process.versions.node, ...versions },
    createdAt: new Date().toISOString(),
  };
  await writeFileAtomic(cardPathOf(file), `${JSON.stringify(card, null, 2)}\n`);
  await writeFileAtomic(file, bytes);
  return card;
}

async function kernelsOf(
  file: string,
  networks: readonly WrittenNetwork[],
): Promise<NetworkDatasetCard['kernels']> {
  const profiled = networks.filter(({ kernels }) => kernels.length > 0);
  if (profiled.length === 0) return null;
  const distinct = new Map(
    profiled.flatMap(({ kernels }) => kernels.map(({ kernel }) => [kernelKey(kernel), kernel.kind])),
  );
  const kinds = Object.entries(counted([...distinct.values()])).sort(([, a], [, b]) => b - a);
  return {
    rows: profiled.reduce((sum, { kernels }) => sum + kernels.length, 0),
    distinct: distinct.size,
    kinds: Object.fromEntries(kinds),
    sha256: await writeKernelTable(file, profiled),
  };
}

function devicesOf(
  networks: readonly WrittenNetwork[],
  describe: (device: string) => string,
): NetworkDatasetCard['devices'] {
  return [...new Set(networks.map(({ device }) => device))].map((id) => {
    const sorted = networks
      .filter(({ device }) => device === id)
      .map(({ latencyMs }) => latencyMs)
      .sort((a, b) => a - b);
    return {
      id,
      description: describe(id),
      rows: sorted.length,
      minMs: sorted[0],
      medianMs: quantileSorted(sorted, 0.5),
      maxMs: sorted[sorted.length - 1],
    };
  });
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
