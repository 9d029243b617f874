import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { InputError } from '../src/base/errors.js';
import { EMULATOR_ARCHITECTURES, type EmulatorArchitecture } from '../src/emulate/architecture.js';
import type { EmulatorCard } from '../src/emulate/card.js';
import { inputRanges, nameList, outputList, outputName } from '../src/emulate/columns.js';
import { commandSimulator } from '../src/emulate/command-simulator.js';
import { makeRuns } from '../src/emulate/make-runs.js';
import { FEWEST_RUNS, type Runs, readRuns } from '../src/emulate/runs.js';
import type { Simulator } from '../src/emulate/simulator.js';
import { simulatorNamed, simulators } from '../src/emulate/simulators/registry.js';
import { EMULATOR_OPTIONS, trainEmulator } from '../src/emulate/train.js';
import { registerEmulatePredict } from './emulate-predict.js';
import { registerEmulateSuggest } from './emulate-suggest.js';
import { orInterrupted } from './interruptible.js';
import { integer, nonNegative } from './options.js';
import { prepareFolder } from './output-file.js';
import { percent } from './percent.js';
import { countBar } from './progress.js';
import { plainTable } from './table.js';

interface TrainFlags {
  data?: string[];
  simulator?: string;
  inputs?: string;
  outputs?: string;
  log?: string;
  runs: number;
  timeout?: number;
  retries: number;
  parallel: number;
  name?: string;
  architecture: EmulatorArchitecture;
  steps: number;
  seed: number;
  out: string;
  json?: boolean;
}

/** `tempograph emulate`: networks in place of a slow simulator. */
export function registerEmulate(command: Command): void {
  command
    .command('train', { isDefault: true })
    .description('learn a simulator from its runs (what `emulate` does without a subcommand)')
    .option('--data <file...>', 'CSVs (.csv or .csv.gz) of finished runs')
    .option(
      '--simulator <name>',
      'what makes the runs: a command such as "./sim {a} {b}", or a built-in simulator',
    )
    .option('--inputs <list>', 'columns of --data: a,b; ranges of a command: a=0:1,b=1:1000:log,n=8:64:whole')
    .option(
      '--outputs <list>',
      'columns of --data: total,y1..y250; a range is a curve, and its points share a scale',
    )
    .option('--log <list>', 'inputs and outputs to take the logarithm of, because they span decades')
    .option('--runs <n>', 'runs of the simulator in total', integer('runs', FEWEST_RUNS), 500)
    .option(
      '--timeout <seconds>',
      'seconds after which a run of a command is killed (default: never)',
      nonNegative('timeout'),
    )
    .option('--retries <n>', 'further attempts after a run failed', integer('retries'), 0)
    .option('--parallel <n>', 'runs of a command in parallel', integer('parallel', 1), availableParallelism())
    .option('--name <name>', 'name of the emulator (default: the folder’s name)')
    .addOption(
      new Option(
        '--architecture <name>',
        'fixed: five networks of one architecture; searched: 35 networks drawn from learned probabilities, as in DENSE',
      )
        .choices(Object.keys(EMULATOR_ARCHITECTURES))
        .default('fixed'),
    )
    .option(
      '--steps <n>',
      'training steps of each of its five fits',
      integer('steps', 1),
      EMULATOR_OPTIONS.steps,
    )
    .option('--seed <n>', 'seed of the runs and the training', integer('seed'), 1)
    .requiredOption('--out <folder>', 'folder to write the emulator to')
    .option('--json', 'print the card')
    .addHelpText(
      'after',
      `
The last line of a command's stdout must be JSON: a number, a list, or an object of these, such as
{"total": 1.5, "y": [0.1, 0.2]}. Every run is kept in <folder>/.runs.jsonl as soon as it is made. To continue after an
interruption, give the same command again: runs and finished fits are reused. A greater --runs adds to the same runs.
Failed runs are left out, and tried again the next time.

Examples:
  $ tempograph emulate --data runs.csv --inputs a,b,c --outputs y1..y250 --out models/sim
  $ tempograph emulate --simulator "./sim {a} {b}" --inputs a=0:1,b=1:1000:log --runs 300 --out models/sim
  $ tempograph emulate --simulator thomson-ion --runs 500 --out models/thomson
  $ tempograph emulate predict --model models/sim --at a=0.5,b=20,c=3
  $ tempograph emulate suggest --model models/sim --count 20 --out next.csv`,
    )
    .action((flags: TrainFlags) =>
      orInterrupted('give the same command again to continue: runs and finished fits are kept', (signal) =>
        train(flags, signal),
      ),
    );
  registerEmulatePredict(command);
  registerEmulateSuggest(command);
  command
    .command('simulators')
    .description('list the built-in simulators')
    .action(() => {
      const table = plainTable(['name', 'inputs', 'outputs', 'what it computes', 'source'], {
        wordWrap: true,
      });
      for (const { name, inputs, outputs, description, source } of simulators) {
        const points = outputs.reduce((sum, output) => sum + (output.points ?? 1), 0);
        table.push([name, inputs.length, points, description, source]);
      }
      console.log(table.toString());
    });
}

async function train(flags: TrainFlags, signal: AbortSignal): Promise<void> {
  const { out, seed, steps, data, architecture } = flags;
  const started = performance.now();
  await prepareFolder(out, '--out');
  const { runs, failed } = data
    ? { runs: await runsOf(flags, data), failed: 0 }
    : await simulated(flags, signal);
  if (failed > 0) console.error(`${failed} of ${failed + runs.count} runs failed and are left out`);
  const training = countBar('training, %');
  const card = await trainEmulator(
    out,
    {
      name: flags.name ?? basename(resolve(out)),
      description: `emulator of ${sourceOf(flags)}`,
      source: sourceOf(flags),
      runs,
      failed,
      options: { seed, steps, update: EMULATOR_ARCHITECTURES[architecture] },
    },
    { signal, onProgress: (done) => training.update(Math.round(100 * done), 100) },
  ).finally(training.stop);
  if (flags.json) console.log(JSON.stringify(card, null, 2));
  else printCard(card, out, (performance.now() - started) / 1000);
}

function printCard(
  { scores, data, version, architecture }: EmulatorCard,
  out: string,
  seconds: number,
): void {
  console.log(
    `${out}: version ${version}, ${data.runs} runs, ${architecture.networks} networks, ${seconds.toFixed(1)} s`,
  );
  const table = plainTable(['output', 'error on new runs, share of their std', 'variance explained']);
  for (const { output, error } of scores)
    table.push([outputName(output), percent(error), percent(1 - error ** 2)]);
  console.log(table.toString());
}

const sourceOf = ({ data, simulator }: TrainFlags) => data?.join(', ') ?? simulator ?? '';

function runsOf({ inputs, outputs, log, simulator }: TrainFlags, data: readonly string[]): Promise<Runs> {
  if (simulator !== undefined) {
    throw new InputError('runs are read from --data or made by --simulator, not both', {
      field: '--simulator',
    });
  }
  if (inputs === undefined) throw new InputError('name the input columns', { field: '--inputs' });
  if (outputs === undefined) throw new InputError('name the output columns', { field: '--outputs' });
  return readRuns(data, {
    inputs: nameList(inputs, '--inputs'),
    outputs: outputList(outputs, '--outputs'),
    logs: log === undefined ? [] : nameList(log, '--log'),
  });
}

async function simulated(flags: TrainFlags, signal: AbortSignal): Promise<{ runs: Runs; failed: number }> {
  const { log, runs, seed, parallel, out } = flags;
  const simulator = simulatorOf(flags);
  const bar = countBar('runs');
  return makeRuns({
    simulator,
    logs: log === undefined ? [] : nameList(log, '--log'),
    runs,
    seed,
    parallel,
    journal: join(out, '.runs.jsonl'),
    signal,
    onProgress: (done, all) => bar.update(done, all),
  }).finally(bar.stop);
}

function simulatorOf({ simulator, inputs, outputs, timeout, retries }: TrainFlags): Simulator {
  if (simulator === undefined) {
    throw new InputError('give runs with --data, or with --simulator a program that makes them');
  }
  if (outputs !== undefined) {
    throw new InputError('a simulator names its outputs itself', { field: '--outputs' });
  }
  const ranges = inputs === undefined ? undefined : inputRanges(inputs, '--inputs');
  if (!simulator.includes('{')) {
    const known = simulatorNamed(simulator);
    const unknown = ranges?.find(({ name }) => !known.inputs.some((input) => input.name === name));
    if (unknown) {
      const names = known.inputs.map(({ name }) => name).join(', ');
      throw new InputError(`${simulator} has no input ${unknown.name}; it has ${names}`, {
        field: '--inputs',
      });
    }
    const given = new Map(ranges?.map((range) => [range.name, range]));
    return { ...known, inputs: known.inputs.map((input) => ({ ...input, ...given.get(input.name) })) };
  }
  if (!ranges)
    throw new InputError('give the range of each input: a=0:1,b=1:1000:log', {
      field: '--inputs',
    });
  const timeoutMs = timeout === undefined ? undefined : 1000 * timeout;
  return commandSimulator({ command: simulator, inputs: ranges, timeoutMs, retries });
}
