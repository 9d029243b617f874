import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import writeFileAtomic from 'write-file-atomic';
import { version } from '../base/version.js';
import type { SearchSpace } from '../spaces/space.js';
import type { DatasetCard } from './card.js';
import { cardPathOf } from './card-file.js';
import type { SampleTable } from './sample-table.js';

/** What a card says beside what the samples themselves say. */
export type Provenance = Pick<
  DatasetCard,
  'name' | 'deadOperations' | 'method' | 'measurement' | 'source' | 'licence'
> & {
  /** Of programs beside this one that the numbers depend on. */
  readonly versions?: Record<string, string>;
  /** Per device: words, batch size and precision where known. */
  readonly about: (
    device: string,
  ) => Pick<DatasetCard['devices'][number], 'description' | 'batchSize' | 'precision'>;
};

/** Columns behind the normalised ones, for people: who reads the samples leaves them out. */
export interface FurtherColumns {
  readonly names: readonly string[];
  /** One value for each name; NaN leaves the cell empty. */
  readonly valuesOf: (entry: number) => readonly number[];
}

/**
 * Writes samples in normalised form, `arch,device,latency_ms` with canonical strings, and the card beside it.
 * Both appear whole or not at all: the CSV under a temporary name, synced and renamed, then the card.
 */
export async function writeDataset(
  file: string,
  space: SearchSpace,
  table: SampleTable,
  devices: readonly string[],
  { about, versions, ...provenance }: Provenance,
  further: FurtherColumns = { names: [], valuesOf: () => [] },
): Promise<DatasetCard> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
  const hash = createHash('sha256');
  const hashed = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    const lines = Readable.from(csvChunks(space, table, devices, further));
    if (file.endsWith('.gz')) await pipeline(lines, createGzip(), hashed, createWriteStream(temporary));
    else await pipeline(lines, hashed, createWriteStream(temporary));
    const handle = await open(temporary, 'r');
    await handle.sync();
    await handle.close();
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
  const card: DatasetCard = {
    format: 'tempograph-dataset/1',
    ...provenance,
    space: space.name,
    rows: table.size,
    devices: rangesOf(table, devices.length).flatMap((range, number) =>
      range.rows > 0 ? [{ id: devices[number], ...about(devices[number]), ...range }] : [],
    ),
    sha256: hash.digest('hex'),
    versions: { tempograph: version, node: process.versions.node, ...versions },
    createdAt: new Date().toISOString(),
  };
  await writeFileAtomic(cardPathOf(file), `${JSON.stringify(card, null, 2)}\n`);
  return card;
}

/** Text in pieces of some thousand lines: a piece a line would spend its time in the stream. */
function* csvChunks(
  space: SearchSpace,
  table: SampleTable,
  devices: readonly string[],
  further: FurtherColumns,
): Generator<string> {
  let chunk = `${['arch,device,latency_ms', ...further.names].join()}\n`;
  for (let entry = 0; entry < table.size; entry++) {
    const architecture = field(space.format(table.architecture(entry)));
    const cells = further.valuesOf(entry).map((value) => (Number.isNaN(value) ? '' : value));
    const values = [table.latencyMs(entry), ...cells];
    chunk += `${architecture},${field(devices[table.device(entry)])},${values.join()}\n`;
    if (chunk.length > 1 << 18) {
      yield chunk;
      chunk = '';
    }
  }
  yield chunk;
}

/** A CSV field, quoted where it must be. */
function field(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

type Range = Pick<DatasetCard['devices'][number], 'rows' | 'minMs' | 'medianMs' | 'maxMs'>;

/** How many samples each device has, and their least, median and greatest latency. */
function rangesOf(table: SampleTable, devices: number): Range[] {
  const ends = new Uint32Array(devices);
  for (let entry = 0; entry < table.size; entry++) ends[table.device(entry)]++;
  const rows = ends.slice();
  for (let device = 1; device < devices; device++) ends[device] += ends[device - 1];
  const byDevice = new Float64Array(table.size);
  const next = ends.map((end, device) => end - rows[device]);
  for (let entry = 0; entry < table.size; entry++)
    byDevice[next[table.device(entry)]++] = table.latencyMs(entry);
  return Array.from(ends, (end, device) => {
    const sorted = byDevice.subarray(end - rows[device], end).sort();
    const middle = (sorted.length - 1) / 2;
    const medianMs = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
    return { rows: sorted.length, minMs: sorted[0], medianMs, maxMs: sorted[sorted.length - 1] };
  });
}
