import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { InputError, quote } from '../base/errors.js';
import type { Architecture } from '../spaces/space.js';
import {
  BadCell,
  type ColumnOptions,
  type Columns,
  type LatencyColumn,
  readHeader,
  unknownDevice,
} from './columns.js';
import { CSV_OPTIONS, type CsvRow, unreadableCsv } from './csv.js';
import type { Reject } from './rejects.js';
import { MAX_DEVICES, SampleTable } from './sample-table.js';

export interface ReadOptions extends ColumnOptions {
  /** What happens when an architecture comes twice on a device with different latencies; default `reject`. */
  readonly duplicates?: 'reject' | 'mean';
  /** Called for everything that is refused; the rest of the file is read on. */
  readonly onReject: (reject: Reject) => void;
  /** Called now and then with the bytes of the file read so far. */
  readonly onProgress?: (bytes: number, total: number) => void;
}

/** A file's samples. */
export interface ReadResult {
  readonly table: SampleTable;
  /** Names of the devices that `table.device` numbers. */
  readonly devices: readonly string[];
  /** Rows below the header. */
  readonly rows: number;
  /** Empty cells of a wide file: not available, and no error. */
  readonly missing: number;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
}

/**
 * Reads a latency CSV (UTF-8, `.csv` or `.csv.gz`, wide or long) as a stream.
 *
 * @throws InputError if the file as a whole cannot be used: not there, broken gzip, bad quoting, bad header, no
 *   rows, or nothing about a device that was asked for
 */
export async function readLatency(file: string, options: ReadOptions): Promise<ReadResult> {
  const total = await sizeOf(file);
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      options.onProgress?.(bytes, total);
      done(null, chunk);
    },
  });
  const parser = parse({ ...CSV_OPTIONS, relax_column_count: true });
  const rows = new RowReader(file, options);
  const sink = new Writable({
    objectMode: true,
    write({ info, record }: CsvRow, _encoding, done) {
      try {
        rows.read(record, info.lines);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
  try {
    const source = createReadStream(file);
    if (file.endsWith('.gz')) await pipeline(source, counted, createGunzip(), parser, sink);
    else await pipeline(source, counted, parser, sink);
  } catch (error) {
    throw unreadableCsv(error, file);
  }
  return { ...rows.finish(), sha256: hash.digest('hex') };
}

/** Takes a file row by row: the header first, then samples into the table. */
class RowReader {
  private columns: Columns | undefined;
  private readonly table: SampleTable;
  private readonly numbers = new Map<string, number>();
  private readonly otherDevices = new Set<string>();
  private rows = 0;
  private missing = 0;

  constructor(
    private readonly file: string,
    private readonly options: ReadOptions,
  ) {
    this.table = new SampleTable(options.space.slots.length);
  }

  read(record: readonly string[], line: number): void {
    const undecoded = record.find((text) => text.includes('\uFFFD'));
    if (!this.columns) {
      if (undecoded !== undefined) throw this.wrong('the header is not UTF-8 text', line);
      this.columns = readHeader(record, this.options, this.file);
      for (const { id } of this.columns.devices) this.numberOf(id, line);
      return;
    }
    this.rows++;
    const { header } = this.columns;
    if (undecoded !== undefined) {
      this.reject({ line, value: undecoded, reason: `${quote(undecoded)} is not UTF-8 text` });
    } else if (record.length !== header.length) {
      const reason = `the row has ${record.length} fields where the header has ${header.length}`;
      this.reject({ line, value: record.join(',').slice(0, 200), reason });
    } else if (this.columns.long) {
      this.readLong(record, line, this.columns.long);
    } else {
      this.readWide(record, line);
    }
  }

  finish(): Omit<ReadResult, 'sha256'> {
    const { table, rows, missing } = this;
    if (!this.columns) throw this.wrong('the file is empty; its first line must name the columns');
    if (rows === 0) throw this.wrong('there is no row below the header');
    const absent = this.options.devices?.find((id) => !this.numbers.has(id));
    if (absent !== undefined)
      throw this.wrong(unknownDevice(absent, [...this.numbers.keys(), ...this.otherDevices]));
    return { table, devices: [...this.numbers.keys()], rows, missing };
  }

  private readLong(
    record: readonly string[],
    line: number,
    { device, latency }: NonNullable<Columns['long']>,
  ) {
    const id = record[device].trim();
    if (id === '') {
      this.reject({ line, column: 'device', value: record[device], reason: 'the device has no name' });
    } else if (this.options.devices && !this.options.devices.includes(id)) {
      if (this.otherDevices.size < MAX_DEVICES) this.otherDevices.add(id);
    } else {
      const number = this.numberOf(id, line);
      const architecture = this.architectureIn(record, line);
      if (architecture) this.addSample(architecture, number, record, latency, line);
    }
  }

  private readWide(record: readonly string[], line: number) {
    const architecture = this.architectureIn(record, line);
    if (!architecture) return;
    this.columns!.devices.forEach((device, number) => {
      if (record[device.column].trim() === '') this.missing++;
      else this.addSample(architecture, number, record, device, line);
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
    device: number,
    record: readonly string[],
    { column: at, toMs }: LatencyColumn,
    line: number,
  ): void {
    const value = record[at];
    const column = this.columns!.header[at];
    const latencyMs = Number(value) * toMs;
    if (!Number.isFinite(latencyMs) || latencyMs <= 0) {
      const reason = `${quote(value)} is not a latency, which must be a finite number above 0`;
      this.reject({ line, column, value, reason });
      return;
    }
    const added = this.table.add(architecture, device, latencyMs, line, this.options.duplicates === 'mean');
    if (added.kind === 'conflict') {
      const reason =
        `${quote(value)} is a second value of this architecture and device, ` +
        `which had ${added.firstMs} ms in line ${added.firstLine}; keep one, or average them with --duplicates mean`;
      this.reject({ line, column, value, reason });
    }
  }

  private numberOf(id: string, line: number): number {
    let number = this.numbers.get(id);
    if (number === undefined) {
      number = this.numbers.size;
      if (number === MAX_DEVICES) throw this.wrong(`there are more than ${MAX_DEVICES} devices`, line);
      this.numbers.set(id, number);
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

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw unreadableCsv(error, file);
  }
}
