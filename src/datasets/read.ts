import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CsvError, parse } from 'csv-parse';
import { InputError, quote } from '../errors.js';
import { type ColumnOptions, type Columns, readHeader } from './columns.js';
import { SampleTable } from './sample-table.js';

/** A row, or one cell of it, that cannot be used. */
export interface Reject {
  readonly line: number;
  readonly column?: string;
  readonly value: string;
  /** What is wrong and what would be right. */
  readonly reason: string;
}

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
 * Reads a latency CSV (`.csv` or `.csv.gz`, wide or long) as a stream.
 * @throws InputError if the file as a whole cannot be read: no such file, broken gzip, bad quoting, bad header
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
  const parser = parse({ bom: true, info: true, relax_column_count: true, skip_empty_lines: true });
  const rows = new RowReader(file, options);
  const consume = async (records: AsyncIterable<{ info: { lines: number }; record: string[] }>) => {
    for await (const { info, record } of records) rows.read(record, info.lines);
  };
  try {
    const source = createReadStream(file);
    if (file.endsWith('.gz')) await pipeline(source, counted, createGunzip(), parser, consume);
    else await pipeline(source, counted, parser, consume);
  } catch (error) {
    throw explained(error, file);
  }
  return { ...rows.finish(), sha256: hash.digest('hex') };
}

/** Takes a file row by row: the header first, then samples into the table. */
class RowReader {
  private columns: Columns | undefined;
  private table: SampleTable;
  private readonly deviceIds = new Map<string, number>();
  private rows = 0;
  private missing = 0;

  constructor(
    private readonly file: string,
    private readonly options: ReadOptions,
  ) {
    this.table = new SampleTable(options.space.slots.length);
  }

  read(record: readonly string[], line: number): void {
    if (!this.columns) {
      this.columns = readHeader(
        record.map((name) => name.trim()),
        this.options,
        this.file,
      );
      for (const { id } of this.columns.devices) this.deviceIds.set(id, this.deviceIds.size);
      return;
    }
    this.rows++;
    const { header, devices, long, architectureOf } = this.columns;
    if (record.length !== header.length) {
      const reason = `the row has ${record.length} fields where the header has ${header.length}`;
      this.options.onReject({ line, value: record.join(',').slice(0, 200), reason });
      return;
    }
    let architecture: Uint8Array;
    try {
      architecture = architectureOf(record);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const { column } = error.location;
      const value = column === undefined ? '' : record[header.indexOf(column)];
      this.options.onReject({ line, column, value, reason: error.message });
      return;
    }
    if (long) {
      const id = record[long.device];
      if (id === '') {
        this.options.onReject({ line, column: 'device', value: '', reason: 'the device has no name' });
      } else if (!this.options.devices || this.options.devices.includes(id)) {
        this.sample(architecture, this.numberOf(id), record, long.latency, long.toMs, line);
      }
      return;
    }
    for (const { id, column, toMs } of devices) {
      if (record[column] === '') this.missing++;
      else this.sample(architecture, this.numberOf(id), record, column, toMs, line);
    }
  }

  finish(): Omit<ReadResult, 'sha256'> {
    if (!this.columns)
      throw new InputError('the file is empty; its first line must name the columns', { file: this.file });
    const devices = [...this.deviceIds.keys()];
    const absent = this.options.devices?.find((id) => !this.deviceIds.has(id));
    if (absent !== undefined) {
      throw new InputError(`no rows for device ${quote(absent)}`, { file: this.file, column: 'device' });
    }
    return { table: this.table, devices, rows: this.rows, missing: this.missing };
  }

  private numberOf(id: string): number {
    let number = this.deviceIds.get(id);
    if (number === undefined) {
      number = this.deviceIds.size;
      this.deviceIds.set(id, number);
    }
    return number;
  }

  private sample(
    architecture: Uint8Array,
    device: number,
    record: readonly string[],
    column: number,
    toMs: number,
    line: number,
  ): void {
    const text = record[column];
    const name = this.columns?.header[column];
    const latencyMs = Number(text) * toMs;
    if (text.trim() === '' || !Number.isFinite(latencyMs) || latencyMs <= 0) {
      this.options.onReject({
        line,
        column: name,
        value: text,
        reason: 'a latency must be a finite number above 0',
      });
      return;
    }
    const added = this.table.add(architecture, device, latencyMs, line, this.options.duplicates === 'mean');
    if (added.kind === 'conflict') {
      const reason = `the same architecture and device had ${added.firstMs} ms in line ${added.firstLine}; keep one, or average them with --duplicates mean`;
      this.options.onReject({ line, column: name, value: text, reason });
    }
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    throw new InputError('there is no such file', { file });
  }
}

/** What a failed stream means for the person who gave the file. */
function explained(error: unknown, file: string): unknown {
  if (error instanceof InputError) return error;
  if (error instanceof CsvError) return new InputError(`not readable as CSV: ${error.message}`, { file });
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code.startsWith('Z_')) return new InputError('the gzip data is damaged or cut off', { file });
  if (code === 'EISDIR') return new InputError('this is a folder, not a file', { file });
  return error;
}
