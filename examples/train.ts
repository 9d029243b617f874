// Trains a predictor on a CSV of measurements, says how good it is on those held out, and uses it:
//
//     npm run build && node dist/examples/train.js models/my_cpu
import { loadPredictor, loadSamples, predictorNamed, spaceNamed, trainPredictor } from 'tempograph';

const folder = process.argv[2] ?? 'models/my_cpu';
const space = spaceNamed('nasbench201');
const samples = await loadSamples('datasets/nasbench201_cpu.csv.gz', { space });

const { card } = await trainPredictor(folder, {
  space,
  samples,
  device: samples.device,
  deadOperations: samples.card?.deadOperations ?? 'timed',
  facts: { description: 'One core of a server CPU', batchSize: 1, precision: 'fp32' },
  data: {
    name: 'nasbench201_cpu',
    source: 'tempograph measure',
    licence: 'MIT',
    sha256: samples.sha256,
  },
  // `gcn` is the default of the command line; it takes minutes instead of a second.
  kind: predictorNamed('pairs'),
  split: { kind: 'random', train: 900, valid: 100, seed: 1 },
  options: {},
});
const { samples: tested, within10, spearman } = card.scores.test!;
console.log(
  `${tested} networks held out: ${(100 * within10).toFixed(1)} % within ±10 %, Spearman ${spearman.toFixed(3)}`,
);

const predictor = await loadPredictor(folder);
const [latencyMs] = await predictor.predict([space.parse(space.example)]);
console.log(`${space.example}: ${latencyMs.toFixed(3)} ms`);
await predictor.release();
