import { InputError, quote } from '../base/errors.js';
import { LATENCY, type Metric, sameMetric } from '../metrics/metric.js';
import type { DatasetCard } from './card.js';
import { cardPathOf, readCardOf } from './card-file.js';
import { type ColumnReading, describeReading, normalisedColumns } from './column-reading.js';
import type { ColumnOptions } from './header-reader.js';
import { readSamples } from './read.js';
import { RejectList } from './rejects.js';
import { type Duplicates, type Repeats, repeatsIn } from './repeats.js';
import type { Series } from './row-reader.js';
import type { Samples } from './samples.js';

/** One device's samples, with facts about their file. */
export interface DeviceSamples extends Samples {
  /** Its name in the file. */
  readonly device: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
  /** The card beside the file, if there is one. */
  readonly card?: DatasetCard;
  /** What each column of the file was read as, and which were left out. */
  readonly columns: readonly ColumnReading[];
  /** Samples that repeat the value of an isomorphic network. With `one-per-class`, they are left out of the samples. */
  readonly repeats: Repeats;
}

export interface FileOptions extends Pick<ColumnOptions, 'space' | 'unit' | 'columns'> {
  /** By default latency, or the file's metric if it has no latency. */
  readonly metric?: Metric;
  readonly duplicates?: Duplicates;
}

export interface LoadOptions extends FileOptions {
  /** Optional if the file has only one device. */
  readonly device?: string;
}

/**
 * Loads one device's samples of one metric from a CSV of measurements.
 *
 * @returns values in the metric's unit, `[architectures]`
 * @throws InputError as `loadDevices` does, and if no device is named although the file has several
 */
export async function loadSamples(file: string, options: LoadOptions): Promise<DeviceSamples> {
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
 * Loads one metric's samples of some or all devices from a CSV of measurements. Devices without samples are
 * left out.
 *
 * @throws InputError that lists the first rejected values, if there are any; if a requested device or metric
 *   is not in the file; or if the card beside the file is about other data
 */
export async function loadDevices(
  file: string,
  {
    space,
    unit,
    duplicates,
    devices,
    metric,
    columns,
  }: FileOptions & { readonly devices?: readonly string[] },
): Promise<DeviceSamples[]> {
  const card = await readCardOf(file);
  if (card && card.space !== space.name) {
    const message = `the data is of space ${card.space}, not ${space.name}`;
    throw new InputError(message, { file: cardPathOf(file), field: '/space' });
  }
  const rejects = new RejectList(file);
  const read = await readSamples(file, {
    ...{ space, unit, duplicates, devices },
    metrics: metric && [metric],
    columns: new Map([...normalisedColumns(card?.metrics ?? []), ...(columns ?? [])]),
    onReject: rejects.add,
  });
  rejects.throwIfAny();
  const { table, sha256, series } = read;
  if (card && card.sha256 !== sha256) {
    const message = `the data file has changed since (it is ${sha256}); import it again, or remove this card`;
    throw new InputError(message, { file: cardPathOf(file), field: '/sha256' });
  }
  const chosen = metric ?? metricIn(series, file);
  const repeats = repeatsIn(space, table, series.length);
  const entriesOf: number[][] = series.map(() => []);
  for (let entry = 0; entry < table.size; entry++) {
    const number = table.series(entry);
    if (duplicates === 'one-per-class' && repeats[number].entries.has(entry)) continue;
    entriesOf[number].push(entry);
  }
  const loaded = series.flatMap((of, number): DeviceSamples[] => {
    const entries = entriesOf[number];
    if (!sameMetric(of.metric, chosen) || (entries.length === 0 && !devices?.includes(of.device))) return [];
    return [
      {
        ...of,
        architectures: entries.map((entry) => table.architecture(entry)),
        values: Float64Array.from(entries, (entry) => table.value(entry)),
        columns: read.columns,
        repeats: repeats[number],
        sha256,
        card,
      },
    ];
  });
  const absent = devices?.find((device) => !loaded.some((samples) => samples.device === device));
  if (absent !== undefined || loaded.length === 0) {
    const of = absent === undefined ? 'it' : quote(absent);
    throw new InputError(`there is no ${chosen.name} of ${of}; ${inventory(read.columns, chosen)}`, { file });
  }
  return loaded;
}

/** The metric to use if none is named. */
function metricIn(series: readonly Series[], file: string): Metric {
  const all = new Map(series.map(({ metric }) => [metric.name, metric]));
  const metric = all.size === 1 ? [...all.values()][0] : all.get(LATENCY.name);
  if (metric) return metric;
  if (all.size === 0) return LATENCY;
  throw new InputError(`it has ${[...all.keys()].join(', ')}; name one with --metric`, { file });
}

/** For an error: what a file has, and why columns that look like the metric were left out. */
function inventory(columns: readonly ColumnReading[], { name: wanted }: Metric): string {
  const has = columns.flatMap((column) => {
    if ('leftOut' in column) return [];
    return column.device === undefined ? column.metric : `${column.metric} of ${column.device}`;
  });
  const left = columns.filter(
    (column) => 'leftOut' in column && column.column.toLowerCase().includes(wanted),
  );
  const found = `the file has ${has.slice(0, 50).join(', ') || 'nothing'}`;
  return [found, ...left.slice(0, 10).map(describeReading)].join('; ');
}
