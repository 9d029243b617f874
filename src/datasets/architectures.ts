import { InputError } from '../base/errors.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import { architectureReader, BadCell } from './architecture-columns.js';
import { type CsvRow, csvRows } from './csv.js';

/** What a row of a list says: an architecture, or why it is none. */
export type ListedArchitecture = {
  /** As the row has it; of a column per choice, in canonical form where it is one. */
  readonly text: string;
} & ({ readonly architecture: Architecture } | { readonly error: InputError });

/**
 * The rows of a list of architectures: a CSV whose columns hold them as latency files do, other columns being left
 * out, or text with one architecture per line and no header.
 *
 * @param rows as `csvRows` reads them, trimmed
 * @param file named in errors
 * @throws InputError if there is no row, or no column of architectures; a row's own error stands in that row
 */
export async function* listedArchitectures(
  rows: AsyncIterable<CsvRow>,
  file: string,
  space: SearchSpace,
): AsyncGenerator<ListedArchitecture> {
  let read: ((row: CsvRow) => ListedArchitecture) | undefined;
  let count = 0;
  for await (const row of rows) {
    if (read === undefined) {
      const bare = row.record.length === 1 && !isColumn(row.record[0], space);
      const header = bare ? [space.architectureColumns[0]] : row.record.map((name) => name.trim());
      read = rowReader(header, !bare, file, space);
      if (!bare) continue;
    }
    count++;
    yield read(row);
  }
  if (read === undefined) throw new InputError('there is nothing in it', { file });
  if (count === 0) throw new InputError('there is no architecture below the header', { file });
}

/** @param named whether the file has that header */
function rowReader(header: readonly string[], named: boolean, file: string, space: SearchSpace) {
  const read = architectureReader(header, space, (message) => new InputError(message, { file, line: 1 }));
  const column = header.findIndex((name) => isColumn(name, space));
  return ({ record, info: { lines: line } }: CsvRow): ListedArchitecture => {
    try {
      const architecture = read(record);
      return { text: record[column] ?? space.format(architecture), architecture };
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
      const location = { file, line, column: named ? error.column : undefined };
      return { text: record[column] ?? record.join(), error: new InputError(error.message, location) };
    }
  };
}

/**
 * Reads a list of architectures, each once, from a file: `.csv`, `.csv.gz` or bare lines (`listedArchitectures`).
 *
 * @throws InputError if the file cannot be read, else naming the line and column of the first that is none
 */
export async function readArchitectures(file: string, space: SearchSpace): Promise<Architecture[]> {
  const architectures = new Map<string, Architecture>();
  for await (const row of listedArchitectures(csvRows(file, { trim: true }), file, space)) {
    if ('error' in row) throw row.error;
    architectures.set(space.format(row.architecture), row.architecture);
  }
  return [...architectures.values()];
}

function isColumn(name: string, space: SearchSpace): boolean {
  return space.architectureColumns.includes(name.trim());
}
