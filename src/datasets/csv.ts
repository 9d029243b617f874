import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CsvError, type Options, parse } from 'csv-parse';
import { InputError } from '../base/errors.js';
import { endsIn } from '../base/file-ending.js';
import { readProblem } from '../base/read-problem.js';

const ENDING = /\.csv(\.gz)?$/i;

/** Whether a path ends in `.csv` or `.csv.gz`. */
export function isCsvFile(file: string): boolean {
  return ENDING.test(file);
}

/** A path without `.csv` or `.csv.gz`. */
export function withoutCsvEnding(file: string): string {
  return file.replace(ENDING, '');
}

/** A row of a CSV. */
export interface CsvRow {
  readonly record: string[];
  /** Where the row begins, counted from 1. */
  readonly line: number;
}

/** A row as csv-parse gives it with `info`. */
export interface ParsedRow {
  readonly record: string[];
  /** `lines`: where the row ends; a line that ends in CR LF inside quotes counts twice. */
  readonly info: { readonly lines: number };
}

/** Finds the line in which each row of a file begins; takes them in order. */
export function rowPlacer(): (row: ParsedRow) => CsvRow {
  let countedTwice = 0;
  return ({ record, info }) => {
    const breaks = record.reduce((sum, field) => sum + (field.match(/[\r\n]/g)?.length ?? 0), 0);
    const line = info.lines - breaks - countedTwice;
    countedTwice += record.reduce((sum, field) => sum + (field.match(/\r\n/g)?.length ?? 0), 0);
    return { record, line };
  };
}

/** How every external CSV is read. A row longer than 1 MiB is taken for a quote that is never closed. */
export const CSV_OPTIONS = {
  bom: true,
  info: true,
  skip_empty_lines: true,
  max_record_size: 2 ** 20,
  // A file may mix them: a program's rows under a header that was edited on Windows.
  record_delimiter: ['\r\n', '\n', '\r'],
} satisfies Options;

/** What is wrong with the length of a row, if anything. */
export function lengthProblem(record: readonly string[], header: readonly string[]): string | undefined {
  if (record.length === header.length) return undefined;
  return `has ${record.length} fields where the header has ${header.length}`;
}

/**
 * Streams the rows of a CSV file (`.csv` or `.csv.gz`), the header first.
 *
 * @throws InputError if the file cannot be read, or is not a CSV
 */
export function csvRows(file: string, options: Options = {}): AsyncGenerator<CsvRow> {
  return csvRowsFrom(createReadStream(file), file, options);
}

/** `csvRows` for a stream. The name tells whether it is gzipped. */
export async function* csvRowsFrom(
  source: Readable,
  file: string,
  options: Options = {},
): AsyncGenerator<CsvRow> {
  const parser = parse({ ...CSV_OPTIONS, ...options });
  // The reader of the parser gets the errors of every part.
  const onEnd = () => {};
  if (endsIn(file, '.gz')) pipeline(source, createGunzip(), parser, onEnd);
  else pipeline(source, parser, onEnd);
  try {
    const placed = rowPlacer();
    for await (const row of parser as AsyncIterable<ParsedRow>) yield placed(row);
  } catch (error) {
    throw unreadableCsv(error, file);
  }
}

/** Why a CSV cannot be read, in words for the user; undefined for other errors. */
export function csvProblem(error: unknown): string | undefined {
  if (error instanceof CsvError) {
    const hint = error.code === 'CSV_MAX_RECORD_SIZE' ? ' (a quote that is never closed?)' : '';
    return `not readable as CSV: ${error.message}${hint}`;
  }
  const { code } = error as NodeJS.ErrnoException;
  return code?.startsWith('Z_') ? 'the gzip data is damaged or cut off' : readProblem(error);
}

/** Turns such an error into an `InputError`, and leaves any other as it is. */
export function unreadableCsv(error: unknown, file: string): unknown {
  const problem = csvProblem(error);
  return problem === undefined ? error : new InputError(problem, { file });
}
