import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CsvError, type Options, parse } from 'csv-parse';
import { InputError } from '../base/errors.js';
import { endsIn } from '../base/file-ending.js';
import { readProblem } from '../base/read-problem.js';

const ENDING = /\.csv(\.gz)?$/i;

/** Whether a file's name says that it is a CSV: `.csv` or `.csv.gz`. */
export function isCsvFile(file: string): boolean {
  return ENDING.test(file);
}

/** A CSV's path without `.csv` or `.csv.gz`. */
export function withoutCsvEnding(file: string): string {
  return file.replace(ENDING, '');
}

/** A row of a CSV. */
export interface CsvRow {
  readonly record: string[];
  /** `lines`: the line that it ends in, the first being 1. */
  readonly info: { readonly lines: number };
}

/** How every CSV from outside is read. A row longer than a mebibyte is a quote that is never closed, not a row. */
export const CSV_OPTIONS = {
  bom: true,
  info: true,
  skip_empty_lines: true,
  max_record_size: 2 ** 20,
  // A file may mix them: a header that was edited on Windows over rows of a program's.
  record_delimiter: ['\r\n', '\n', '\r'],
} satisfies Options;

/**
 * The rows of a CSV file (`.csv` or `.csv.gz`), its header the first, as they are read.
 *
 * @throws InputError if the file cannot be read, or is no CSV
 */
export function csvRows(file: string, options: Options = {}): AsyncGenerator<CsvRow> {
  return csvRowsFrom(createReadStream(file), file, options);
}

/** As `csvRows`, from a stream; gzip is told by the name. */
export async function* csvRowsFrom(
  source: Readable,
  file: string,
  options: Options = {},
): AsyncGenerator<CsvRow> {
  const parser = parse({ ...CSV_OPTIONS, ...options });
  // Whoever reads from the parser gets the error of any part.
  const onEnd = () => {};
  if (endsIn(file, '.gz')) pipeline(source, createGunzip(), parser, onEnd);
  else pipeline(source, parser, onEnd);
  try {
    yield* parser as AsyncIterable<CsvRow>;
  } catch (error) {
    throw unreadableCsv(error, file);
  }
}

/** What a failure to read a CSV means for the person who gave it; undefined for other errors. */
export function csvProblem(error: unknown): string | undefined {
  if (error instanceof CsvError) {
    const hint = error.code === 'CSV_MAX_RECORD_SIZE' ? ' (a quote that is never closed?)' : '';
    return `not readable as CSV: ${error.message}${hint}`;
  }
  const { code } = error as NodeJS.ErrnoException;
  return code?.startsWith('Z_') ? 'the gzip data is damaged or cut off' : readProblem(error);
}

/** Such a failure as an InputError; any other error as it is. */
export function unreadableCsv(error: unknown, file: string): unknown {
  const problem = csvProblem(error);
  return problem === undefined ? error : new InputError(problem, { file });
}
