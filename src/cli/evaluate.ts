import Table from 'cli-table3';
import type { Command } from 'commander';
import writeFileAtomic from 'write-file-atomic';
import { loadLatency } from '../datasets/load.js';
import { connectedOnly } from '../datasets/samples.js';
import { analyticKind, priorNamed } from '../predictors/analytic-kind.js';
import type { Scores } from '../predictors/card.js';
import { cut, runTrial } from '../predictors/evaluation.js';
import { predictorKinds, predictorNamed } from '../predictors/index.js';
import { type MeanAndStd, meanAndStd } from '../predictors/metrics.js';
import { spaceNamed } from '../spaces/index.js';
import {
  calibrationOption,
  type DataFlags,
  dataOptions,
  type FitFlags,
  fitFlags,
  fitOptions,
  integer,
} from './options.js';
import { trainingBar } from './progress.js';

interface EvaluateFlags extends DataFlags, FitFlags {
  predictors?: string[];
  prior?: string;
  train: number;
  valid: number;
  seeds: number;
  seed: number;
  calibration: number;
  json?: boolean;
  out?: string;
  plot?: string;
}

const SCORES = [
  'within1',
  'within5',
  'within10',
  'within1OfPrediction',
  'within5OfPrediction',
  'within10OfPrediction',
  'mape',
  'medianError',
  'spearman',
  'kendall',
  'coverage90',
  'width90',
] as const satisfies readonly (keyof Scores)[];

type Result = { device: string; predictor: string; testSamples: number; trainSeconds: MeanAndStd } & Record<
  (typeof SCORES)[number],
  MeanAndStd
>;

/** `tempograph evaluate`: predictors beside each other on held-out measurements. */
export function registerEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description('score predictors beside each other on held-out measurements')
    .option('--predictors <name...>', `which (default: all): ${predictorKinds.map((k) => k.name).join(', ')}`)
    .option('--prior <device>', 'also the layer times of an analytic device, corrected (see `train --help`)')
    .option('--train <n>', 'training samples', integer('train', 2), 900)
    .option('--valid <n>', 'validation samples', integer('valid', 1), 100)
    .option('--seeds <n>', 'repetitions, each with its own split', integer('seeds', 1), 3)
    .option('--seed <n>', 'the first seed', integer('seed'), 1)
    .addOption(calibrationOption(0))
    .option('--json', 'print one JSON object')
    .option('--out <file>', 'write that object to a file')
    .option('--plot <file.svg>', 'predicted against measured, of the last predictor and seed')
    .addHelpText(
      'after',
      `
Architectures without a path from input to output are left out. Shares are of the measured latency, and
in the columns "of prediction" of the predicted one, as BRP-NAS counts.

Intervals are calibrated on the validation samples alone, so coverage scatters: by about 3 points with 100 of
them. \`tempograph train\` tops them up; --calibration 1000 does the same here, at ten times the training.

Example:
  $ tempograph evaluate --data my.csv.gz --space nasbench201 --device my_board --train 900 --valid 100 --seeds 3`,
    )
    .action(runEvaluate);
  for (const option of [...dataOptions(), ...fitOptions()]) command.addOption(option);
}

async function runEvaluate(flags: EvaluateFlags): Promise<void> {
  const space = spaceNamed(flags.space);
  const kinds = [...(flags.predictors?.map(predictorNamed) ?? predictorKinds)];
  if (flags.prior !== undefined) kinds.push(analyticKind(priorNamed(flags.prior)));
  const loaded = await loadLatency(flags.data, { ...flags, space });
  const samples = connectedOnly(space, loaded);
  const deadOperations = flags.deadOps ?? loaded.card?.deadOperations ?? 'timed';
  const results: Result[] = [];
  let plot: { predictedMs: Float64Array; measuredMs: Float64Array; title: string } | undefined;
  for (const kind of kinds) {
    const trials: { scores: Scores; seconds: number }[] = [];
    for (let seed = flags.seed; seed < flags.seed + flags.seeds; seed++) {
      const bar = trainingBar(`${kind.name} seed ${seed}`);
      const parts = cut(space, samples, { kind: flags.split, train: flags.train, valid: flags.valid, seed });
      const trial = await runTrial(
        kind,
        space,
        deadOperations,
        parts,
        seed,
        fitFlags(flags),
        {
          onEpoch: ({ epoch, epochs, loss, validWithin10 }) => bar.update(epoch, epochs, loss, validWithin10),
        },
        { samples: flags.calibration, kind: flags.split },
      ).finally(bar.stop);
      if (trial.test) trials.push({ scores: trial.test, seconds: trial.trainSeconds });
      plot = {
        predictedMs: trial.predictedMs,
        measuredMs: parts.test.latencyMs,
        title: `${flags.device}: ${kind.name}, ${flags.train} training samples, seed ${seed}`,
      };
    }
    const summary = (of: (trial: (typeof trials)[number]) => number) => meanAndStd(trials.map(of));
    results.push({
      device: flags.device,
      predictor: kind.name,
      testSamples: trials[0]?.scores.samples ?? 0,
      trainSeconds: summary((t) => t.seconds),
      ...(Object.fromEntries(
        SCORES.map((name) => [name, summary((t) => t.scores[name] ?? Number.NaN)]),
      ) as Record<(typeof SCORES)[number], MeanAndStd>),
    });
  }
  if (flags.plot && plot) {
    const { scatterPlot } = await import('../predictors/scatter.js');
    await writeFileAtomic(flags.plot, scatterPlot(plot));
  }
  const { train, valid, seeds, seed, split } = flags;
  const report = JSON.stringify(
    { results, protocol: { train, valid, seeds, seed, split, deadOperations } },
    null,
    2,
  );
  if (flags.out) await writeFileAtomic(flags.out, `${report}\n`);
  console.log(flags.json ? report : resultTable(results));
}

function resultTable(results: readonly Result[]): string {
  const head = [
    'predictor',
    '±1 %',
    '±5 %',
    '±10 %',
    '±10 % of prediction',
    'MAPE %',
    'Spearman',
    'Kendall',
    '90 % covers',
    'width %',
    'train s',
  ];
  const table = new Table({ head, style: { head: [], border: [] } });
  const share = ({ mean, std }: MeanAndStd) =>
    Number.isNaN(mean) ? '-' : `${(100 * mean).toFixed(1)} ± ${(100 * std).toFixed(1)}`;
  const rank = ({ mean, std }: MeanAndStd) => `${mean.toFixed(3)} ± ${std.toFixed(3)}`;
  for (const r of results) {
    table.push([
      r.predictor,
      share(r.within1),
      share(r.within5),
      share(r.within10),
      share(r.within10OfPrediction),
      share(r.mape),
      rank(r.spearman),
      rank(r.kendall),
      share(r.coverage90),
      share(r.width90),
      r.trainSeconds.mean.toFixed(1),
    ]);
  }
  return table.toString();
}
