import { mean, quantile } from 'simple-statistics';
import { Random } from '../../src/base/random.js';
import { withinLimits } from '../../src/search/constraints.js';
import { accuracyObjective } from '../../src/search/objective.js';
import {
  isWithin,
  type OperatorPool,
  operatorPool,
  sampleWithin,
} from '../../src/search/operators/operator-pool.js';
import { type CandidatePool, poolOf } from '../../src/search/pool.js';
import { bestSoFar } from '../../src/search/report/curve.js';
import { runSearch } from '../../src/search/run.js';
import { Search } from '../../src/search/search.js';
import { strategyNamed } from '../../src/search/strategies/registry.js';
import type { StrategyOptions } from '../../src/search/strategies/strategy.js';
import { mnasnet as space } from '../../src/spaces/mnasnet/space.js';
import { meanStdText } from '../format.js';
import { type BenchOptions, once, runPieces } from '../pieces.js';
import { mnasnetSurrogate, type Surrogate } from './mnasnet-surrogate.js';
import { printTable } from './tables.js';

const DEVICES = ['zcu102', 'a100', 'rtx3090'];
/** Quantiles of the measured latencies. */
const LIMITS = [0.25, 0.5];
const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
const BUDGET = 100;
/** Operators of a block that are kept for their score, of 12. */
const [OWN_KEEP, FOREIGN_KEEP] = [6, 4];
/** Networks that a pool of candidates lists; the others are admitted. */
const LISTED = 200;

/** The evolution of SPOS, and the two stages of HURRICANE in either order. */
const SEARCHES: Readonly<Record<string, StrategyOptions>> = {
  one: { stages: 1 },
  later: { first: 'later' },
  earlier: { first: 'earlier' },
};

interface PoolRow {
  readonly device: string;
  readonly limit: number;
  /** Whose pool is searched, or `all` operators. */
  readonly pool: string;
  readonly keep: number;
  readonly search: string;
  readonly seed: number;
  /** Best accuracy by the surrogate among the first n, %; empty where no network of the pool keeps within the limit. */
  readonly best: readonly number[];
}

type Cell = Omit<PoolRow, 'seed' | 'best'>;

/** HURRICANE's pools and stages on a surrogate of Accel-NASBench. */
export async function poolTables(shared: string, options: BenchOptions): Promise<void> {
  const load = once(() => prepare(shared));
  const cells = DEVICES.flatMap((device) =>
    LIMITS.flatMap((limit): Cell[] => [
      { device, limit, pool: 'all', keep: 12, search: 'one' },
      ...Object.keys(SEARCHES).map((search) => ({ device, limit, pool: device, keep: OWN_KEEP, search })),
      ...DEVICES.map((pool) => ({ device, limit, pool, keep: FOREIGN_KEEP, search: 'one' })),
    ]),
  );
  const pieces = cells.map((cell) => ({
    name: `search/pools/${cell.device}/${cell.limit}/${cell.pool}-${cell.keep}/${cell.search}`,
    run: async () => {
      const { surrogate, pools } = await load();
      const rows: PoolRow[] = [];
      for (const seed of SEEDS) rows.push(await oneRun(cell, seed, surrogate, pools));
      return rows;
    },
  }));
  const rows = await runPieces<PoolRow>(pieces, options);
  if (!rows) return;
  const { surrogate, pools } = await load();
  printSurrogate(surrogate);
  printPools(pools);
  printRuns(rows);
}

const keyOf = (device: string, keep: number) => `${device}/${keep}`;

async function prepare(shared: string) {
  const surrogate = await mnasnetSurrogate(shared);
  const pools: Record<string, OperatorPool> = {};
  for (const device of DEVICES) {
    const latency = async (networks: readonly Uint8Array[]) => surrogate.latencyMs[device](networks);
    for (const keep of [OWN_KEEP, FOREIGN_KEEP]) {
      pools[keyOf(device, keep)] = await operatorPool(space, latency, { keep, references: 8, seed: 1 });
    }
  }
  return { surrogate, pools };
}

async function oneRun(
  cell: Cell,
  seed: number,
  { accuracy, latencyMs, measuredMs }: Surrogate,
  pools: Readonly<Record<string, OperatorPool>>,
): Promise<PoolRow> {
  const { device, limit, pool: whose, keep, search: name } = cell;
  const operators = whose === 'all' ? undefined : pools[keyOf(whose, keep)];
  const most = quantile([...measuredMs[device]], limit);
  const limitsOf = async ({ architectures }: CandidatePool) => {
    const values = latencyMs[device](architectures);
    return [{ device, bound: most, values, worst: values }];
  };
  const random = new Random(seed);
  const listed = Array.from({ length: LISTED }, () =>
    operators ? sampleWithin(operators, random) : space.sample(random),
  );
  const all = poolOf(space, listed, async (networks) =>
    networks.map((a) => ({ costs: {}, isWithin: !operators || isWithin(operators, a) })),
  );
  const limits = await limitsOf(all);
  if (limits[0].values.every((ms) => ms > most)) return { ...cell, seed, best: [] };
  const pool = withinLimits(all, limits, limitsOf);
  const { strategy } = strategyNamed('hurricane').create(
    { pool, objective: accuracyObjective, budget: BUDGET, seed, operators },
    SEARCHES[name],
  );
  const search = new Search({ pool, strategy, budget: BUDGET, seed });
  await runSearch(search, { evaluate: async (a) => ({ accuracy: accuracy([a])[0] }) }, { pool });
  return { ...cell, seed, best: bestSoFar(search.trials) };
}

function printSurrogate({ accuracyError, latencySpearman }: Surrogate): void {
  const { spearman, meanPoints, unseen } = accuracyError;
  console.log(
    `Accuracy on ${unseen} networks not learned from: Spearman ${spearman.toFixed(3)}, mean error ` +
      `${meanPoints.toFixed(2)} points; latency, Spearman: ${Object.entries(latencySpearman)
        .map(([device, value]) => `${device} ${value.toFixed(4)}`)
        .join(', ')}`,
  );
}

function printPools(pools: Readonly<Record<string, OperatorPool>>): void {
  const keptOf = (device: string) =>
    pools[keyOf(device, OWN_KEEP)].layers.map(({ operators }) => operators.filter(({ kept }) => kept));
  printTable(
    `Operators kept, ${OWN_KEEP} of 12 and the fastest; blocks of seven:`,
    [
      'device',
      'blocks without squeeze-excite',
      'blocks with kernel 5',
      ...DEVICES.map((d) => `overlap ${d}`),
    ],
    DEVICES.map((device) => {
      const kept = keptOf(device);
      const has = (part: string) => kept.filter((own) => own.some(({ name }) => name.includes(part))).length;
      const names = (of: string) => keptOf(of).flatMap((own, b) => own.map(({ name }) => `${b} ${name}`));
      const own = new Set(names(device));
      const overlaps = DEVICES.map((other) => {
        const theirs = names(other);
        const both = theirs.filter((name) => own.has(name)).length;
        return (both / (own.size + theirs.length - both)).toFixed(2);
      });
      return [device, `${7 - has('se1')}`, `${has('k5')}`, ...overlaps];
    }),
  );
}

function printRuns(rows: readonly PoolRow[]): void {
  const finals = (cell: Partial<PoolRow>) =>
    rows
      .filter((row) => Object.entries(cell).every(([name, value]) => row[name as keyof PoolRow] === value))
      .map(({ best }) => best.at(-1) ?? Number.NaN);
  const shown = (values: readonly number[]) => {
    const known = values.filter((value) => !Number.isNaN(value));
    return known.length === 0 ? 'none fits' : meanStdText(known, 2);
  };
  const cells = DEVICES.flatMap((device) => LIMITS.map((limit) => ({ device, limit })));
  printTable(
    `Best of ${BUDGET} by the surrogate, %, ${SEEDS.length} seeds; SPOS's evolution unless stated otherwise:`,
    ['device', 'limit at', 'all operators', 'own pool', 'two stages, later first', 'earlier first'],
    cells.map((cell) => [
      cell.device,
      `${cell.limit}`,
      shown(finals({ ...cell, pool: 'all' })),
      ...['one', 'later', 'earlier'].map((search) =>
        shown(finals({ ...cell, pool: cell.device, keep: OWN_KEEP, search })),
      ),
    ]),
  );
  printTable(
    `Pools of ${FOREIGN_KEEP}: best of ${BUDGET}, % (rows: the device that limits; columns: whose pool):`,
    ['device', 'limit at', ...DEVICES],
    cells.map((cell) => [
      cell.device,
      `${cell.limit}`,
      ...DEVICES.map((pool) => shown(finals({ ...cell, pool, keep: FOREIGN_KEEP }))),
    ]),
  );
  printTable(
    'Networks evaluated until 0.1 points below what one stage has after 100 (mean; 100 where that is not reached):',
    ['device', 'limit at', 'one stage', 'later first', 'earlier first'],
    cells.map((cell) => {
      const own = rows.filter(
        ({ device, limit, pool, keep }) =>
          device === cell.device && limit === cell.limit && pool === device && keep === OWN_KEEP,
      );
      const wanted = mean(own.filter(({ search }) => search === 'one').map(({ best }) => best.at(-1)!)) - 0.1;
      const until = (name: string) =>
        mean(
          own
            .filter(({ search }) => search === name)
            .map(({ best }) => best.findIndex((value) => value >= wanted) + 1 || BUDGET),
        ).toFixed(0);
      return [cell.device, `${cell.limit}`, ...Object.keys(SEARCHES).map(until)];
    }),
  );
}
