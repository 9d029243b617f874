import { median, quantile } from 'simple-statistics';
import { plainTable } from '../../cli/table.js';
import { meanAndStd } from '../../src/predictors/metrics.js';
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
import { spread } from '../format.js';
import { type BenchOptions, type Piece, runPieces } from '../pieces.js';
import { cifar100 } from '../search/nasbench201.js';

const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);
const DEVICES = ['fnas:zcu102', 'fnas:pynq_z1'];
/** Limits as quantiles of the candidates' latencies, from tight to loose. */
const QUANTILES = [0.1, 0.25, 0.5, 0.75];
/** Networks that the paper's searches draw, and that ours train. */
const TRAINED = 60;
/** Networks after which the search without pruning gives up. */
const PATIENCE = 600;
/** Assumed: the data do not tell how long training took. */
const HOURS_PER_NETWORK = 1;
/** The second was chosen on CIFAR-10 with seeds from 101. */
const REWARDS: Readonly<Record<string, StrategyOptions>> = {
  'as published': {},
  'accuracy × 10': { accuracyWeight: 10 },
};

/** One search. */
interface SearchRow {
  /** Empty for the search without pruning, which knows no limit. */
  readonly reward: string;
  readonly device: string;
  readonly share: number;
  readonly seed: number;
  /** Trained networks, as positions in the pool of all, in order. */
  readonly trained: readonly number[];
  /** Children over the limit, none of which was trained. */
  readonly overLimit: number;
  readonly seconds: number;
}

/** FNAS beside the same controller without pruning, over several limits on two boards. */
export async function fnasSearchBench(options: BenchOptions): Promise<void> {
  if (!hasData()) return;
  const { pool: all, accuracies: accuracy } = await cifar100(DATA);
  const evaluator = tableEvaluator(all.space, all.architectures, accuracy);
  const limitsOf = (device: string) => {
    const latency = analyticLatencyOf(all, device);
    return QUANTILES.map((share) => {
      const maxMs = Number(quantile([...latency.values], share).toPrecision(3));
      return { share, limit: { ...latency, maxMs }, pool: withinLimits(all, [{ ...latency, bound: maxMs }]) };
    });
  };
  const limits = new Map(options.list ? [] : DEVICES.map((device) => [device, limitsOf(device)]));

  const run = async (
    strategy: string,
    given: StrategyOptions,
    pool: CandidatePool,
    budget: number,
    about: Pick<SearchRow, 'reward' | 'device' | 'share' | 'seed'>,
  ): Promise<SearchRow[]> => {
    const started = performance.now();
    const { seed } = about;
    const made = strategyNamed(strategy).create({ pool, objective: accuracyObjective, budget, seed }, given);
    const search = new Search({ pool, strategy: made.strategy, budget, seed });
    await runSearch(search, evaluator, { pool });
    const trained = search.trials.map(({ candidate }) => all.candidateOf(pool.architectures[candidate])!);
    const overLimit = Number(/(\d+) over the limit/.exec(search.trials.at(-1)!.reason)![1]);
    return [{ ...about, trained, overLimit, seconds: (performance.now() - started) / 1000 }];
  };
  const pieces = SEEDS.flatMap((seed): Piece<SearchRow>[] => [
    {
      name: `fnas-search/nas/${seed}`,
      run: () => run('nas', {}, all, PATIENCE, { reward: '', device: '', share: 1, seed }),
    },
    ...DEVICES.flatMap((device) =>
      QUANTILES.flatMap((share, i) =>
        Object.entries(REWARDS).map(([reward, given]) => ({
          name: `fnas-search/${device.replace(':', '_')}/${share}/${reward.replace('×', 'x').replaceAll(' ', '')}/${seed}`,
          run: () =>
            run('fnas', given, limits.get(device)![i].pool, TRAINED, { reward, device, share, seed }),
        })),
      ),
    ),
  ]);
  const rows = await runPieces(pieces, options);
  if (!rows) return;

  const head = ['limit, ms', 'candidates', 'best, %', 'search', 'within', 'over, untrained'];
  const table = plainTable([
    ...head,
    `best of ${TRAINED}, %`,
    'unpruned trains',
    'nas as good after',
    'hours',
    'faster',
  ]);
  const nas = rows.filter(({ reward }) => reward === '');
  let most = 0;
  let pruned = 0;
  for (const device of DEVICES) {
    table.push([{ colSpan: 11, content: device }]);
    for (const { share, limit, pool } of limits.get(device)!) {
      const within = (candidate: number) => limit.values[candidate] <= limit.maxMs;
      const bestOf = (trained: readonly number[]) =>
        trained.filter(within).reduce((best, i) => Math.max(best, accuracy[i]), 0);
      const optimum = bestOf([...all.architectures.keys()]);
      const setting = [limit.maxMs, pool.size, optimum.toFixed(2)];
      const first = nas.map(({ trained }) => trained.slice(0, TRAINED));
      const fromNas = first.flat().filter(within).length / nas.length;
      table.push([
        ...setting,
        'nas',
        `${fromNas.toFixed(0)} of ${TRAINED}`,
        '',
        spread(first.map(bestOf), 2),
        '',
        '',
        TRAINED * HOURS_PER_NETWORK,
        '',
      ]);
      for (const reward of Object.keys(REWARDS)) {
        const own = rows.filter(
          (row) => row.reward === reward && row.device === device && row.share === share,
        );
        if (own.length === 0) continue;
        const count = own.flatMap(({ trained }) => trained).filter(within).length / own.length;
        const over = meanAndStd(own.map(({ overLimit }) => overLimit)).mean;
        const after = own.map(({ trained, seed }) => {
          const other = nas.find((row) => row.seed === seed)!.trained;
          const found = bestOf(trained);
          const at = other.findIndex((candidate) => within(candidate) && accuracy[candidate] >= found);
          return at < 0 ? Number.POSITIVE_INFINITY : at + 1;
        });
        const typical = median(after);
        const faster = typical / TRAINED;
        if (Number.isFinite(faster)) most = Math.max(most, faster);
        pruned = Math.max(pruned, (TRAINED + over) / TRAINED);
        const hours = meanAndStd(
          own.map(({ trained, seconds }) => trained.length * HOURS_PER_NETWORK + seconds / 3600),
        ).mean;
        table.push([
          '',
          '',
          '',
          `fnas, ${reward}`,
          `${count.toFixed(0)} of ${TRAINED}`,
          over.toFixed(0),
          spread(
            own.map(({ trained }) => bestOf(trained)),
            2,
          ),
          (TRAINED + over).toFixed(0),
          Number.isFinite(typical) ? typical.toFixed(0) : `> ${PATIENCE}`,
          hours.toFixed(1),
          Number.isFinite(faster) ? `${faster.toFixed(1)}×` : 'not told',
        ]);
      }
    }
  }
  console.log(
    `FNAS on NAS-Bench-201, CIFAR-100 test %, ${SEEDS.length} seeds, ${HOURS_PER_NETWORK} h a network (assumed); ` +
      'nas: the same controller, rewarded for accuracy, trains every child',
  );
  console.log(table.toString());
  console.log(
    `faster: trainings until nas has a network as good, median over seeds, over the ${TRAINED} of fnas`,
  );
  console.log(
    `published: up to 11.13× faster, all within the limit; ours: up to ${most.toFixed(2)}× until as good, ` +
      `up to ${pruned.toFixed(2)}× for the same children`,
  );
}
