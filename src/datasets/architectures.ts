import { InputError } from '../errors.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import { architectureReader, BadCell } from './columns.js';
import { type CsvRow, csvRows } from './csv.js';

/**
 * Reads a list of architectures, each once: a CSV (`.csv` or `.csv.gz`) whose columns hold them as latency files do,
 * other columns being left out, or text with one architecture per line and no header.
 *
 * @throws InputError if the file cannot be read, else naming the line and column of the first that is none
 */
export async function readArchitectures(file: string, space: SearchSpace): Promise<Architecture[]> {
  const rows: CsvRow[] = [];
  for await (const row of csvRows(file, { trim: true })) rows.push(row);
  const [first, ...rest] = rows;
  if (!first) throw new InputError('the file is empty', { file });
  const bare = first.record.length === 1 && !isColumn(first.record[0], space);
  const header = bare ? [space.architectureColumns[0]] : first.record.map((name) => name.trim());
  const read = architectureReader(header, space, (message) => new InputError(message, { file, line: 1 }));
  const architectures = new Map<string, Architecture>();
  for (const { record, info } of bare ? [first, ...rest] : rest) {
    try {
      const architecture = read(record);
      architectures.set(space.format(architecture), architecture);
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
      const column = bare ? undefined : error.column;
      throw new InputError(error.message, { file, line: info.lines, column });
    }
  }
  if (architectures.size === 0) throw new InputError('there is no architecture below the header', { file });
  return [...architectures.values()];
}

function isColumn(name: string, space: SearchSpace): boolean {
  return space.architectureColumns.includes(name.trim());
}
