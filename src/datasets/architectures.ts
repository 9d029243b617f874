import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { CsvError, type Info } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { InputError } from '../errors.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import { architectureReader, BadCell } from './columns.js';

/**
 * Reads a list of architectures, each once: a CSV (`.csv` or `.csv.gz`) whose columns hold them as latency files do,
 * other columns being left out, or text with one architecture per line and no header.
 *
 * @throws InputError naming the line and column of the first that is none
 */
export async function readArchitectures(file: string, space: SearchSpace): Promise<Architecture[]> {
  const [first, ...rest] = await rowsOf(file);
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

async function rowsOf(file: string): Promise<{ record: string[]; info: Info }[]> {
  let content: Buffer;
  try {
    content = await readFile(file);
    if (file.endsWith('.gz')) content = gunzipSync(content);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new InputError(missing ? 'there is no such file' : `cannot be read: ${(error as Error).message}`, {
      file,
    });
  }
  try {
    const options = { bom: true, info: true, trim: true, skip_empty_lines: true } as const;
    return parse(content, options) as unknown as { record: string[]; info: Info }[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new InputError(`not readable as CSV: ${error.message}`, { file });
  }
}
