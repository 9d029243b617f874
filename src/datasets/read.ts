import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { endsIn } from '../base/file-ending.js';
import { CSV_OPTIONS, type ParsedRow, rowPlacer, unreadableCsv } from './csv.js';
import { type ReadRows, type RowOptions, RowReader } from './row-reader.js';

export interface DatasetReadOptions extends RowOptions {
  /** Called from time to time with the number of bytes read so far. */
  readonly onProgress?: (bytes: number, total: number) => void;
}

export interface ReadResult extends ReadRows {
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
}

/**
 * Reads a CSV of measurements (UTF-8, `.csv` or `.csv.gz`, wide or long) as a stream.
 *
 * @throws InputError if the file as a whole cannot be used: it is missing, has broken gzip data, quotes or
 *   header, has no rows, or has nothing about a requested device
 */
export async function readSamples(file: string, options: DatasetReadOptions): Promise<ReadResult> {
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
  const placed = rowPlacer();
  const sink = new Writable({
    objectMode: true,
    write(row: ParsedRow, _encoding, done) {
      try {
        const { record, line } = placed(row);
        rows.read(record, line);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    final(done) {
      try {
        rows.begin();
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
  try {
    const source = createReadStream(file);
    if (endsIn(file, '.gz')) await pipeline(source, counted, createGunzip(), parser, sink);
    else await pipeline(source, counted, parser, sink);
  } catch (error) {
    throw unreadableCsv(error, file);
  }
  return { ...rows.finish(), sha256: hash.digest('hex') };
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw unreadableCsv(error, file);
  }
}
