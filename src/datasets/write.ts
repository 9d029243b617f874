import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import writeFileAtomic from 'write-file-atomic';
import { endsIn } from '../base/file-ending.js';
import { version } from '../base/version.js';
import { columnOf, LATENCY, type Metric } from '../metrics/metric.js';
import type { SearchSpace } from '../spaces/space.js';
import type { DatasetCard } from './card.js';
import { cardPathOf } from './card-file.js';
import type { Series } from './row-reader.js';
import type { SampleTable } from './sample-table.js';

/** The facts of a card that the samples do not have. */
export type Provenance = Pick<
  DatasetCard,
  'name' | 'deadOperations' | 'method' | 'measurement' | 'source' | 'licence' | 'columns'
> & {
  /** Versions of other programs that the values depend on. */
  readonly versions?: Record<string, string>;
  /** For each device: a description, and batch size and precision if known. */
  readonly about: (
    device: string,
  ) => Pick<DatasetCard['devices'][number], 'description' | 'batchSize' | 'precision'>;
};

/** Columns after the normalised ones, for people. Reading the samples ignores them. */
export interface FurtherColumns {
  readonly names: readonly string[];
  /** Values for an entry of the table, one per name; NaN leaves the cell empty. */
  readonly valuesOf: (entry: number) => readonly number[];
}

/**
 * Writes samples in normalised form, with the card beside them: `arch,device` with canonical strings, and a
 * column for each metric (`latency_ms`), empty where the metric was not measured.
 *
 * Each file appears completely or not at all, the card first: a CSV without its card would be read, while one
 * that does not match the card is refused.
 *
 * @param series the metric of a device for each of the table's series
 * @returns the card
 */
export async function writeDataset(
  file: string,
  space: SearchSpace,
  table: SampleTable,
  series: readonly Series[],
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
    const lines = Readable.from(csvChunks(space, table, series, further));
    if (endsIn(file, '.gz')) await pipeline(lines, createGzip(), hashed, createWriteStream(temporary));
    else await pipeline(lines, hashed, createWriteStream(temporary));
    const handle = await open(temporary, 'r');
    await handle.sync();
    await handle.close();
    const devices = devicesOf(table, series);
    const card: DatasetCard = {
      format: 'tempograph-dataset/1',
      ...provenance,
      space: space.name,
      rows: devices.reduce((rows, device) => rows + device.rows, 0),
      devices: devices.map(({ id, ...measured }) => ({ id, ...about(id), ...measured })),
      metrics: metricsOf(series),
      sha256: hash.digest('hex'),
      versions: { tempograph: version, node: process.versions.node, ...versions },
      createdAt: new Date().toISOString(),
    };
    await writeFileAtomic(cardPathOf(file), `${JSON.stringify(card, null, 2)}\n`);
    await rename(temporary, file);
    return card;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The distinct metrics of some series. */
function metricsOf(series: readonly Series[]): Metric[] {
  return [...new Map(series.map(({ metric }) => [metric.name, metric])).values()];
}

/**
 * A row in normalised form: an architecture on a device, with an entry for each metric, undefined if it was
 * not measured.
 */
interface Row {
  /** The first of the entries. */
  readonly entry: number;
  readonly device: string;
  readonly entries: readonly (number | undefined)[];
}

/** The rows of a table, each at the position of its first entry. */
function* rowsOf(table: SampleTable, series: readonly Series[], metrics: readonly Metric[]): Generator<Row> {
  const keyOf = (device: string, { name }: Metric) => `${name} ${device}`;
  const numbers = new Map(series.map(({ device, metric }, number) => [keyOf(device, metric), number]));
  const beside = series.map(({ device }) => metrics.map((metric) => numbers.get(keyOf(device, metric))));
  for (let entry = 0; entry < table.size; entry++) {
    const number = table.series(entry);
    const architecture = table.architecture(entry);
    const entries = beside[number].map((other) => {
      if (other === number) return entry;
      return other === undefined ? undefined : table.find(architecture, other);
    });
    if (entries.some((other) => other !== undefined && other < entry)) continue;
    yield { entry, device: series[number].device, entries };
  }
}

/** Text in pieces of some thousand lines; with a piece per line, the stream would dominate the time. */
function* csvChunks(
  space: SearchSpace,
  table: SampleTable,
  series: readonly Series[],
  further: FurtherColumns,
): Generator<string> {
  const metrics = metricsOf(series);
  let chunk = `${['arch,device', ...metrics.map(columnOf), ...further.names].join()}\n`;
  for (const { entry, device, entries } of rowsOf(table, series, metrics)) {
    const values = entries.map((at) => (at === undefined ? '' : table.value(at)));
    const cells = further.valuesOf(entry).map((value) => (Number.isNaN(value) ? '' : value));
    const text = field(space.format(table.architecture(entry)));
    chunk += `${text},${field(device)},${[...values, ...cells].join()}\n`;
    if (chunk.length > 1 << 18) {
      yield chunk;
      chunk = '';
    }
  }
  yield chunk;
}

/** A CSV field, quoted if necessary. */
function field(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

type Device = Omit<DatasetCard['devices'][number], 'description' | 'batchSize' | 'precision'>;

/** For each device: how many architectures it has, and the minimum, median and maximum of each metric. */
function devicesOf(table: SampleTable, series: readonly Series[]): Device[] {
  const rows = new Map<string, number>();
  for (const { device } of rowsOf(table, series, metricsOf(series)))
    rows.set(device, (rows.get(device) ?? 0) + 1);
  const ranges = rangesOf(table, series.length);
  return [...rows].map(([id, count]) => {
    const values = series.flatMap(({ device, metric: { name, unit } }, number) =>
      device === id && ranges[number].rows > 0 ? [{ metric: name, unit, ...ranges[number] }] : [],
    );
    const latency = values.find(({ metric }) => metric === LATENCY.name);
    const inMs = latency && { minMs: latency.min, medianMs: latency.median, maxMs: latency.max };
    return { id, rows: count, ...inMs, values };
  });
}

type Range = { readonly rows: number; readonly min: number; readonly median: number; readonly max: number };

/** For each series: its number of samples, minimum, median and maximum. */
function rangesOf(table: SampleTable, series: number): Range[] {
  const ends = new Uint32Array(series);
  for (let entry = 0; entry < table.size; entry++) ends[table.series(entry)]++;
  const rows = ends.slice();
  for (let number = 1; number < series; number++) ends[number] += ends[number - 1];
  const bySeries = new Float64Array(table.size);
  const next = ends.map((end, number) => end - rows[number]);
  for (let entry = 0; entry < table.size; entry++) bySeries[next[table.series(entry)]++] = table.value(entry);
  return Array.from(ends, (end, number) => {
    const sorted = bySeries.subarray(end - rows[number], end).sort();
    const middle = (sorted.length - 1) / 2;
    const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
    return { rows: sorted.length, min: sorted[0], median, max: sorted[sorted.length - 1] };
  });
}
