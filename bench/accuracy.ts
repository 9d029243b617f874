import { join } from 'node:path';
import { percent } from '../cli/percent.js';
import { plainTable } from '../cli/table.js';
import { loadSamples } from '../src/datasets/load.js';
import { connectedOnly } from '../src/datasets/samples.js';
import { cut, runTrial } from '../src/predictors/evaluation.js';
import { type MeanAndStd, meanAndStd, plusMinus } from '../src/predictors/metrics.js';
import { predictorNamed } from '../src/predictors/registry.js';
import { spaceNamed } from '../src/spaces/registry.js';
import type { DeadOperations } from '../src/spaces/space.js';
import { DATA, hasData } from './data.js';
import { noiseFloor } from './noise-floor.js';

const SEEDS = [1, 2, 3];
const PREDICTORS = ['lookup', 'pairs', 'mlp', 'gcn'];

/** A column of the shared measurements, and what a plain GCN of 128 in PyTorch reached on it with one seed. */
interface Device {
  readonly file: string;
  readonly column: string;
  readonly space?: string;
  readonly deadOperations?: DeadOperations;
  readonly duplicates?: 'mean';
  /** ±10 % and Spearman. */
  readonly reference: readonly [within10: number, spearman: number];
}

const latency = (column: string, within10: number, spearman: number): Device => ({
  file: 'nasbench201/latency.csv.gz',
  column,
  reference: [within10, spearman],
});
const latbench = (column: string, within10: number, spearman: number): Device => ({
  file: 'nasbench201/latbench.csv.gz',
  column,
  deadOperations: 'pruned',
  reference: [within10, spearman],
});

const DEVICES: readonly Device[] = [
  latbench('desktop_gpu_gtx_1080ti_fp32', 0.944, 0.988),
  latbench('embedded_gpu_jetson_nano_fp32', 0.965, 0.993),
  latbench('mobile_cpu_snapdragon_855_kryo_485_int8', 0.889, 0.983),
  latbench('mobile_gpu_snapdragon_675_adreno_612_int8', 0.931, 0.949),
  latbench('mobile_dsp_snapdragon_675_hexagon_685_int8', 0.869, 0.942),
  latency('titanxp_1', 0.954, 0.97),
  latency('1080ti_256', 0.995, 0.998),
  latency('silver_4114', 0.624, 0.946),
  latency('gold_6240', 0.63, 0.944),
  latency('pixel3', 0.581, 0.962),
  latency('samsung_s7', 0.682, 0.922),
];

const ZCU102: Device = {
  file: 'accelnasbench/mnasnet_accel.csv.gz',
  column: 'zcu102',
  space: 'mnasnet',
  duplicates: 'mean',
  reference: [0.843, 0.988],
};

/** Accuracy on measured devices: 900 + 100 samples, the rest is the test; then few samples on a real FPGA. */
export async function accuracyBench(): Promise<void> {
  if (!hasData()) return;
  const head = ['device', 'plain GCN', ...PREDICTORS, 'of prediction', 'misses cut by', 'twins agree'];
  const table = plainTable(head);
  const cuts: number[] = [];
  for (const device of [...DEVICES, ZCU102]) {
    const rows = await score(device, 900, 100);
    const ours = rows.at(-1)!;
    const [reference, rank] = device.reference;
    const missesCut = 1 - (1 - ours.within10.mean) / (1 - reference);
    cuts.push(missesCut);
    table.push([
      device.column,
      `${percent(reference)} / ${rank.toFixed(3)}`,
      ...rows.map(({ within10, spearman }) => `${within(within10)} / ${spearman.mean.toFixed(3)}`),
      within(ours.ofPrediction),
      percent(missesCut),
      await twinsAgree(device),
    ]);
  }
  console.log('±10 % of the measured latency (mean ± std over seeds) / Spearman; 900 training samples');
  console.log(table.toString());
  console.log(`misses of the plain GCN cut by ${percent(meanAndStd(cuts).mean)} on average`);

  const few = plainTable(['samples of zcu102', ...PREDICTORS]);
  for (const train of [50, 100, 200]) {
    const rows = await score(ZCU102, train, train / 5);
    few.push([train, ...rows.map((r) => `${within(r.within10)} / ${r.spearman.mean.toFixed(3)}`)]);
  }
  console.log(few.toString());
}

async function score(
  { file, column, space: name = 'nasbench201', deadOperations = 'timed', duplicates }: Device,
  train: number,
  valid: number,
) {
  const space = spaceNamed(name);
  const samples = connectedOnly(
    space,
    await loadSamples(join(DATA, file), { space, device: column, duplicates }),
  );
  const rows = [];
  for (const predictor of PREDICTORS) {
    const trials = [];
    for (const seed of SEEDS) {
      const parts = cut(space, samples, { kind: 'random', train, valid, seed });
      const kind = predictorNamed(predictor);
      const { test } = await runTrial({ kind, space, deadOperations, split: parts, seed });
      if (test) trials.push(test);
    }
    rows.push({
      within10: meanAndStd(trials.map((t) => t.within10)),
      ofPrediction: meanAndStd(trials.map((t) => t.within10OfPrediction)),
      spearman: meanAndStd(trials.map((t) => t.spearman)),
    });
  }
  return rows;
}

async function twinsAgree({
  file,
  column,
  space: name = 'nasbench201',
  deadOperations = 'timed',
  duplicates,
}: Device): Promise<string> {
  if (duplicates) return '';
  const space = spaceNamed(name);
  const samples = await loadSamples(join(DATA, file), { space, device: column });
  return percent(noiseFloor(space, connectedOnly(space, samples), deadOperations));
}

/** ±10 % over seeds, in percent. */
const within = (score: MeanAndStd) => plusMinus(score, 1, 100);
