import { type Command, Option } from 'commander';
import { InputError } from '../src/base/errors.js';
import type { Samples } from '../src/datasets/samples.js';
import { type MeanAndStd, plusMinus } from '../src/predictors/metrics.js';
import type { ModelCard } from '../src/predictors/saved/card.js';
import { transferMethods } from '../src/predictors/transfer/methods.js';
import { TRIVIAL, type TransferScores } from '../src/predictors/transfer/protocol.js';
import { SELECTION_STRATEGIES, type SelectionStrategy } from '../src/predictors/transfer/selection.js';
import { loadTarget } from '../src/predictors/transfer/target.js';
import type { Transfer } from '../src/predictors/transfer/transfer.js';
import { spaceNamed } from '../src/spaces/registry.js';
import { warnOfCoverage } from './coverage.js';
import { integer, spaceOption } from './options.js';
import { prepareFolder } from './output-file.js';
import { percent } from './percent.js';
import { countBar } from './progress.js';
import { learnSources, readSources, type SourceFlags, sourceOptions } from './sources.js';
import { plainTable } from './table.js';

interface TransferFlags extends SourceFlags {
  target: string[];
  device: string;
  samples?: number[];
  seeds: number;
  strategy: SelectionStrategy;
  methods: string[];
  json?: boolean;
  out?: string;
}

const METHODS = transferMethods
  .map(({ name, description }) => `  ${name.padEnd(10)} ${description}`)
  .join('\n');

/** `tempograph transfer`: learns a new device from a few samples and the devices already known. */
export function registerTransfer(command: Command): void {
  command
    .requiredOption('--target <file...>', "latency CSVs with the new device's measurements")
    .requiredOption('--device <name>', 'name of the new device in those files')
    .addOption(spaceOption())
    .addOption(
      new Option(
        '--samples <n...>',
        'numbers of its measurements to learn from; the rest are the test',
      ).argParser((text: string, all: number[] | undefined) => [...(all ?? []), integer('samples', 3)(text)]),
    )
    .option('--seeds <n>', 'repetitions, each with its own choice of samples', integer('seeds', 1), 10)
    .addOption(
      new Option('--strategy <name>', 'how the samples are chosen')
        .choices(SELECTION_STRATEGIES)
        .default('reference'),
    )
    .addOption(
      new Option('--methods <name...>', 'methods to compare, see below')
        .choices(transferMethods.map((m) => m.name))
        .default(
          transferMethods.map((m) => m.name),
          'all',
        ),
    )
    .option(
      '--out <folder>',
      'folder to write the combined predictor to, for `tempograph serve` and `predict`',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Trains one network on all source devices. Then every method learns the new device from each number of samples and is
scored on the other measurements. Without --samples nothing is scored: the combined predictor learns from all
measurements and is written to --out.

Methods:
${METHODS}

Examples:
  $ tempograph transfer --data sources.csv.gz --target new.csv.gz --space nasbench201 --device new_board --samples 10 --seeds 10 --json
  $ tempograph transfer --data sources.csv.gz latbench.csv.gz:pruned --target ten.csv forty.csv --device new_board --out models/new_board`,
    )
    .action(runTransfer);
  for (const option of sourceOptions()) command.addOption(option);
}

async function runTransfer(flags: TransferFlags): Promise<void> {
  const space = spaceNamed(flags.space);
  if (flags.samples === undefined && flags.out === undefined) {
    throw new InputError(
      'give numbers of samples to compare methods with --samples, or a folder for the predictor with --out',
      {
        field: '--samples',
      },
    );
  }
  const { device } = flags;
  const target = await loadTarget(flags.target, { ...flags, space });
  const { samples, facts, data } = target;
  const count = samples.values.length;
  const most = Math.max(...(flags.samples ?? [3]));
  if (count < most + (flags.samples ? 2 : 0)) {
    throw new InputError(
      flags.samples
        ? `${device} has ${count} usable measurements; ${most} to learn from and two to test are needed (without --samples it learns from all)`
        : `${device} has ${count} usable measurements; ${most} to learn from are needed`,
      { file: flags.target.join(' '), field: flags.samples ? '--samples' : undefined },
    );
  }
  const sources = await readSources(space, flags, device);
  if (sources.length === 0) {
    throw new InputError('there is no source device; name a file with other devices', { field: '--data' });
  }
  const deadOperations = flags.deadOps ?? target.deadOperations ?? 'timed';
  if (flags.out !== undefined) await prepareFolder(flags.out, '--out');
  const transfer = await learnSources(space, sources, deadOperations, flags);
  try {
    const results = flags.samples ? await compared(transfer, samples, flags, flags.samples) : [];
    if (flags.json) console.log(JSON.stringify({ results }, null, 2));
    else if (flags.samples) console.log(resultTable(results));
    warnOfScores(results, device, count);
    if (flags.out !== undefined) {
      const { strategy, seed } = flags;
      const count = flags.samples && most;
      const card = await transfer.learn(flags.out, { device, facts, data, samples, count, strategy, seed });
      console.error(`${flags.out}: ${device} from ${card.data.train} samples, version ${card.version}`);
      console.error(intervalLine(card));
      warnOfCoverage(device, card.scores.test);
    }
  } finally {
    await transfer.release();
  }
}

/** Compares methods, each with several numbers of samples, and shows a bar. */
async function compared(
  transfer: Transfer,
  measured: Samples,
  { device, methods: named, seeds, seed, strategy }: TransferFlags,
  samples: readonly number[],
): Promise<TransferScores[]> {
  const methods = transferMethods.filter(({ name }) => named.includes(name));
  const bar = countBar('learning the new device, trials');
  const trials = methods.length * seeds * samples.length;
  let done = 0;
  const protocol = {
    device,
    samples,
    seeds: Array.from({ length: seeds }, (_, i) => seed + i),
    strategy,
    methods,
    onTrial: () => bar.update(++done, trials),
  };
  return transfer.evaluate(measured, protocol).finally(bar.stop);
}

/** Warns of unreliable intervals, and of a device on which simple methods do as well. */
function warnOfScores(results: readonly TransferScores[], device: string, measured: number): void {
  for (const { method, samples, coverage90 } of results) {
    if (!coverage90) continue;
    warnOfCoverage(`${method} from ${samples}`, { coverage90: coverage90.mean, samples: measured - samples });
  }
  if (results.some(({ additivity }) => additivity >= TRIVIAL)) {
    console.error(
      `trivial benchmark: a linear model of operation counts explains ${device} (R² ${results[0].additivity.toFixed(3)})`,
    );
  }
}

function intervalLine({ interval, scores: { test } }: ModelCard): string {
  if (!interval) return 'no intervals: fewer than 9 samples to calibrate them';
  const { low, high } = interval.typical;
  const covered =
    test?.coverage90 === undefined
      ? ''
      : `; they cover ${percent(test.coverage90)} of the ${test.samples} others`;
  return `90 % intervals reach from ${low.toFixed(2)} to ${high.toFixed(2)} times the prediction, typically${covered}`;
}

function resultTable(results: readonly TransferScores[]): string {
  const head = ['method', 'samples', 'Spearman', '±10 %', 'adapt s', '90 % interval covers', 'width'];
  const table = plainTable(head);
  const share = (score: MeanAndStd) => plusMinus(score, 1, 100);
  for (const r of results) {
    table.push([
      r.method,
      r.samples,
      plusMinus(r.spearman, 3),
      share(r.within10),
      r.adaptSeconds.mean.toFixed(2),
      r.coverage90 ? share(r.coverage90) : '-',
      r.width90 ? share(r.width90) : '-',
    ]);
  }
  const [{ additivity }] = results;
  return `${table}\nadditivity ${additivity.toFixed(3)}: R² of a linear model of operation counts`;
}
