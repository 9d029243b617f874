import type { Command } from 'commander';
import { writeOutput } from '../src/base/write-output.js';
import { loadSamples } from '../src/datasets/load.js';
import { connectedOnly } from '../src/datasets/samples.js';
import {
  type Compared,
  type ComparisonHooks,
  comparePredictors,
  protocolFor,
} from '../src/predictors/comparison.js';
import { analyticKind, priorNamed } from '../src/predictors/kinds/analytic-kind.js';
import { type MeanAndStd, plusMinus } from '../src/predictors/metrics.js';
import { predictorKinds, predictorNamed } from '../src/predictors/registry.js';
import { SCORE_COLUMNS, type ScoreColumn } from '../src/predictors/scores.js';
import { spaceNamed } from '../src/spaces/registry.js';
import { warnOfCoverage } from './coverage.js';
import {
  calibrationOption,
  type DataFlags,
  dataOptions,
  type FitFlags,
  fitFlags,
  fitOptions,
  integer,
} from './options.js';
import { prepareOutput } from './output-file.js';
import { trainingBar } from './progress.js';
import { readingLine } from './provenance.js';
import { plainTable } from './table.js';

interface EvaluateFlags extends DataFlags, FitFlags {
  predictors?: string[];
  prior?: string;
  train?: number;
  valid?: number;
  seeds: number;
  seed: number;
  calibration: number;
  json?: boolean;
  out?: string;
  plot?: string;
}

/** `tempograph evaluate`: compares predictors on held-out measurements. */
export function registerEvaluate(command: Command): void {
  command
    .option(
      '--predictors <name...>',
      `kinds to compare (default: all): ${predictorKinds.map((k) => k.name).join(', ')}`,
    )
    .option(
      '--prior <device>',
      'also compare the corrected layer times of an analytic device (see `train --help`)',
    )
    .option(
      '--train <n>',
      'training samples (default: 900, or 72 % if there are fewer than 1,250 samples)',
      integer('train', 2),
    )
    .option('--valid <n>', 'validation samples (default: 100, or 8 % likewise)', integer('valid', 1))
    .option('--seeds <n>', 'repetitions, each with its own split', integer('seeds', 1), 3)
    .option('--seed <n>', 'the first seed', integer('seed'), 1)
    .addOption(calibrationOption(0))
    .option('--json', 'print one JSON object')
    .option('--out <file>', 'write that object to a file')
    .option('--plot <file.svg>', 'plot predicted against measured values, for the last predictor and seed')
    .addHelpText(
      'after',
      `
Architectures without a path from input to output are left out. Errors are relative to the measured value; in the
columns "of prediction", to the predicted one, as BRP-NAS counts.

Intervals are calibrated on the validation samples alone, so coverage scatters: by about 3 points with 100 samples.
\`tempograph train\` adds held-out samples from further fits; --calibration 1000 does so here too, and makes training
take ten times as long.

Examples:
  $ tempograph evaluate --data my.csv.gz --space nasbench201 --device my_board --train 900 --valid 100 --seeds 3
  $ tempograph evaluate --data my.csv.gz --device my_board --metric energy --seeds 3 --json`,
    )
    .action(runEvaluate);
  for (const option of [...dataOptions(), ...fitOptions]) command.addOption(option);
}

async function runEvaluate(flags: EvaluateFlags): Promise<void> {
  const space = spaceNamed(flags.space);
  const kinds = [...(flags.predictors?.map(predictorNamed) ?? predictorKinds)];
  if (flags.prior !== undefined) kinds.push(analyticKind(priorNamed(flags.prior)));
  const loaded = await loadSamples(flags.data, { ...flags, space });
  console.error(readingLine(space, loaded, flags.duplicates));
  const samples = connectedOnly(space, loaded);
  if (flags.out !== undefined) await prepareOutput(flags.out, '--out');
  if (flags.plot !== undefined) await prepareOutput(flags.plot, '--plot');
  const deadOperations = flags.deadOps ?? loaded.card?.deadOperations ?? 'timed';
  const { device } = flags;
  const { metric } = samples;
  const protocol = protocolFor(samples.values.length, flags);
  let bar: ReturnType<typeof trainingBar> | undefined;
  let plot: { predicted: Float64Array; measured: Float64Array; title: string } | undefined;
  const hooks: ComparisonHooks = {
    onEpoch(predictor, seed, { epoch, epochs, loss, validWithin10 }) {
      bar ??= trainingBar(`${predictor} seed ${seed}`);
      bar.update(epoch, epochs, loss, validWithin10);
    },
    onTrial({ predictor, seed }, predicted) {
      bar?.stop();
      bar = undefined;
      const title = `${device}: ${predictor}, ${protocol.train} training samples, seed ${seed}`;
      plot = { ...predicted, title };
    },
  };
  const options = fitFlags(flags);
  const task = { kinds, space, deadOperations, samples, protocol, options, hooks };
  const results = await comparePredictors(task).finally(() => bar?.stop());
  if (flags.plot && plot) {
    const { scatterPlot } = await import('../src/predictors/scatter.js');
    await writeOutput(flags.plot, scatterPlot({ ...plot, metric }));
  }
  const described = {
    device,
    metric: metric.name,
    unit: metric.unit,
    results,
    protocol: { ...protocol, deadOperations },
  };
  const report = JSON.stringify(described, null, 2);
  if (flags.out) await writeOutput(flags.out, `${report}\n`);
  if (flags.json) console.log(report);
  else console.log(`${metric.name} of ${device}, ${metric.unit}\n${resultTable(results)}`);
  for (const { predictor, testSamples, coverage90 } of results) {
    warnOfCoverage(predictor, { samples: testSamples, coverage90: coverage90?.mean });
  }
}

function resultTable(results: readonly Compared[]): string {
  const table = plainTable(['predictor', ...SCORE_COLUMNS.map(({ title }) => title), 'train s']);
  const shown = (score: MeanAndStd | undefined, { scale, digits }: ScoreColumn) =>
    score ? plusMinus(score, digits, scale) : '-';
  for (const result of results) {
    table.push([
      result.predictor,
      ...SCORE_COLUMNS.map((column) => shown(result[column.name], column)),
      result.trainSeconds.mean.toFixed(1),
    ]);
  }
  return table.toString();
}
