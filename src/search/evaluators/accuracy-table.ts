import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { decimalNumber } from '../../base/decimal.js';
import { InputError, quote } from '../../base/errors.js';
import { architectureReader, BadCell } from '../../datasets/architecture-columns.js';
import { csvRowsFrom } from '../../datasets/csv.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';
import type { Evaluator } from './evaluator.js';

/** Values of trained networks, from a file. */
export interface ArchitectureTable {
  readonly architectures: readonly Architecture[];
  /** `[architecture]` by column, in the file's units. */
  readonly values: Readonly<Record<string, Float64Array>>;
}

/** A file and one of its columns: `accuracy.csv.gz:cifar100_test_200ep`. */
export interface ColumnReference {
  readonly file: string;
  readonly column: string;
}

/** @throws InputError if the text does not have this form */
export function columnReference(text: string, field: string): ColumnReference {
  const at = text.lastIndexOf(':');
  if (at <= 0 || at === text.length - 1) {
    throw new InputError(`${quote(text)} does not say <file>:<column>, as in accuracy.csv.gz:test_accuracy`, {
      field,
    });
  }
  return { file: text.slice(0, at), column: text.slice(at + 1) };
}

/**
 * Reads columns of a CSV (`.csv` or `.csv.gz`) of architectures. Rows with an empty cell in one of the
 * columns are skipped; an architecture that appears several times gets the mean.
 *
 * @throws InputError that names the line and column of an unreadable value
 */
export async function readArchitectureTable(
  file: string,
  space: SearchSpace,
  columns: readonly string[],
): Promise<ArchitectureTable> {
  return readTableFrom(createReadStream(file), file, space, columns);
}

/**
 * Reads such a table from a stream. The name tells whether it is gzipped.
 *
 * @throws InputError that names the file, line and column of an unreadable value
 */
export async function readTableFrom(
  source: Readable,
  file: string,
  space: SearchSpace,
  columns: readonly string[],
  mostRows = Number.POSITIVE_INFINITY,
): Promise<ArchitectureTable> {
  let rows = 0;
  let read: ((record: readonly string[], line: number) => void) | undefined;
  const samples = new Map<string, { architecture: Architecture; sums: number[]; count: number }>();
  for await (const { line, record } of csvRowsFrom(source, file)) {
    if (rows++ > mostRows) {
      throw new InputError(`the table has more than ${mostRows} rows`, { file, line });
    }
    if (read) read(record, line);
    else read = rowReader(record, file, space, columns, samples);
  }
  if (samples.size === 0) throw new InputError(`there is no row with ${columns.join(' and ')}`, { file });
  const all = [...samples.values()];
  return {
    architectures: all.map(({ architecture }) => architecture),
    values: Object.fromEntries(
      columns.map((name, k) => [name, Float64Array.from(all, ({ sums, count }) => sums[k] / count)]),
    ),
  };
}

/** Adds a file's rows to the samples. */
function rowReader(
  header: readonly string[],
  file: string,
  space: SearchSpace,
  columns: readonly string[],
  samples: Map<string, { architecture: Architecture; sums: number[]; count: number }>,
): (record: readonly string[], line: number) => void {
  const names = header.map((name) => name.trim());
  const wrong = (message: string) => new InputError(message, { file, line: 1 });
  const architectureOf = architectureReader(names, space, wrong);
  const positions = columns.map((name) => names.indexOf(name));
  const missing = positions.indexOf(-1);
  if (missing >= 0)
    throw wrong(`there is no column ${quote(columns[missing])}; the file has ${names.join(', ')}`);
  return (record, line) => {
    const cells = positions.map((position) => record[position].trim());
    if (cells.includes('')) return;
    const values = cells.map((cell, k) => {
      const value = decimalNumber(cell);
      if (Number.isFinite(value)) return value;
      throw new InputError(`${quote(cell)} is not a finite decimal number`, {
        file,
        line,
        column: columns[k],
      });
    });
    const architecture = architectureIn(record, line);
    const key = space.format(architecture);
    const known = samples.get(key);
    if (!known) {
      samples.set(key, { architecture, sums: values, count: 1 });
      return;
    }
    known.count++;
    values.forEach((value, k) => {
      known.sums[k] += value;
    });
  };

  function architectureIn(record: readonly string[], line: number): Architecture {
    try {
      return architectureOf(record);
    } catch (error) {
      if (error instanceof BadCell) throw new InputError(error.message, { file, line, column: error.column });
      throw error;
    }
  }
}

/**
 * An evaluator that looks accuracies up in a table.
 *
 * @param accuracy `[architecture]`, in the order of the table's architectures
 */
export function tableEvaluator(
  space: SearchSpace,
  architectures: readonly Architecture[],
  accuracy: Float64Array,
): Evaluator {
  const rows = new Map(architectures.map((architecture, i) => [space.format(architecture), i]));
  return {
    async evaluate(architecture) {
      const row = rows.get(space.format(architecture));
      return row === undefined ? { error: 'the table does not have it' } : { accuracy: accuracy[row] };
    },
  };
}
