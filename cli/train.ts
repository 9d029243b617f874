import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { InputError } from '../src/base/errors.js';
import { loadSamples } from '../src/datasets/load.js';
import { isOfNetworks } from '../src/datasets/networks/read.js';
import { connectedOnly } from '../src/datasets/samples.js';
import type { SplitOptions } from '../src/datasets/split.js';
import type { Metric } from '../src/metrics/metric.js';
import { CALIBRATION_SAMPLES, type EvaluatedModel } from '../src/predictors/evaluation.js';
import { furtherFits } from '../src/predictors/intervals/out-of-fold.js';
import { analyticKind, priorNamed } from '../src/predictors/kinds/analytic-kind.js';
import { pretrainedKind } from '../src/predictors/kinds/pretrained-kind.js';
import type { PredictorKind } from '../src/predictors/predictor.js';
import { predictorNamed } from '../src/predictors/registry.js';
import type { ModelCard } from '../src/predictors/saved/card.js';
import { trainPredictor } from '../src/predictors/train.js';
import { spaceNamed } from '../src/spaces/registry.js';
import { warnOfCoverage } from './coverage.js';
import { BY_HAND, interruptible } from './interruptible.js';
import {
  calibrationOption,
  type DataFlags,
  dataOptions,
  type FitFlags,
  fitFlags,
  fitOptions,
  integer,
  predictorOption,
} from './options.js';
import { prepareFolder } from './output-file.js';
import { percent } from './percent.js';
import { countBar, trainingBar } from './progress.js';
import { dataSourceOf, deviceFactsOf, readingLine } from './provenance.js';
import { type TrainKernelsFlags, trainOnNetworks } from './train-kernels.js';
import { sayFits, timeLine, trainingLines } from './train-progress.js';

interface TrainFlags
  extends DataFlags,
    FitFlags,
    Pick<TrainKernelsFlags, 'runtime' | 'level' | 'architectures' | 'source'> {
  out: string;
  predictor: string;
  prior?: string;
  pretrain?: string;
  train?: number;
  valid?: number;
  seed: number;
  calibration: number;
  json?: boolean;
}

const OF_NETWORKS = ['runtime', 'level', 'architectures', 'source'] as const;

/** With fewer training samples a device is better learned with the help of others (docs/guides/new-board.md). */
const FEW = 50;

/** `tempograph train`: trains a predictor for one device from a CSV. */
export function registerTrain(command: Command): void {
  command
    .requiredOption('--out <folder>', 'folder to write the predictor to')
    .addOption(predictorOption('kind of predictor').default('gcn'))
    .option(
      '--prior <device>',
      'correct the layer times of an analytic device: a device model, which is calibrated first (dpu), a device (dpu:zcu102), or the .json of a calibrated one',
    )
    .addOption(
      new Option(
        '--pretrain <device>',
        'pre-train gcn on latencies that such a device computes for networks of the whole space, then continue with the measurements',
      ).conflicts(['prior', 'predictor']),
    )
    .option('--train <n>', 'training samples (default: 80 % of all samples)', integer('train', 2))
    .option('--valid <n>', 'validation samples (default: 10 %)', integer('valid', 1))
    .option('--seed <n>', 'seed of the split and the training', integer('seed'), 1)
    .addOption(calibrationOption(CALIBRATION_SAMPLES))
    .option(
      '--runtime <name>',
      'for ONNX networks without profiles: runtime that fuses them into kernels (onnxruntime-cpu, none)',
    )
    .option('--level <name>', 'level of that runtime’s graph optimisations (basic, all)')
    .option(
      '--architectures <file>',
      'for ONNX networks: learn also from this CSV of architectures of --space, measured on the same device',
    )
    .option(
      '--source <device>',
      'for ONNX networks: start from this device whose kernels are known, or from its folder; for about ten measured networks',
    )
    .option('--json', 'print the card')
    .addHelpText(
      'after',
      `
To continue a run that was killed, give the same command again. Ctrl-C stops training and keeps the best network so far.

Predictions come with an interval that covers 90 % of new measurements. With few validation samples its width would be a
matter of luck, so up to nine further fits predict samples they have not seen; --calibration 0 omits them.

From measured ONNX networks (tempograph measure --onnx) the command trains a predictor of kernels, which answers for any
ONNX file. It is scored, and its intervals are calibrated, on held-out families (folders) of networks.

Examples:
  $ tempograph train --data my_cpu.csv --device my_cpu --out models/my_cpu
  $ tempograph train --data my_cpu.csv --architectures my_cells.csv --device my_cpu --out models/my_cpu
  $ tempograph train --data ten_networks.csv --source cpu --device my_board --out models/my_board
  $ tempograph train --data my.csv.gz --space nasbench201 --device my_board --out models/my_board
  $ tempograph train --data my.csv --device my_board --train 900 --valid 100 --dead-ops pruned --out models/b
  $ tempograph train --data my.csv --space mnasnet --device my_board --train 50 --prior dpu --out models/b
  $ tempograph train --data my.csv --space mnasnet --device my_board --train 200 --pretrain dpu --out models/b
  $ tempograph train --data my.csv --device my_board --metric energy --out models/my_board_energy`,
    )
    .action(runTrain);
  for (const option of [...dataOptions(), ...fitOptions]) command.addOption(option);
}

async function runTrain(flags: TrainFlags): Promise<void> {
  if (await isOfNetworks(flags.data)) return trainOnNetworks(flags);
  for (const name of OF_NETWORKS) {
    if (flags[name] === undefined) continue;
    const problem = 'applies to measured ONNX networks; this file is of architectures';
    throw new InputError(problem, { file: flags.data, field: `--${name}` });
  }
  const space = spaceNamed(flags.space);
  const samples = await loadSamples(flags.data, { ...flags, space });
  console.error(readingLine(space, samples, flags.duplicates));
  const count = connectedOnly(space, samples).values.length;
  const split: SplitOptions = {
    kind: flags.split,
    train: flags.train ?? Math.floor(0.8 * count),
    valid: flags.valid ?? Math.floor(0.1 * count),
    seed: flags.seed,
  };
  if (split.train < FEW && flags.prior === undefined && flags.pretrain === undefined) {
    console.error(
      `${split.train} samples are few to learn from alone; \`tempograph transfer\` learns from other devices too`,
    );
  }
  await prepareFolder(flags.out, '--out');
  const bar = trainingBar(flags.device);
  const folds = countBar('further fits for its intervals');
  const fits = furtherFits({ ...split, samples: flags.calibration });
  console.error(
    `${split.train} samples to learn from, ${split.valid} to validate${fits > 0 ? `; ${sayFits(fits)} for intervals (--calibration 0: none)` : ''}`,
  );
  // A terminal gets a bar, a file or a pipe gets lines.
  const lines = process.stderr.isTTY ? undefined : trainingLines(fits, (line) => console.error(line));
  const { card, trial, stopped } = await interruptible(async (signal) => {
    const trained = await trainPredictor(flags.out, {
      space,
      deadOperations: flags.deadOps ?? samples.card?.deadOperations ?? 'timed',
      device: flags.device,
      facts: deviceFactsOf(samples),
      samples,
      data: dataSourceOf(flags.data, samples),
      kind: kindOf(flags),
      split,
      options: fitFlags(flags),
      calibrationSamples: flags.calibration,
      hooks: {
        signal,
        checkpoint: join(flags.out, '.checkpoint'),
        onBegin: (estimate) => console.error(timeLine(estimate, fits)),
        onEpoch(progress) {
          const { epoch, epochs, loss, validWithin10 } = progress;
          bar.update(epoch, epochs, loss, validWithin10);
          lines?.onEpoch(progress);
        },
        onFold(done, count) {
          bar.stop();
          folds.update(done, count);
          lines?.onFold(done, count);
        },
      },
    });
    return { ...trained, stopped: signal.aborted };
  }, BY_HAND).finally(() => {
    bar.stop();
    folds.stop();
  });
  if (flags.json) console.log(JSON.stringify(card, null, 2));
  else printTrained(flags.out, card, samples.metric, trial, stopped);
}

function printTrained(
  out: string,
  card: ModelCard,
  { name, unit }: Metric,
  { trainSeconds, calibrationSeconds }: Pick<EvaluatedModel, 'trainSeconds' | 'calibrationSeconds'>,
  stopped: boolean,
): void {
  const { test } = card.scores;
  console.log(
    `${out}: ${card.predictor} for ${name} of ${card.device} in ${unit}, version ${card.version}, ${card.data.train} training samples, ${trainSeconds.toFixed(1)} s` +
      (stopped ? ' (stopped early; the best network so far is kept)' : ''),
  );
  if (test) {
    console.log(
      `on ${test.samples} others: ±10 % ${percent(test.within10)}, ±5 % ${percent(test.within5)}, MAPE ${percent(test.mape)}, Spearman ${test.spearman.toFixed(3)}`,
    );
  }
  console.log(intervalLine(card, calibrationSeconds));
  warnOfCoverage(card.device, test);
}

function kindOf({ prior, pretrain, predictor }: TrainFlags): PredictorKind {
  if (prior !== undefined) return analyticKind(priorNamed(prior));
  return pretrain === undefined ? predictorNamed(predictor) : pretrainedKind(priorNamed(pretrain));
}

function intervalLine({ interval, scores: { test } }: ModelCard, seconds: number): string {
  if (!interval) return 'no intervals: fewer than 19 samples were held out to calibrate them';
  const covered =
    test?.coverage90 === undefined
      ? ''
      : `: they cover ${percent(test.coverage90)} of those, on average ${percent(test.width90!)} of the prediction wide`;
  return `90 % intervals from ${interval.calibrationSamples} held-out samples, ${seconds.toFixed(1)} s${covered}`;
}
