import { join } from 'node:path';
import Table from 'cli-table3';
import { quantile } from 'simple-statistics';
import { loadLatency } from '../../src/datasets/load.js';
import { connectedOnly } from '../../src/datasets/samples.js';
import { conformalHalfWidth } from '../../src/predictors/conformal.js';
import { cut, runTrial } from '../../src/predictors/evaluation.js';
import { predictorNamed } from '../../src/predictors/index.js';
import { meanAndStd } from '../../src/predictors/metrics.js';
import { OnnxPredictor } from '../../src/predictors/saved.js';
import { withinLimits } from '../../src/search/constraints.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201.js';
import type { DeadOperations } from '../../src/spaces/space.js';
import { type cifar100, SEEDS } from './nasbench201.js';
import { remembered, runs, spread } from './runs.js';

/** A phone of LatBench, whose networks were pruned before they were timed, and a server that times them whole. */
const DEVICES: readonly { file: string; device: string; deadOperations: DeadOperations }[] = [
  {
    file: 'nasbench201/latbench.csv.gz',
    device: 'mobile_cpu_snapdragon_855_kryo_485_int8',
    deadOperations: 'pruned',
  },
  { file: 'nasbench201/latency.csv.gz', device: 'gold_6240', deadOperations: 'timed' },
];
/** Limits as quantiles of the candidates' latencies. */
const QUANTILES = [0.25, 0.5, 0.75];
const STRATEGIES = ['local', 'brp'];
/** Share of networks whose latency is to be below the interval's upper end. */
const LEVEL = 0.95;

/** What a search returned, held against the truth. */
interface Returned {
  readonly meets: boolean;
  /** Points of accuracy below the best network that truly meets the limit. */
  readonly lost: number;
  /** Networks measured, beside the 900. */
  readonly measurements: number;
}

type Data = Awaited<ReturnType<typeof cifar100>>;

/** Searches under a limit on predicted latency, held against the measured one afterwards. */
export async function latencyLimitsTable(data: Data, shared: string): Promise<void> {
  const table = new Table({
    head: [
      'device',
      'limit, and the best within it',
      'strategy',
      'what is returned',
      'within',
      'accuracy lost',
      'measured',
    ],
    style: { head: [], border: [] },
  });
  for (const device of DEVICES) {
    const measured = await measuredLatency(data, join(shared, device.file), device.device);
    const predictions = [];
    for (const seed of SEEDS) predictions.push(await predictedLatency(data, shared, device, seed));
    const margins = meanAndStd(predictions.map(({ margin }) => 100 * (margin - 1)));
    console.log(`${device.device}: the margin is ${spread(margins, 1)} % of the predicted latency`);
    for (const share of QUANTILES) {
      const maxMs = Number(quantile([...measured], share).toPrecision(3));
      const accuracies = data.accuracyOf(data.pool).filter((_, i) => measured[i] <= maxMs);
      const optimum = accuracies.reduce((a, b) => Math.max(a, b));
      for (const strategy of STRATEGIES) {
        const predicted: Returned[] = [];
        const safe: Returned[] = [];
        const measuredAfter: Returned[] = [];
        for (const [i, seed] of SEEDS.entries()) {
          const { latencyMs, margin } = predictions[i];
          const run = async (factor: number, how: string) => {
            const upperMs = latencyMs.map((ms) => ms * factor);
            const limit = { device: device.device, maxMs, latencyMs, upperMs };
            const pool = withinLimits(data.pool, [limit]);
            const name = `${device.device} within ${maxMs} ms ${how}`;
            return (await runs({ ...data, pool, name, strategy, budget: 100 }, [seed]))[0].top;
          };
          const meets = ({ network }: { network: string }) =>
            measured[data.pool.candidateOf(space.parse(network))!] <= maxMs;
          const bold = await run(1, 'as predicted');
          const careful = await run(margin, 'with margin');
          const first = bold.findIndex(meets);
          predicted.push({ meets: meets(bold[0]), lost: optimum - bold[0].accuracy, measurements: 0 });
          safe.push({ meets: meets(careful[0]), lost: optimum - careful[0].accuracy, measurements: 0 });
          measuredAfter.push({
            meets: first >= 0,
            lost: first < 0 ? Number.NaN : optimum - bold[first].accuracy,
            measurements: first + 1,
          });
        }
        for (const [how, returned] of [
          ['the best as predicted', predicted],
          ['the best with margin', safe],
          ['the best that measures within', measuredAfter],
        ] as const) {
          table.push([
            device.device,
            `${maxMs} ms, ${optimum.toFixed(2)} %`,
            strategy,
            how,
            `${returned.filter(({ meets }) => meets).length}/${returned.length}`,
            spread(meanAndStd(returned.map(({ lost }) => lost))),
            meanAndStd(returned.map(({ measurements }) => measurements)).mean.toFixed(1),
          ]);
        }
      }
    }
  }
  console.log('CIFAR-100 test % under a limit on predicted latency (900 measurements), best of 100 networks');
  console.log(table.toString());
}

async function measuredLatency({ pool }: Data, file: string, device: string): Promise<Float64Array> {
  const samples = await loadLatency(file, { space, device });
  const rows = new Map(samples.architectures.map((a, i) => [space.format(a), samples.latencyMs[i]]));
  return Float64Array.from(pool.architectures, (a) => rows.get(space.format(a))!);
}

/** The candidates' latencies by a predictor of 900 measurements, and its interval's upper end as a factor. */
function predictedLatency(
  { pool }: Data,
  shared: string,
  { file, device, deadOperations }: (typeof DEVICES)[number],
  seed: number,
): Promise<{ latencyMs: Float64Array; margin: number }> {
  const compute = async () => {
    const samples = connectedOnly(space, await loadLatency(join(shared, file), { space, device }));
    const parts = cut(space, samples, { kind: 'random', train: 900, valid: 100, seed });
    const kind = predictorNamed('gcn');
    const { model } = await runTrial(kind, space, deadOperations, parts, seed, { threads: 1 });
    const predictor = await OnnxPredictor.create(model.onnx, kind, space, deadOperations, 1);
    const valid = await predictor.predict(parts.valid.architectures);
    // Only networks that are slower than predicted break a limit.
    const residuals = valid.map((ms, i) => Math.max(0, Math.log(parts.valid.latencyMs[i] / ms)));
    const latencyMs = await predictor.predict(pool.architectures);
    await predictor.release();
    return {
      latencyMs: Array.from(latencyMs, (ms) => Number(ms.toPrecision(6))),
      margin: Math.exp(conformalHalfWidth(residuals, LEVEL)),
    };
  };
  return remembered(`upper latency ${device} ${seed}`, compute).then(({ latencyMs, margin }) => ({
    latencyMs: Float64Array.from(latencyMs),
    margin,
  }));
}
