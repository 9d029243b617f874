import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { Type } from '#typebox';
import { InputError, quote } from '../src/base/errors.js';
import { readJsonFile } from '../src/base/json-file.js';
import { packageRoot } from '../src/base/package-root.js';
import { loadSamples } from '../src/datasets/load.js';
import { DUPLICATES } from '../src/datasets/repeats.js';
import { LATENCY, metricNamed } from '../src/metrics/metric.js';
import { predictorNamed } from '../src/predictors/registry.js';
import { shippedModels } from '../src/predictors/saved/model-folder.js';
import { trainPredictor } from '../src/predictors/train.js';
import { spaceNamed } from '../src/spaces/registry.js';
import { warnOfCoverage } from './coverage.js';
import { otherModels } from './models-others.js';
import { percent } from './percent.js';
import { trainingBar } from './progress.js';

/** `models/manifest.json`: the predictors that ship, and the files and columns they are trained on. */
const Manifest = Type.Object({
  description: Type.String(),
  sources: Type.Record(
    Type.String(),
    Type.Object({
      file: Type.String(),
      space: Type.String(),
      deadOperations: Type.Union([Type.Literal('timed'), Type.Literal('pruned')]),
      duplicates: Type.Optional(Type.Enum([...DUPLICATES])),
      name: Type.String(),
      source: Type.String(),
      licence: Type.String(),
    }),
  ),
  models: Type.Array(
    Type.Object({
      source: Type.String(),
      column: Type.String({ description: "The device's name in the file" }),
      metric: Type.Optional(Type.String({ description: 'Latency by default' })),
      device: Type.String(),
      folder: Type.Optional(
        Type.String({ description: 'Needed if a device has several; the name of the device by default' }),
      ),
      predictor: Type.Optional(Type.String({ description: 'gcn by default' })),
      description: Type.String(),
      batchSize: Type.Union([Type.Integer(), Type.Null()]),
      precision: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
});

const SEED = 1;
/** `tempograph models`: trains everything that ships, as listed in `models/manifest.json`. */
export function registerModels(command: Command): void {
  command
    .addOption(
      new Option('--data <folder>', 'folder of the measured data').default(
        join(packageRoot, '../shared/data'),
        'shared/data beside the package',
      ),
    )
    .option(
      '--device <name...>',
      'train only these (default: all); g2p is not a device but the network from letters to phonemes, an example for `compress`',
    )
    .addHelpText('after', '\nExample:\n  $ tempograph models --data ~/latency-data --device pixel3 titanxp_1')
    .action(trainShippedModels);
}

async function trainShippedModels({
  data,
  device: wanted,
}: {
  data: string;
  device?: string[];
}): Promise<void> {
  const { sources, models } = await readJsonFile(Manifest, join(shippedModels, 'manifest.json'));
  const known = [...models.map(({ device }) => device), ...Object.keys(otherModels)];
  const unknown = wanted?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new InputError(`${quote(unknown)} does not ship; known are ${known.join(', ')}`, {
      field: '--device',
    });
  }
  for (const model of models.filter(({ device }) => !wanted || wanted.includes(device))) {
    const source = sources[model.source];
    const file = [join(data, source.file), join(packageRoot, source.file)].find((path) => existsSync(path));
    if (file === undefined) {
      console.error(`${model.folder ?? model.device}: skipped, there is no ${source.file} in ${data}`);
      continue;
    }
    const space = spaceNamed(source.space);
    const { duplicates } = source;
    const metric = metricNamed(model.metric ?? LATENCY.name);
    const { folder = model.device, predictor = 'gcn' } = model;
    const samples = await loadSamples(file, { space, device: model.column, metric, duplicates });
    const count = samples.values.length;
    const bar = trainingBar(folder);
    const { card, trial } = await trainPredictor(join(shippedModels, folder), {
      space,
      deadOperations: source.deadOperations,
      device: model.device,
      facts: model,
      samples,
      data: { name: source.name, source: source.source, licence: source.licence, sha256: samples.sha256 },
      kind: predictorNamed(predictor),
      split: { kind: 'random', train: Math.floor(0.8 * count), valid: Math.floor(0.1 * count), seed: SEED },
      options: {},
      hooks: { onEpoch: (p) => bar.update(p.epoch, p.epochs, p.loss, p.validWithin10) },
    }).finally(bar.stop);
    const test = card.scores.test;
    const score = test
      ? `±10 % ${percent(test.within10)}, Spearman ${test.spearman.toFixed(4)}${test.coverage90 === undefined ? '' : `, 90 % intervals cover ${percent(test.coverage90)}`}`
      : '';
    console.log(`${folder}: ${card.data.train} samples, ${trial.trainSeconds.toFixed(1)} s, test ${score}`);
    warnOfCoverage(folder, test);
  }
  for (const [name, train] of Object.entries(otherModels))
    if (!wanted || wanted.includes(name)) await train();
}
