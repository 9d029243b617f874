import { decimalNumber } from '../base/decimal.js';
import { InputError, quote } from '../base/errors.js';
import { factorTo, type Metric, rangeOf, sameMetric } from '../metrics/metric.js';
import type { Architecture } from '../spaces/space.js';
import { BadCell } from './architecture-columns.js';
import type { ColumnReading } from './column-reading.js';
import { type Columns, readHeader, unknownDevice } from './columns.js';
import { lengthProblem } from './csv.js';
import type { ColumnOptions, ValueColumn } from './header-reader.js';
import type { Reject } from './rejects.js';
import type { Duplicates } from './repeats.js';
import { MAX_SERIES, SampleTable } from './sample-table.js';

export interface RowOptions extends ColumnOptions {
  /**
   * What to do if an architecture appears twice on a device with different values: `mean` averages them, all
   * others reject the second.
   */
  readonly duplicates?: Duplicates;
  /** Called for everything that is rejected; reading continues. */
  readonly onReject: (reject: Reject) => void;
}

/** One metric of one device. */
export interface Series {
  readonly device: string;
  readonly metric: Metric;
}

/** The content of a file's rows. */
export interface ReadRows {
  readonly table: SampleTable;
  /** Indexed by the numbers in `table.series`. */
  readonly series: readonly Series[];
  /** What each column was read as, and which were left out. */
  readonly columns: readonly ColumnReading[];
  /** Number of rows below the header. */
  readonly rows: number;
  /** Number of empty cells in a wide file. They mean "not available" and are no error. */
  readonly missing: number;
}

/** Number of rows that are inspected before the columns are decided. */
const PEEKED = 64;

/** Reads a file row by row: the header, then samples into the table. Bad rows are rejected one by one. */
export class RowReader {
  private header: readonly string[] | undefined;
  private columns: Columns | undefined;
  /** Rows that wait until the columns are decided. */
  private waiting: { record: readonly string[]; line: number }[] = [];
  private readonly table: SampleTable;
  private readonly series: Series[] = [];
  private readonly numbers = new Map<string, number>();
  /** Devices named in the rows of a long file. */
  private readonly devices = new Set<string>();
  private rows = 0;
  private missing = 0;

  constructor(
    private readonly file: string,
    private readonly options: RowOptions,
  ) {
    this.table = new SampleTable(options.space.slots.length);
  }

  read(record: readonly string[], line: number): void {
    if (!this.header) {
      if (undecodedIn(record) !== undefined) throw this.wrong('the header is not UTF-8 text', line);
      this.header = record;
    } else if (this.columns) this.readRow(this.columns, record, line);
    else {
      this.waiting.push({ record, line });
      if (this.waiting.length === PEEKED) this.begin();
    }
  }

  /** Decides what the columns are, then reads the rows that waited for this. */
  begin(): void {
    if (this.columns || !this.header) return;
    const peek = this.waiting.map(({ record }) => record);
    this.columns = readHeader(this.header, this.options, this.file, peek);
    for (const { device, metric } of this.columns.wide) this.numberOf(device, metric, 1);
    for (const { record, line } of this.waiting) this.readRow(this.columns, record, line);
    this.waiting = [];
  }

  /** @throws InputError if there were no rows, or nothing about a requested device */
  finish(): ReadRows {
    const { table, rows, missing, columns, series } = this;
    if (!columns) throw this.wrong('the file is empty; its first line must name the columns');
    if (rows === 0) throw this.wrong('there is no row below the header');
    // For a wide file, the header has already told.
    const absent = columns.long && this.options.devices?.find((id) => !this.devices.has(id));
    if (absent !== undefined) throw this.wrong(unknownDevice(absent, [...this.devices]));
    return { table, series, rows, missing, columns: columns.readings };
  }

  private readRow(columns: Columns, record: readonly string[], line: number): void {
    this.rows++;
    const { header } = columns;
    const undecoded = undecodedIn(record);
    const length = lengthProblem(record, header);
    if (undecoded !== undefined) {
      this.reject({ line, value: undecoded, reason: `${quote(undecoded)} is not UTF-8 text` });
    } else if (length !== undefined) {
      this.reject({ line, value: record.join(',').slice(0, 200), reason: `the row ${length}` });
    } else if (columns.long) {
      this.readLong(record, line, columns.long);
    } else {
      this.readWide(record, line);
    }
  }

  private readLong(
    record: readonly string[],
    line: number,
    { device, values }: NonNullable<Columns['long']>,
  ) {
    const id = record[device].trim();
    const { devices, metrics: only } = this.options;
    if (id !== '' && (devices?.includes(id) || this.devices.size < MAX_SERIES)) this.devices.add(id);
    if (id === '') {
      this.reject({ line, column: 'device', value: record[device], reason: 'the device has no name' });
    } else if (!devices || devices.includes(id)) {
      const architecture = this.architectureIn(record, line);
      const several = values.length > 1;
      for (const column of values) {
        if (only && !only.some((metric) => sameMetric(metric, column.metric))) continue;
        if (several && record[column.column].trim() === '') this.missing++;
        else {
          const number = this.numberOf(id, column.metric, line);
          if (architecture) this.addSample(architecture, number, record, column, line);
        }
      }
    }
  }

  private readWide(record: readonly string[], line: number) {
    const architecture = this.architectureIn(record, line);
    if (!architecture) return;
    this.columns!.wide.forEach((column, number) => {
      if (record[column.column].trim() === '') this.missing++;
      else this.addSample(architecture, number, record, column, line);
    });
  }

  private architectureIn(record: readonly string[], line: number): Architecture | undefined {
    const { header, architectureOf } = this.columns!;
    try {
      return architectureOf(record);
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
      const { column, message: reason } = error;
      this.reject({ line, column, value: record[header.indexOf(column)], reason });
      return undefined;
    }
  }

  private addSample(
    architecture: Architecture,
    number: number,
    record: readonly string[],
    { column: at, metric, ...read }: ValueColumn,
    line: number,
  ): void {
    const text = record[at];
    const column = this.columns!.header[at];
    const factor = this.factorIn(record, line, { column: at, metric, ...read });
    if (factor === undefined) return;
    const value = decimalNumber(text) * factor;
    if (!Number.isFinite(value) || value <= 0) {
      const what = /^[aeiou]/.test(metric.name) ? `an ${metric.name}` : `a ${metric.name}`;
      const reason = `${quote(text)} is not ${what}, which must be a finite decimal number above 0`;
      this.reject({ line, column, value: text, reason });
      return;
    }
    const { least, most } = rangeOf(metric);
    if (value < least || value > most) {
      const reason = `${quote(text)} is ${value} ${metric.unit}; values from ${least} to ${most} are accepted`;
      this.reject({ line, column, value: text, reason });
      return;
    }
    const added = this.table.add(architecture, number, value, line, this.options.duplicates === 'mean');
    if (added.kind === 'conflict') {
      const reason =
        `${quote(text)} is a second value of this architecture and device, ` +
        `which had ${added.first} ${metric.unit} in line ${added.firstLine}; keep one, or average them with --duplicates mean`;
      this.reject({ line, column, value: text, reason });
    }
  }

  /**
   * The factor that converts a cell to the metric's unit, from the `unit` column if there is one; undefined
   * if the unit is wrong, or the row has none and neither the column's name nor the user says it.
   */
  private factorIn(record: readonly string[], line: number, value: ValueColumn): number | undefined {
    const { header } = this.columns!;
    const { metric, unit, namesUnit, factor, unitColumn: at } = value;
    if (at === undefined) return factor;
    const text = record[at].trim();
    if (text === '') {
      if (namesUnit || this.options.unit !== undefined) return factor;
      const reason = `the row has no unit, such as ${metric.unit}, and the column ${header[value.column]} names none`;
      this.reject({ line, column: header[at], value: record[at], reason });
      return undefined;
    }
    try {
      const said = factorTo(metric, text);
      if (!namesUnit || said === factor) return said;
      const reason = `the unit is ${quote(text)}, and the column ${header[value.column]} is in ${unit}`;
      this.reject({ line, column: header[at], value: text, reason });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.reject({ line, column: header[at], value: text, reason: error.message });
    }
    return undefined;
  }

  private numberOf(device: string, metric: Metric, line: number): number {
    const key = `${metric.name} ${device}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.numbers.size;
      if (number === MAX_SERIES)
        throw this.wrong(`there are more than ${MAX_SERIES} devices and metrics`, line);
      this.numbers.set(key, number);
      this.series.push({ device, metric });
    }
    return number;
  }

  private reject(reject: Reject): void {
    this.options.onReject(reject);
  }

  private wrong(message: string, line?: number): InputError {
    return new InputError(message, { file: this.file, line });
  }
}

/** The first field that is not UTF-8 text. */
function undecodedIn(record: readonly string[]): string | undefined {
  return record.find((text) => text.includes('\uFFFD'));
}
