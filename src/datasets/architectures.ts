import { InputError } from '../base/errors.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import { architectureReader, BadCell } from './architecture-columns.js';
import { type CsvRow, csvRows } from './csv.js';

/** A row of a list: an architecture, or why it is not one. */
export type ListedArchitecture = {
  /** As in the row. From columns of choices: in canonical form if the row is an architecture. */
  readonly text: string;
} & ({ readonly architecture: Architecture } | { readonly error: InputError });

/**
 * The rows of a list of architectures: a CSV with the columns of a latency file (other columns are ignored),
 * or text with one architecture per line and no header.
 *
 * @param rows as `csvRows` reads them, trimmed
 * @param file to name in errors
 * @throws InputError if there are no rows, or no column of architectures; an error in one row is returned
 *   with that row
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

/** @param named whether the file has this header */
function rowReader(header: readonly string[], named: boolean, file: string, space: SearchSpace) {
  const read = architectureReader(header, space, (message) => new InputError(message, { file, line: 1 }));
  const column = header.findIndex((name) => isColumn(name, space));
  return ({ record, line }: CsvRow): ListedArchitecture => {
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
 * Reads a list of distinct architectures from a file: `.csv`, `.csv.gz` or bare lines (see
 * `listedArchitectures`).
 *
 * @throws InputError if the file cannot be read, or naming the line and column of the first row that is no
 *   architecture
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
