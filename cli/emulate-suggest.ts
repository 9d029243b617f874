import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { writeOutput } from '../src/base/write-output.js';
import { Emulator } from '../src/emulate/emulator.js';
import { readRuns } from '../src/emulate/runs.js';
import { type RunSuggestionStrategy, SUGGESTIONS, suggestRuns } from '../src/emulate/suggest.js';
import { RUNS_FILE } from '../src/emulate/train.js';
import { integer } from './options.js';
import { prepareOutput } from './output-file.js';

interface SuggestFlags {
  model: string;
  count: number;
  strategy: RunSuggestionStrategy;
  seed: number;
  out?: string;
}

/** `tempograph emulate suggest`: which runs to make next. */
export function registerEmulateSuggest(command: Command): void {
  command
    .command('suggest')
    .description('suggest which runs to make next, as a CSV of inputs, the most useful first')
    .requiredOption('--model <folder>', 'folder of the emulator')
    .option('--count <n>', 'number of runs to suggest', integer('count', 1), 10)
    .addOption(
      new Option(
        '--strategy <name>',
        'uncertain: where the networks disagree, and far from other runs; space-filling: far from other runs',
      )
        .choices(SUGGESTIONS)
        .default('uncertain'),
    )
    .option('--seed <n>', 'seed of the points considered', integer('seed'), 1)
    .option('--out <file.csv>', 'file to write them to (default: standard output)')
    .addHelpText(
      'after',
      '\nExample:\n  $ tempograph emulate suggest --model models/sim --count 20 --out next.csv',
    )
    .action(suggest);
}

async function suggest({ model, count, strategy, seed, out }: SuggestFlags): Promise<void> {
  if (out !== undefined) await prepareOutput(out, '--out');
  const emulator = await Emulator.load(model);
  try {
    const { inputs, outputs } = emulator.card;
    const names = inputs.map(({ name }) => name);
    const known = await readRuns([join(model, RUNS_FILE)], { inputs: names, outputs });
    const runs = await suggestRuns(emulator, known, { count, strategy, seed });
    const csv = stringify([names, ...runs]);
    if (out === undefined) process.stdout.write(csv);
    else await writeOutput(out, csv);
  } finally {
    await emulator.release();
  }
}
