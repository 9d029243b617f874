import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply } from 'fastify';
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { FileFormat } from '../../api/downloads.js';
import { LATENCY, type Metric } from '../../src/metrics/metric.js';

const MEDIA_TYPES: Record<FileFormat, string> = {
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};

/** A column of a table, with a Parquet type. */
export interface Column<Row> {
  readonly name: string;
  readonly type: 'STRING' | 'DOUBLE' | 'INT64' | 'BOOLEAN' | 'TIMESTAMP' | 'JSON';
  value(row: Row): string | number | boolean | Date | object | null | undefined;
}

export interface Table<Row> {
  /** Name of the file, without its ending. */
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  /** The rows in lots; in a Parquet file each lot is a row group. */
  readonly rows: AsyncIterable<readonly Row[]>;
}

/**
 * Answers with a table as a file, written while its rows are read. The answer begins with the first rows, so a failure
 * to read them is still answered as an error; a later failure breaks the connection. For HEAD no row is read.
 */
export async function sendTable<Row>(
  reply: FastifyReply,
  format: FileFormat,
  { name, columns, rows }: Table<Row>,
): Promise<Readable> {
  const iterator = rows[Symbol.asyncIterator]();
  // Fastify answers HEAD by reading the whole body.
  const isHead = reply.request.method === 'HEAD';
  const first = isHead ? ({ done: true, value: undefined } as const) : await iterator.next();
  async function* all() {
    for (let lot = first; !lot.done; lot = await iterator.next()) yield lot.value;
  }
  const write = format === 'csv' ? csv : parquet;
  reply.type(MEDIA_TYPES[format]).header('content-disposition', attachment(`${name}.${format}`));
  return Readable.from(write(columns, all()));
}

/** First part of the names of files about a device's metric: `board`, `board-energy`. */
export function fileNameOf(device: string, metric: Metric): string {
  return metric.name === LATENCY.name ? device : `${device}-${metric.name}`;
}

/** Header that saves an answer as a file; headers are ASCII, so other names are also given encoded (RFC 6266, RFC 8187). */
export function attachment(file: string): string {
  const plain = file.replace(/[^\x20-\x7e]|["\\]/g, '_');
  if (plain === file) return `attachment; filename="${file}"`;
  const encoded = encodeURIComponent(Buffer.from(file).toString()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

async function* csv<Row>(
  columns: readonly Column<Row>[],
  lots: AsyncIterable<readonly Row[]>,
): AsyncGenerator<string> {
  yield stringify([columns.map(({ name }) => name)]);
  for await (const rows of lots) {
    yield stringify(rows.map((row) => columns.map((column) => text(column.value(row)))));
  }
}

function text(value: ReturnType<Column<never>['value']>): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

async function* parquet<Row>(
  columns: readonly Column<Row>[],
  lots: AsyncIterable<readonly Row[]>,
): AsyncGenerator<Uint8Array> {
  const columnData = columns.map(({ name, type }) => ({ name, type, data: [] as unknown[] }));
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema: schemaFromColumnData({ columnData }),
    createdBy: 'tempograph',
  });
  for await (const rows of lots) {
    if (rows.length === 0) continue;
    const lot = columns.map((column) => ({
      name: column.name,
      data: rows.map((row) => inParquet(column.type, column.value(row))),
    }));
    file.write({ columnData: lot, rowGroupSize: rows.length });
    yield written(writer);
  }
  file.finish();
  yield written(writer);
}

function inParquet(type: Column<never>['type'], value: ReturnType<Column<never>['value']>): unknown {
  if (value === null || value === undefined) return null;
  return type === 'INT64' ? BigInt(value as number) : value;
}

/** Returns what has been written since the last call, and empties the writer's buffer. */
function written(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice();
  writer.index = 0;
  return bytes;
}
