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

/** One device's samples, and what is known about the file they came from. */
export interface DeviceSamples extends Samples {
  /** The device's name in the file. */
  readonly device: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
  /** The card beside the file, where there is one. */
  readonly card?: DatasetCard;
  /** What each column of the file was read as, and those that were left out. */
  readonly columns: readonly ColumnReading[];
  /** Those that repeat the value of an isomorphic network; left out of the samples with `one-per-class`. */
  readonly repeats: Repeats;
}

export interface FileOptions extends Pick<ColumnOptions, 'space' | 'unit' | 'columns'> {
  /** Latency where it is not said, or what the file has instead. */
  readonly metric?: Metric;
  readonly duplicates?: Duplicates;
}

export interface LoadOptions extends FileOptions {
  /** May be left out where the file has only one. */
  readonly device?: string;
}

/**
 * Loads one device's samples of one metric from a CSV of measurements.
 *
 * @throws InputError as `loadDevices` does, and if no device is named where there are several
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
 * Loads one metric's samples of some or all devices of a CSV of measurements, a device without a single one left out.
 *
 * @throws InputError listing the first rejected values, if any is rejected; if a device or a metric that is asked for
 *   is not in the file; or if the card beside the file is of other data
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

/** The metric that is meant where none is named. */
function metricIn(series: readonly Series[], file: string): Metric {
  const all = new Map(series.map(({ metric }) => [metric.name, metric]));
  const metric = all.size === 1 ? [...all.values()][0] : all.get(LATENCY.name);
  if (metric) return metric;
  if (all.size === 0) return LATENCY;
  throw new InputError(`it has ${[...all.keys()].join(', ')}; name one with --metric`, { file });
}

/** What a file has, for an error, and why columns that seem to be of the metric are none. */
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
