import type { Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { InputError } from '../src/base/errors.js';
import { writeOutput } from '../src/base/write-output.js';
import { outputColumns } from '../src/emulate/columns.js';
import { type Emulation, Emulator } from '../src/emulate/emulator.js';
import { inputsAt, readInputs } from '../src/emulate/query.js';
import { prepareOutput } from './output-file.js';
import { plainTable } from './table.js';

interface PredictFlags {
  model: string;
  at?: string;
  out?: string;
  plot?: string;
  json?: boolean;
}

/** Most rows of a table on a terminal; --out writes all of them. */
const MOST_ROWS = 40;

/** `tempograph emulate predict`: asks an emulator. */
export function registerEmulatePredict(command: Command): void {
  command
    .command('predict [inputs]')
    .description('answer in place of the simulator: mean, spread and 90 % interval')
    .requiredOption('--model <folder>', 'folder of the emulator')
    .option('--at <values>', 'inputs of a single run, as a=1,b=2, instead of a CSV with a column for each')
    .option('--out <file.csv>', 'write the inputs, and each output with its _low, _high and _spread')
    .option('--plot <file.svg>', 'draw the curves of the first run with their 90 % bands')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  $ tempograph emulate predict --model models/sim --at a=0.5,b=20,c=3
  $ tempograph emulate predict inputs.csv --model models/sim --out answers.csv`,
    )
    .action(predict);
}

async function predict(file: string | undefined, flags: PredictFlags): Promise<void> {
  for (const field of ['out', 'plot'] as const) {
    const path = flags[field];
    if (path !== undefined) await prepareOutput(path, `--${field}`);
  }
  const emulator = await Emulator.load(flags.model);
  try {
    const { card } = emulator;
    if ((file === undefined) === (flags.at === undefined)) {
      throw new InputError('give either a CSV of inputs or --at');
    }
    const asked =
      file === undefined ? [inputsAt(flags.at!, card.inputs, '--at')] : await readInputs(file, card.inputs);
    const emulation = await emulator.emulate(Float64Array.from(asked.flat()));
    for (const [run, x] of asked.entries()) {
      const outside = emulator.outside(x);
      if (outside.length > 0) {
        console.error(
          `run ${run + 1}: ${outside.join(', ')} outside of the range of the runs; the answer is a guess`,
        );
      }
    }
    const rows = rowsOf(asked, emulation);
    const columns = outputColumns(card.outputs);
    if (flags.out !== undefined) await writeOutput(flags.out, csvOf(card.inputs, columns, rows));
    if (flags.plot !== undefined) {
      if (card.outputs.every(({ points }) => points === undefined)) {
        throw new InputError('the emulator has no curve among its outputs', { field: '--plot' });
      }
      const { emulatedCurvePlot } = await import('../src/emulate/curve-plot.js');
      const at = card.inputs.map(({ name }, k) => `${name} ${Number(asked[0][k].toPrecision(4))}`).join(', ');
      await writeOutput(flags.plot, emulatedCurvePlot(card, emulation, 0, at));
    }
    if (flags.json) {
      const runs = rows.map(({ x, values }) => ({
        inputs: Object.fromEntries(card.inputs.map(({ name }, k) => [name, x[k]])),
        outside: emulator.outside(x),
        outputs: Object.fromEntries(columns.map((name, k) => [name, values[k]])),
      }));
      console.log(
        JSON.stringify({ emulator: card.name, version: card.version, level: card.level, runs }, null, 2),
      );
    } else if (flags.out === undefined) print(columns, rows);
  } finally {
    await emulator.release();
  }
}

interface Answer {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly spread: number;
}

function rowsOf(asked: readonly number[][], emulation: Emulation): { x: number[]; values: Answer[] }[] {
  const columns = emulation.mean.length / asked.length;
  return asked.map((x, run) => ({
    x,
    values: Array.from({ length: columns }, (_, k) => {
      const i = run * columns + k;
      const { mean, low, high, spread } = emulation;
      return { mean: mean[i], low: low[i], high: high[i], spread: spread[i] };
    }),
  }));
}

function csvOf(
  inputs: readonly { readonly name: string }[],
  columns: readonly string[],
  rows: readonly { readonly x: readonly number[]; readonly values: readonly Answer[] }[],
): string {
  const ends = ['', '_low', '_high', '_spread'].flatMap((end) => columns.map((name) => name + end));
  const body = rows.map(({ x, values }) => [
    ...x,
    ...(['mean', 'low', 'high', 'spread'] as const).flatMap((what) => values.map((value) => value[what])),
  ]);
  return stringify([[...inputs.map(({ name }) => name), ...ends], ...body]);
}

function print(columns: readonly string[], rows: readonly { readonly values: readonly Answer[] }[]): void {
  const table = plainTable(['run', 'output', 'mean', '90 % lie between', 'spread']);
  const all = rows.flatMap(({ values }, run) =>
    values.map((value, k) => ({ run, name: columns[k], ...value })),
  );
  const digits = (value: number) => value.toPrecision(4);
  for (const { run, name, mean, low, high, spread } of all.slice(0, MOST_ROWS)) {
    table.push([run + 1, name, digits(mean), `${digits(low)} – ${digits(high)}`, digits(spread)]);
  }
  console.log(table.toString());
  if (all.length > MOST_ROWS) console.log(`${all.length - MOST_ROWS} more; --out writes them all`);
}
