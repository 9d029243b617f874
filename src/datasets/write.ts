import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { medianSorted, minSorted } from 'simple-statistics';
import writeFileAtomic from 'write-file-atomic';
import type { SearchSpace } from '../spaces/space.js';
import { version } from '../version.js';
import type { DatasetCard } from './card.js';
import { cardPathOf } from './load.js';
import type { SampleTable } from './sample-table.js';

/** What a card says beside what the samples themselves say. */
export type Provenance = Pick<DatasetCard, 'name' | 'deadOperations' | 'method' | 'source' | 'licence'> & {
  /** Per device: words, batch size and precision where known. */
  readonly about: (
    device: string,
  ) => Pick<DatasetCard['devices'][number], 'description' | 'batchSize' | 'precision'>;
};

/**
 * Writes samples in normalised form, `arch,device,latency_ms` with canonical strings, and the card beside it.
 * Both appear whole or not at all: the CSV under a temporary name, synced and renamed, then the card.
 */
export async function writeDataset(
  file: string,
  space: SearchSpace,
  table: SampleTable,
  devices: readonly string[],
  { about, ...provenance }: Provenance,
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
    const lines = Readable.from(csvChunks(space, table, devices));
    if (file.endsWith('.gz'))
      await pipeline(lines, createGzip({ level: 9 }), hashed, createWriteStream(temporary));
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
    devices: devices.map((id, number) => ({ id, ...about(id), ...rangeOf(table, number) })),
    sha256: hash.digest('hex'),
    versions: { tempograph: version, node: process.versions.node },
    createdAt: new Date().toISOString(),
  };
  await writeFileAtomic(cardPathOf(file), `${JSON.stringify(card, null, 2)}\n`);
  return card;
}

/** Text in pieces of some thousand lines: a piece a line would spend its time in the stream. */
function* csvChunks(space: SearchSpace, table: SampleTable, devices: readonly string[]): Generator<string> {
  let chunk = 'arch,device,latency_ms\n';
  for (let entry = 0; entry < table.size; entry++) {
    chunk += `${space.format(table.architecture(entry))},${field(devices[table.device(entry)])},${table.latencyMs(entry)}\n`;
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

function rangeOf(table: SampleTable, device: number) {
  const values: number[] = [];
  for (let entry = 0; entry < table.size; entry++)
    if (table.device(entry) === device) values.push(table.latencyMs(entry));
  values.sort((a, b) => a - b);
  if (values.length === 0) return { rows: 0, minMs: 0, medianMs: 0, maxMs: 0 };
  return {
    rows: values.length,
    minMs: minSorted(values),
    medianMs: medianSorted(values),
    maxMs: values.at(-1)!,
  };
}
