import { cleanText } from '../base/clean-text.js';
import { InputError, quote } from '../base/errors.js';
import { isOwn, type Metric, sameMetric } from '../metrics/metric.js';
import {
  type ArchitectureReader,
  architectureColumnsOf,
  architectureReader,
} from './architecture-columns.js';
import { readColumnName } from './column-name.js';
import type { ColumnReading } from './column-reading.js';
import { type ColumnOptions, HeaderReader, type PossibleColumn, type ValueColumn } from './header-reader.js';
import { metricWord } from './metric-word.js';

/** Columns that only number the rows. */
const ROW_NUMBERS = ['arch_index', 'arch_id'];

/** A header's meaning: where a row has its architecture, device and values. */
export interface Columns {
  readonly header: readonly string[];
  readonly architectureOf: ArchitectureReader;
  /** A wide file's columns in order, one for each device and metric; empty for a long file. */
  readonly wide: readonly (ValueColumn & { readonly device: string })[];
  /** A long file's device column, and one value column per metric. */
  readonly long?: { readonly device: number; readonly values: readonly ValueColumn[] };
  /** Every column that is not part of the architecture. */
  readonly readings: readonly ColumnReading[];
}

/**
 * Reads a header. Long files have a column `device` and one for each metric: `latency_ms`, `energy_j`. In wide files
 * a column is one device's metric, told by its unit (`pi5_mj`) or a word (`energy_pi5_j`); where no column names a
 * unit, every column that is not part of the architecture is a device's latency.
 *
 * @param peek the first rows, whose values decide what `galaxy_s` is: seconds of galaxy, or a device of that name
 * @throws InputError if a column is missing or named twice, if two columns are one device's metric, if a name can be
 *   read in two ways, or if a device that was asked for is not there
 */
export function readHeader(
  names: readonly string[],
  options: ColumnOptions,
  file: string,
  peek: readonly (readonly string[])[] = [],
): Columns {
  const header = names.map((name) =>
    name
      .trim()
      .replace(/\s+/g, ' ')
      .replace(/_[µμ]s$/, '_us'),
  );
  const wrong = (message: string) => new InputError(message, { file, line: 1 });
  if (names.length === 1 && /[;\t]/.test(names[0])) throw wrong('columns must be separated by commas');
  const unprintable = header.find((name) =>
    /[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(name),
  );
  if (unprintable !== undefined) {
    throw wrong(
      `the name ${JSON.stringify(cleanText(unprintable))} has characters that control how text is shown`,
    );
  }
  const twice = header.find((name, i) => name !== '' && header.indexOf(name) !== i);
  if (twice !== undefined) throw wrong(`there are two columns ${quote(twice)}`);
  const undeclared = [...(options.columns?.keys() ?? [])].find((name) => !header.includes(name));
  if (undeclared !== undefined) {
    throw wrong(`there is no column ${quote(undeclared)}; the file has ${header.join(', ')}`);
  }

  const kept = header.map((name) => (options.columns?.get(name) === 'left out' ? '' : name));
  const architectureOf = architectureReader(kept, options.space, wrong);
  const device = header.findIndex((name) => name.toLowerCase() === 'device');
  const own = (options.metrics ?? []).filter(isOwn);
  const units = unitColumns(header, own, wrong);
  const architecture = architectureColumnsOf(options.space);
  const candidates: PossibleColumn[] = header.flatMap((text, column) =>
    (architecture.has(text) && kept[column] !== '') ||
    ROW_NUMBERS.includes(text) ||
    [device, ...units.values()].includes(column)
      ? []
      : [{ ...readColumnName(text, own), column }],
  );
  const reader = new HeaderReader(candidates, options, wrong, peek, units);
  if (device >= 0) reader.readLong();
  else reader.readWide();
  const { values, readings } = reader;
  const columns = { header, architectureOf, readings };
  if (device >= 0) return { ...columns, wide: [], long: { device, values } };
  return { ...columns, wide: wanted(values, options, wrong) };
}

/**
 * The columns `unit` (or `units`) and `latency_unit`.
 *
 * @throws InputError for a column of units that names no metric
 */
function unitColumns(
  header: readonly string[],
  own: readonly Metric[],
  wrong: (message: string) => InputError,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [column, name] of header.entries()) {
    const [all, of] = /^(?:(.+)[_ .:/-])?units?$/i.exec(name) ?? [];
    if (all === undefined) continue;
    const word = of === undefined ? undefined : metricWord(of, own);
    const metric = of === undefined ? '' : word?.device === '' ? word.metric.name : undefined;
    if (metric === undefined || found.has(metric)) {
      throw wrong(
        `${quote(name)} must be "unit", for all values, or name a metric, as "latency_unit"; and be one`,
      );
    }
    found.set(metric, column);
  }
  return found;
}

/** The columns of the requested devices and metrics. */
function wanted(
  values: readonly (ValueColumn & { readonly device: string })[],
  { devices, metrics }: ColumnOptions,
  wrong: (message: string) => InputError,
): Columns['wide'] {
  const present = [...new Set(values.map((value) => value.device))];
  const absent = devices?.find((id) => !present.includes(id));
  if (absent !== undefined) throw wrong(unknownDevice(absent, present));
  return values.filter(
    (value) =>
      (devices?.includes(value.device) ?? true) &&
      (metrics?.some((metric) => sameMetric(metric, value.metric)) ?? true),
  );
}

/** Number of devices that an error message names; the rest are counted. */
const NAMED = 50;

/** Says that a device is not in a file, and which devices are. */
export function unknownDevice(id: string, present: readonly string[]): string {
  const named = present.slice(0, NAMED).join(', ') || 'none';
  const more = present.length > NAMED ? ` and ${present.length - NAMED} more` : '';
  return `there is no device ${quote(id)}; the file has ${named}${more}`;
}
