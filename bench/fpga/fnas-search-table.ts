import { mean, median } from 'simple-statistics';
import { plainTable } from '../../cli/table.js';
import type { CandidatePool } from '../../src/search/pool.js';
import { meanStdText } from '../format.js';

/** One search. */
export interface FnasSearchRow {
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

/** A limit on a board's latency. */
export interface BoardLimit {
  readonly device: string;
  /** Share of all candidates that are within it. */
  readonly share: number;
  readonly maxMs: number;
  readonly pool: CandidatePool;
  /** @param candidate position in the pool of all */
  isWithin(candidate: number): boolean;
}

/** What is common to all searches. */
interface FnasSearchTask {
  /** Networks that a search with pruning trains. */
  readonly trained: number;
  /** Networks after which the one without pruning gives up. */
  readonly patience: number;
  readonly rewards: readonly string[];
  readonly seeds: number;
}

/** FNAS under one limit, beside `nas` on the same seeds; means over seeds. */
interface Comparison {
  readonly within: number;
  readonly overLimit: number;
  /** Best accuracy within the limit by seed, %. */
  readonly best: readonly number[];
  /** Networks that `nas` trains until it has one as good, median; infinite where most runs end before. */
  readonly asGoodAfter: number;
  readonly hours: number;
}

/** Assumed: the data do not tell how long training took. */
const HOURS_PER_NETWORK = 1;

/**
 * A row for `nas` and for each reward of FNAS, limit by limit.
 *
 * @param accuracies `[candidate]` of the pool of all, %
 */
export function printFnasSearch(
  rows: readonly FnasSearchRow[],
  limits: readonly BoardLimit[],
  accuracies: Float64Array,
  { trained, patience, rewards, seeds }: FnasSearchTask,
): void {
  const head = [
    ...['limit, ms', 'candidates', 'best, %', 'search', 'within', 'over, untrained', `best of ${trained}, %`],
    ...['unpruned trains', 'nas as good after', 'hours', 'faster'],
  ];
  const table = plainTable(head);
  const nas = rows.filter(({ reward }) => reward === '');
  let [mostFaster, mostPruned] = [0, 0];
  for (const limit of limits) {
    const { device, share, maxMs, pool } = limit;
    if (share === limits[0].share) table.push([{ colSpan: head.length, content: device }]);
    const first = nas.map((row) => row.trained.slice(0, trained));
    const optimum = bestWithin(limit, [...accuracies.keys()], accuracies);
    table.push([
      ...[maxMs, pool.size, optimum.toFixed(2), 'nas'],
      `${meanWithin(limit, first).toFixed(0)} of ${trained}`,
      '',
      meanStdText(
        first.map((own) => bestWithin(limit, own, accuracies)),
        2,
      ),
      ...['', '', trained * HOURS_PER_NETWORK, ''],
    ]);
    for (const reward of rewards) {
      const own = rows.filter((row) => row.reward === reward && row.device === device && row.share === share);
      if (own.length === 0) continue;
      const { within, overLimit, best, asGoodAfter, hours } = compared(own, nas, limit, accuracies);
      const faster = asGoodAfter / trained;
      if (Number.isFinite(faster)) mostFaster = Math.max(mostFaster, faster);
      mostPruned = Math.max(mostPruned, (trained + overLimit) / trained);
      table.push([
        ...['', '', '', `fnas, ${reward}`],
        `${within.toFixed(0)} of ${trained}`,
        overLimit.toFixed(0),
        meanStdText(best, 2),
        (trained + overLimit).toFixed(0),
        Number.isFinite(asGoodAfter) ? asGoodAfter.toFixed(0) : `> ${patience}`,
        hours.toFixed(1),
        Number.isFinite(faster) ? `${faster.toFixed(1)}×` : 'not told',
      ]);
    }
  }
  console.log(
    `FNAS on NAS-Bench-201, CIFAR-100 test %, ${seeds} seeds, ${HOURS_PER_NETWORK} h a network (assumed); ` +
      'nas: the same controller, rewarded for accuracy, trains every child',
  );
  console.log(table.toString());
  console.log(
    `faster: trainings until nas has a network as good, median over seeds, over the ${trained} of fnas`,
  );
  console.log(
    `published: up to 11.13× faster, all within the limit; ours: up to ${mostFaster.toFixed(2)}× until as good, ` +
      `up to ${mostPruned.toFixed(2)}× for the same children`,
  );
}

function compared(
  own: readonly FnasSearchRow[],
  nas: readonly FnasSearchRow[],
  limit: BoardLimit,
  accuracies: Float64Array,
): Comparison {
  const best = own.map(({ trained }) => bestWithin(limit, trained, accuracies));
  const after = own.map(({ seed }, i) => {
    const others = nas.find((row) => row.seed === seed)!.trained;
    const at = others.findIndex((other) => limit.isWithin(other) && accuracies[other] >= best[i]);
    return at < 0 ? Number.POSITIVE_INFINITY : at + 1;
  });
  const lists = own.map(({ trained }) => trained);
  return {
    within: meanWithin(limit, lists),
    overLimit: mean(own.map(({ overLimit }) => overLimit)),
    best,
    asGoodAfter: median(after),
    hours: mean(own.map(({ trained, seconds }) => trained.length * HOURS_PER_NETWORK + seconds / 3600)),
  };
}

/** The best accuracy of those within the limit, %; 0 if there are none. */
function bestWithin(limit: BoardLimit, trained: readonly number[], accuracies: Float64Array): number {
  return trained.filter(limit.isWithin).reduce((best, i) => Math.max(best, accuracies[i]), 0);
}

/** How many networks of a search are within the limit, mean over searches. */
function meanWithin(limit: BoardLimit, searches: readonly (readonly number[])[]): number {
  return mean(searches.map((trained) => trained.filter(limit.isWithin).length));
}
