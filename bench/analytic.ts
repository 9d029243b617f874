import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import Table from 'cli-table3';
import writeFileAtomic from 'write-file-atomic';
import { loadLatency } from '../src/datasets/load.js';
import { type LatencySamples, select } from '../src/datasets/samples.js';
import { calibrate } from '../src/devices/calibrate.js';
import { dpuModel } from '../src/devices/dpu.js';
import { packageRoot } from '../src/package-root.js';
import { analyticKind } from '../src/predictors/analytic-kind.js';
import type { Scores } from '../src/predictors/card.js';
import { slotsEncoding } from '../src/predictors/encoding.js';
import { runTrial } from '../src/predictors/evaluation.js';
import { gcnKind } from '../src/predictors/gcn.js';
import { lookupKind, ridgeKind } from '../src/predictors/linear.js';
import { meanAndStd, scores } from '../src/predictors/metrics.js';
import type { PredictorKind } from '../src/predictors/predictor.js';
import { Random } from '../src/random.js';
import { mnasnet } from '../src/spaces/mnasnet.js';
import type { SearchSpace } from '../src/spaces/space.js';
import { type CurvePoint, learningCurves } from './learning-curves.js';

const ZCU102 = join(packageRoot, '../shared/data/accelnasbench/mnasnet_accel.csv.gz');
const PLOT = join(packageRoot, 'docs/analytic.svg');
const SEEDS = [1, 2, 3, 4, 5];
const SIZES = [0, 10, 20, 50, 100, 200, 900];
/** Of the measurements, what kinds that stop on validation data hold back for it. */
const VALIDATION = 1 / 6;

/** Measurements that a method may use, and those it is tested on. */
interface Parts {
  readonly used: LatencySamples;
  readonly test: LatencySamples;
}

type Method = (parts: Parts, seed: number) => Promise<Scores>;

/** Every trial asks for the same networks, and building one takes longer than its latency's formula. */
const networks = new Map<string, ReturnType<SearchSpace['toNetwork']>>();
const space: SearchSpace = {
  ...mnasnet,
  toNetwork(architecture) {
    const key = architecture.join();
    const network = networks.get(key) ?? mnasnet.toNetwork(architecture);
    networks.set(key, network);
    return network;
  },
};

const oneHotKind = ridgeKind('one-hot', 'linear in the one-hot choices', slotsEncoding);
const METHODS: Readonly<Record<string, Method>> = {
  'dpu, calibrated': dpuAlone,
  'dpu, layers corrected': async ({ used, test }, seed) => {
    if (used.latencyMs.length === 0) return dpuAlone({ used, test });
    const none = select(used, []);
    return scored(analyticKind(dpuModel), { train: used, valid: none, test }, seed);
  },
  gcn: learned(gcnKind),
  'block lookup': learned(lookupKind),
  'one-hot linear': learned(oneHotKind),
};

/** What an analytic device is worth: error on a real board by the number of measurements, with it and without. */
export async function analyticBench(): Promise<void> {
  if (!existsSync(ZCU102)) {
    console.log(`no measured data at ${ZCU102}`);
    return;
  }
  const all = await loadLatency(ZCU102, { space, duplicates: 'mean' });
  const points: CurvePoint[] = [];
  const tables = (['mape', 'within1', 'within10', 'spearman'] as const).map((score) => ({
    score,
    table: new Table({
      head: ['measurements', ...Object.keys(METHODS)],
      style: { head: [], border: [] },
    }),
  }));
  for (const size of SIZES) {
    const results = new Map<string, Scores[]>();
    for (const [method, run] of Object.entries(METHODS)) {
      if (size === 0 && !method.startsWith('dpu')) continue;
      const trials = [];
      for (const seed of SEEDS) {
        const order = new Random(seed).shuffle([...all.latencyMs.keys()]);
        const parts = { used: select(all, order.slice(0, size)), test: select(all, order.slice(size)) };
        trials.push(await run(parts, seed));
      }
      results.set(method, trials);
      const errors = trials.map(({ mape }) => mape);
      points.push({ method, measurements: size, ...meanAndStd(errors) });
      console.error(`${size} measurements, ${method}: MAPE ${(100 * meanAndStd(errors).mean).toFixed(2)} %`);
    }
    for (const { score, table } of tables) {
      const cells = Object.keys(METHODS).map((method) => {
        const trials = results.get(method);
        if (trials === undefined) return '';
        const { mean, std } = meanAndStd(trials.map((trial) => trial[score]));
        return score === 'spearman'
          ? `${mean.toFixed(4)} ± ${std.toFixed(4)}`
          : `${(100 * mean).toFixed(2)} ± ${(100 * std).toFixed(2)}`;
      });
      table.push([size, ...cells]);
    }
  }
  const titles = { mape: 'MAPE, %', within1: '±1 %', within10: '±10 %', spearman: 'Spearman' };
  console.log(
    `ZCU102 (DPU), ${all.latencyMs.length} MnasNet networks, ${SEEDS.length} seeds; tested on the others`,
  );
  for (const { score, table } of tables) console.log(`${titles[score]}\n${table.toString()}`);
  await mkdir(join(packageRoot, 'docs'), { recursive: true });
  await writeFileAtomic(PLOT, learningCurves(points));
  console.log(PLOT);
}

/** The device model, its constants calibrated where there are enough measurements for them. */
async function dpuAlone({ used, test }: Parts): Promise<Scores> {
  const enough = used.latencyMs.length >= dpuModel.parameters.length;
  const constants = enough
    ? calibrate(
        used.architectures.map((architecture, i) => ({
          model: dpuModel,
          network: space.toNetwork(architecture),
          latencyMs: used.latencyMs[i],
        })),
      )
    : {};
  const device = dpuModel.device(constants);
  const predictedMs = test.architectures.map((a) => device.latency(space.toNetwork(a)).latencyMs);
  return scores(Float64Array.from(predictedMs), test.latencyMs);
}

/** A kind that knows nothing of the device; part of the measurements is its validation data. */
function learned(kind: PredictorKind): Method {
  return ({ used, test }, seed) => {
    const valid = Math.max(2, Math.round(VALIDATION * used.latencyMs.length));
    const positions = [...used.latencyMs.keys()];
    return scored(
      kind,
      { train: select(used, positions.slice(valid)), valid: select(used, positions.slice(0, valid)), test },
      seed,
    );
  };
}

async function scored(
  kind: PredictorKind,
  split: { train: LatencySamples; valid: LatencySamples; test: LatencySamples },
  seed: number,
): Promise<Scores> {
  return (await runTrial(kind, space, 'timed', split, seed, { threads: 1 })).test!;
}
