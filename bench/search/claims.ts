import { join } from 'node:path';
import { Random } from '../../src/base/random.js';
import { loadSamples } from '../../src/datasets/load.js';
import { meanAndStd } from '../../src/predictors/metrics.js';
import type { Sample } from '../../src/search/accuracy-predictor.js';
import type { CandidatePool } from '../../src/search/pool.js';
import type { StrategyOptions } from '../../src/search/strategies/strategy.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { type Cifar100, strategyRuns } from './nasbench201.js';
import type { Setting } from './runs.js';
import { bestAfter, printTable, type SearchTable } from './tables.js';

/** The four claims of BRP-NAS, each a row: A against B on the same seeds. */
export async function claimsTable(data: Cifar100, shared: string): Promise<SearchTable> {
  const pretraining = await latencySamples(data.pool, shared);
  const setting = (name: string, options: StrategyOptions, transfer = false): Setting => ({
    name: `claims/${name}`,
    strategy: 'brp-paper',
    options,
    budget: 100,
    task: (seed) => (transfer ? { ...data, pretraining: pretraining(seed) } : data),
  });
  const oneShot = { rounds: 1, samples: 50 };
  const regression = { relation: 'regression', ranking: 'score' };
  const published = strategyRuns(data, 'brp-paper');
  const binaryOnce = setting('binary-once', oneShot);
  const regressionRounds = setting('regression-rounds', regression);
  const regressionOnce = setting('regression-once', { ...regression, ...oneShot });
  const rows: [claim: string, a: Setting, b: Setting][] = [
    ['binary beats regression (one shot)', binaryOnce, regressionOnce],
    ['binary beats regression (rounds)', published, regressionRounds],
    ['rounds beat one shot (regression)', regressionRounds, regressionOnce],
    ['rounds beat one shot (binary)', published, binaryOnce],
    ['both beat neither', published, regressionOnce],
    [
      'transfer from latency helps regression',
      setting('regression-once-transfer', { ...regression, ...oneShot }, true),
      regressionOnce,
    ],
    ['transfer from latency helps binary', setting('binary-rounds-transfer', {}, true), published],
  ];
  return {
    settings: rows.flatMap(([, a, b]) => [a, b]),
    print: (runsOf) =>
      printTable(
        'CIFAR-100 test % of the best of 100 networks, of which one shot takes 50 to learn from:',
        ['claim of BRP-NAS: A beats B', 'A', 'B', 'A - B ± its standard error', 'seeds', 'holds'],
        rows.map(([claim, a, b]) => {
          const others = new Map(runsOf(b.name).map((run) => [run.seed, run]));
          const of = runsOf(a.name).filter(({ seed }) => others.has(seed));
          if (of.length < 2) return [];
          const against = of.map(({ seed }) => others.get(seed)!);
          const { mean, std } = meanAndStd(of.map(({ best }, i) => best[99] - against[i].best[99]));
          const error = std / Math.sqrt(of.length);
          const verdict = mean > 2 * error ? 'yes' : mean < -2 * error ? 'the opposite' : 'not to be told';
          const difference = `${mean.toFixed(3)} ± ${error.toFixed(3)}`;
          const [bestOfA, bestOfB] = [of, against].map((runs) => bestAfter(runs, [100])[0]);
          return [claim, bestOfA, bestOfB, difference, `${of.length}`, verdict];
        }),
      ),
  };
}

/** Log latencies of 900 networks on a desktop GPU, other ones for each seed. */
async function latencySamples(pool: CandidatePool, shared: string): Promise<(seed: number) => Sample[]> {
  const file = join(shared, 'nasbench201/latbench.csv.gz');
  const { architectures, values: latencyMs } = await loadSamples(file, {
    space,
    device: 'desktop_gpu_gtx_1080ti_fp32',
  });
  return (seed) =>
    [...new Random(seed).permutation(architectures.length).subarray(0, 900)].map((row) => ({
      candidate: pool.candidateOf(architectures[row])!,
      value: Math.log(latencyMs[row]),
    }));
}
