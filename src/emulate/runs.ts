import { InputError, quote } from '../base/errors.js';
import { type CsvRow, csvRows } from '../datasets/csv.js';
import { outputColumns } from './columns.js';
import type { SimulatorInput, SimulatorOutput } from './simulator.js';

/** Runs of a simulator: its inputs and what it answered. */
export interface Runs {
  /** `low` and `high` are the smallest and largest values that were run. */
  readonly inputs: readonly SimulatorInput[];
  readonly outputs: readonly SimulatorOutput[];
  readonly count: number;
  /** `[run, input]`, row-major. */
  readonly x: Float64Array;
  /** `[run, output column]`, row-major. */
  readonly y: Float64Array;
}

/** Fewest runs from which an emulator is learned. */
export const FEWEST_RUNS = 20;

/** Which columns of a CSV are inputs, and which are outputs. */
export interface ColumnChoice {
  readonly inputs: readonly string[];
  readonly outputs: readonly SimulatorOutput[];
  /** Names of inputs and outputs that are taken as logarithms. */
  readonly logs?: readonly string[];
}

/**
 * Reads runs from CSVs (`.csv` or `.csv.gz`) with a column per input and per number of the outputs; other
 * columns are ignored.
 *
 * @throws InputError that names the file, line and column of a value that cannot be learned from
 */
export async function readRuns(files: readonly string[], choice: ColumnChoice): Promise<Runs> {
  return runsFrom(
    files.map((file) => ({ file, rows: csvRows(file) })),
    choice,
  );
}

/** `readRuns` for files that are already open. */
export async function runsFrom(
  sources: readonly { readonly file: string; readonly rows: AsyncIterable<CsvRow> }[],
  choice: ColumnChoice,
): Promise<Runs> {
  const outputs = withLogs(choice.outputs, choice.logs);
  const columns = [...choice.inputs, ...outputColumns(outputs)];
  const width = choice.inputs.length;
  const [x, y]: [number[], number[]] = [[], []];
  const places: RunPlace[] = [];
  for (const { file, rows: read } of sources) {
    let positions: number[] | undefined;
    for await (const { line, record } of read) {
      if (!positions) positions = positionsOf(columns, record, file);
      else {
        for (const [k, position] of positions.entries()) {
          (k < width ? x : y).push(numberIn(record[position], file, line, columns[k]));
        }
        places.push({ file, line });
      }
    }
  }
  const count = places.length;
  const inputs = withLogs(
    choice.inputs.map((name, k) => {
      const values = columnOf(x, count, k);
      return { name, low: least(values), high: most(values) };
    }),
    choice.logs,
  );
  unknownLogs(choice.logs ?? [], [...inputs, ...outputs]);
  const runs: Runs = {
    inputs,
    outputs,
    count,
    x: Float64Array.from(x),
    y: Float64Array.from(y),
  };
  checkRuns(runs, places);
  return runs;
}

const least = (values: Float64Array) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const most = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

/** @param values `[run, column]` */
function columnOf(values: ArrayLike<number>, runs: number, column: number): Float64Array {
  const width = values.length / runs;
  return Float64Array.from({ length: runs }, (_, run) => values[run * width + column]);
}

/** Marks the inputs or outputs that are taken as logarithms. */
export function withLogs<T extends { readonly name: string }>(
  of: readonly T[],
  logs: readonly string[] = [],
): T[] {
  return of.map((each) => (logs.includes(each.name) ? { ...each, log: true } : each));
}

function unknownLogs(logs: readonly string[], known: readonly { readonly name: string }[]): void {
  const unknown = logs.find((name) => !known.some((each) => each.name === name));
  if (unknown === undefined) return;
  throw new InputError(`${quote(unknown)} is neither an input nor an output`, { field: '--log' });
}

function positionsOf(columns: readonly string[], header: readonly string[], file: string): number[] {
  const names = header.map((name) => name.trim());
  // If two columns share a name, the first counts.
  const positions = new Map(names.map((name, k) => [name, k] as const).reverse());
  return columns.map((column) => {
    const position = positions.get(column);
    if (position === undefined) {
      throw new InputError(
        `there is no column ${quote(column)}; the file has ${quote(names.join(', '), 200)}`,
        {
          file,
          line: 1,
        },
      );
    }
    return position;
  });
}

function numberIn(cell: string, file: string, line: number, column: string): number {
  const value = Number(cell);
  if (cell.trim() !== '' && Number.isFinite(value)) return value;
  throw new InputError(`${cell.trim() === '' ? 'an empty cell' : quote(cell)} is not a finite number`, {
    file,
    line,
    column,
  });
}

/** The place of a run, for messages. */
interface RunPlace {
  readonly file: string;
  readonly line: number;
}

/**
 * Refuses runs from which nothing can be learned.
 *
 * @throws InputError if there are too few, if an input or an output never changes, or if a value to be taken
 *   as a logarithm is not positive
 */
export function checkRuns({ inputs, outputs, count, x, y }: Runs, places: readonly RunPlace[] = []): void {
  const file = places[0]?.file;
  if (count < FEWEST_RUNS) {
    throw new InputError(
      `${count} runs are too few to learn a simulator from: make at least ${FEWEST_RUNS}`,
      { file },
    );
  }
  const refuseLog = (values: Float64Array, column: string) => {
    const run = values.findIndex((value) => value <= 0);
    if (run < 0) return;
    throw new InputError(`${values[run]} has no logarithm: leave ${column} out of the logarithms`, {
      ...places[run],
      column,
    });
  };
  for (const [k, { name, log }] of inputs.entries()) {
    const values = columnOf(x, count, k);
    if (least(values) === most(values)) {
      throw new InputError(`the input is ${values[0]} in every run: leave it out`, { file, column: name });
    }
    if (log) refuseLog(values, name);
  }
  const columns = outputColumns(outputs);
  let from = 0;
  for (const { name, points = 1, log } of outputs) {
    let changes = false;
    for (let k = from; k < from + points; k++) {
      const values = columnOf(y, count, k);
      changes ||= least(values) !== most(values);
      if (log) refuseLog(values, columns[k]);
    }
    if (!changes) throw new InputError('the output is the same in every run', { file, column: name });
    from += points;
  }
}
