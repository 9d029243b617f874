import { meanAndStd, plusMinus } from '../src/predictors/metrics.js';
import { pairFront } from '../src/search/codesign/pair-front.js';
import { PairPool } from '../src/search/codesign/pair-pool.js';
import { costLabel } from '../src/search/constraints.js';
import { frontOf } from '../src/search/objective.js';
import type { CandidatePool } from '../src/search/pool.js';
import type { meanCurve } from '../src/search/report/curve.js';
import type { Run } from '../src/search/seeded-run.js';
import { bestOf, isKnown, isTrained, type Trial } from '../src/search/trial.js';
import { plainTable } from './table.js';

/** Flags that a report of a search repeats. */
export interface ReportFlags {
  readonly strategy: string;
  readonly space: string;
  readonly budget: number;
  readonly objective: 'accuracy' | 'pareto';
}

/** A candidate and what is known about it. */
function described(pool: CandidatePool, { number, candidate, outcome }: Trial) {
  const latencyMs = Object.fromEntries(
    Object.entries(pool.costs).map(([device, values]) => [device, values[candidate]]),
  );
  return { number, arch: pool.space.format(pool.architectures[candidate]), ...outcome, latencyMs };
}

/** Numbers the evaluator gave beside the accuracy: reward, latency, area, or whatever a user's command prints. */
function numbersOf({ outcome }: Trial): [string, number][] {
  const { reward, details } = (outcome ?? {}) as { reward?: number; details?: Record<string, unknown> };
  return Object.entries({ ...(reward !== undefined && { reward }), ...details }).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
}

/** The object that `--json` prints. */
export function report(
  flags: ReportFlags,
  pool: CandidatePool,
  runs: readonly Run[],
  curve: ReturnType<typeof meanCurve>,
  optimum: number | undefined,
) {
  const found = runs.filter(({ trials }) => bestOf(trials)?.outcome.accuracy === optimum).length;
  return {
    strategy: flags.strategy,
    space: flags.space,
    budget: flags.budget,
    candidates: pool.size,
    curve,
    seconds: meanAndStd(runs.map(({ seconds }) => seconds)),
    /** Share of the runs that found the optimum; null if the optimum is unknown. */
    optimumFound: optimum === undefined ? null : found / runs.length,
    runs: runs.map(({ seed, trials, choice, seconds }) => {
      const best = bestOf(trials);
      const trained = trials.filter(isTrained);
      const known = trained.filter(isKnown).length;
      const front = flags.objective === 'pareto' ? frontOf(pool, trained) : undefined;
      return {
        seed,
        trained: trained.length - known,
        ...(known > 0 && { known }),
        failed: trials.filter(({ outcome }) => outcome && 'error' in outcome).length,
        seconds,
        best: best && described(pool, best),
        ...(choice && { chosen: { ...described(pool, choice.trial), because: choice.because } }),
        ...(front && {
          hypervolume: front.hypervolume,
          front: front.front.map((trial) => described(pool, trial)),
        }),
        ...(pool instanceof PairPool && {
          front: pairFront(pool, trained).map((trial) => described(pool, trial)),
        }),
      };
    }),
  };
}

/** The table for people. */
export function printRuns(
  flags: ReportFlags,
  pool: CandidatePool,
  runs: readonly Run[],
  optimum: number | undefined,
): void {
  const costs = Object.entries(pool.costs);
  const best = runs.flatMap(({ trials }) => bestOf(trials) ?? []);
  const extras = [...new Set(best.flatMap((trial) => numbersOf(trial).map(([name]) => name)))];
  const head = [
    'seed',
    'trained',
    'failed',
    'best %',
    ...costs.map(([name]) => costLabel(name)),
    ...extras,
    'seconds',
    'network',
  ];
  const table = plainTable(head);
  for (const { seed, trials, seconds } of runs) {
    const trained = trials.filter(isTrained);
    const shown = flags.objective === 'pareto' ? frontOf(pool, trained).front : [bestOf(trials)];
    for (const trial of shown) {
      if (!trial) continue;
      table.push([
        seed,
        trained.filter((each) => !isKnown(each)).length,
        trials.filter(({ outcome }) => outcome && 'error' in outcome).length,
        trial.outcome.accuracy.toFixed(3),
        ...costs.map(([, values]) => values[trial.candidate].toFixed(3)),
        ...extras.map((name) => new Map(numbersOf(trial)).get(name)?.toPrecision(4) ?? '-'),
        seconds.toFixed(1),
        pool.space.format(pool.architectures[trial.candidate]),
      ]);
    }
  }
  console.log(table.toString());
  for (const { seed, choice } of runs) {
    if (!choice) continue;
    const { number, candidate, outcome } = choice.trial;
    const network = pool.space.format(pool.architectures[candidate]);
    console.log(
      `seed ${seed}: returned is number ${number}, ${network}, ${outcome.accuracy.toFixed(3)} %, ${choice.because}`,
    );
  }
  if (runs.length > 1) {
    const bests = meanAndStd(runs.map(({ trials }) => bestOf(trials)?.outcome.accuracy ?? Number.NaN));
    console.log(`best accuracy ${plusMinus(bests, 3)} over ${runs.length} runs`);
  }
  if (optimum !== undefined) {
    const found = runs.filter(({ trials }) => bestOf(trials)?.outcome.accuracy === optimum).length;
    console.log(
      `the best of ${pool.size.toLocaleString('en')} candidates has ${optimum.toFixed(3)} %; found in ${found} of ${runs.length}`,
    );
  }
}
