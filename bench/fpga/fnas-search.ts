import { quantile } from 'simple-statistics';
import { withinLimits } from '../../src/search/constraints.js';
import { tableEvaluator } from '../../src/search/evaluators/accuracy-table.js';
import { analyticLatencyOf } from '../../src/search/latency-source.js';
import { accuracyObjective } from '../../src/search/objective.js';
import type { CandidatePool } from '../../src/search/pool.js';
import { runSearch } from '../../src/search/run.js';
import { Search } from '../../src/search/search.js';
import { strategyNamed } from '../../src/search/strategies/registry.js';
import type { StrategyOptions } from '../../src/search/strategies/strategy.js';
import { DATA, hasData } from '../data.js';
import { type BenchOptions, once, type Piece, runPieces } from '../pieces.js';
import { cifar100 } from '../search/nasbench201.js';
import { type BoardLimit, type FnasSearchRow, printFnasSearch } from './fnas-search-table.js';

const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);
const DEVICES = ['fnas:zcu102', 'fnas:pynq_z1'];
/** Limits as quantiles of the candidates' latencies, from tight to loose. */
const QUANTILES = [0.1, 0.25, 0.5, 0.75];
/** Networks that the paper's searches draw, and that ours train. */
const TRAINED = 60;
/** Networks after which the search without pruning gives up. */
const PATIENCE = 600;
/** The second was chosen on CIFAR-10 with seeds from 101. */
const REWARDS: Readonly<Record<string, StrategyOptions>> = {
  'as published': {},
  'accuracy × 10': { accuracyWeight: 10 },
};

type Known = Pick<Awaited<ReturnType<typeof cifar100>>, 'pool' | 'accuracies'>;

/** FNAS beside the same controller without pruning, over several limits on two boards. */
export async function fnasSearchBench(options: BenchOptions): Promise<void> {
  if (!hasData()) return;
  const known = await cifar100(DATA);
  const limits = once(async () => DEVICES.flatMap((device) => limitsOn(device, known.pool)));
  const poolWithin = async (device: string, share: number) =>
    (await limits()).find((limit) => limit.device === device && limit.share === share)!.pool;

  const pieces = SEEDS.flatMap((seed): Piece<FnasSearchRow>[] => [
    {
      name: `fnas-search/nas/${seed}`,
      run: () => searched('nas', {}, known.pool, PATIENCE, { reward: '', device: '', share: 1, seed }, known),
    },
    ...DEVICES.flatMap((device) =>
      QUANTILES.flatMap((share) =>
        Object.entries(REWARDS).map(([reward, given]) => ({
          name: `fnas-search/${device.replace(':', '_')}/${share}/${reward.replace('×', 'x').replaceAll(' ', '')}/${seed}`,
          run: async () => {
            const pool = await poolWithin(device, share);
            return searched('fnas', given, pool, TRAINED, { reward, device, share, seed }, known);
          },
        })),
      ),
    ),
  ]);
  const rows = await runPieces(pieces, options);
  if (rows) {
    const task = { trained: TRAINED, patience: PATIENCE, rewards: Object.keys(REWARDS), seeds: SEEDS.length };
    printFnasSearch(rows, await limits(), known.accuracies, task);
  }
}

function limitsOn(device: string, all: CandidatePool): BoardLimit[] {
  const latency = analyticLatencyOf(all, device);
  return QUANTILES.map((share) => {
    const maxMs = Number(quantile([...latency.values], share).toPrecision(3));
    const pool = withinLimits(all, [{ ...latency, bound: maxMs }]);
    return { device, share, maxMs, pool, isWithin: (candidate) => latency.values[candidate] <= maxMs };
  });
}

async function searched(
  strategy: string,
  options: StrategyOptions,
  pool: CandidatePool,
  budget: number,
  about: Pick<FnasSearchRow, 'reward' | 'device' | 'share' | 'seed'>,
  { pool: all, accuracies }: Known,
): Promise<FnasSearchRow[]> {
  const started = performance.now();
  const { seed } = about;
  const made = strategyNamed(strategy).create({ pool, objective: accuracyObjective, budget, seed }, options);
  const search = new Search({ pool, strategy: made.strategy, budget, seed });
  await runSearch(search, tableEvaluator(all.space, all.architectures, accuracies), { pool });
  const trained = search.trials.map(({ candidate }) => all.candidateOf(pool.architectures[candidate])!);
  const overLimit = Number(/(\d+) over the limit/.exec(search.trials.at(-1)!.reason)![1]);
  return [{ ...about, trained, overLimit, seconds: (performance.now() - started) / 1000 }];
}
