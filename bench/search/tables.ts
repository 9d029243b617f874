import { plainTable } from '../../cli/table.js';
import { meanAndStd } from '../../src/predictors/metrics.js';
import { meanStdText } from '../format.js';
import type { RunRow, Setting } from './runs.js';

/** The runs that there are of a setting, by its name. */
export type RunsOf = (setting: string) => readonly RunRow[];

/** Settings beside each other. */
export interface SearchTable {
  readonly settings: readonly Setting[];
  print(runsOf: RunsOf): void | Promise<void>;
}

/** Settings by their best accuracies after so many trained networks, the last being those of a whole run. */
export function curveTable(
  title: string,
  head: readonly string[],
  steps: readonly number[],
  rows: readonly (readonly [cells: readonly string[], setting: Setting])[],
): SearchTable {
  const most = steps[steps.length - 1];
  return {
    settings: rows.map(([, setting]) => setting),
    print: (runsOf) =>
      printTable(
        title,
        [...head, ...steps.map((n) => `best of ${n}`), `optimum in ${most}`, 'trainings until it'],
        rows.map(([cells, { name }]) => {
          const runs = runsOf(name);
          return runs.length === 0
            ? []
            : [...cells, ...bestAfter(runs, steps), foundWithin(runs, most), trainingsUntilOptimum(runs)];
        }),
      ),
  };
}

/** Leaves empty rows out, and prints nothing if there are no others. */
export function printTable(title: string, head: string[], rows: readonly string[][]): void {
  const table = plainTable(head);
  table.push(...rows.filter((row) => row.length > 0));
  if (table.length > 0) console.log(`${title}\n${table}`);
}

/** Mean and spread of the best accuracy after each number of trained networks, %. */
export function bestAfter(runs: readonly Pick<RunRow, 'best'>[], steps: readonly number[]): string[] {
  return steps.map((n) =>
    meanStdText(
      runs.map(({ best }) => best[Math.min(n, best.length) - 1]),
      2,
    ),
  );
}

/** In how many runs the best candidate is among the first n. */
export function foundWithin(runs: readonly RunRow[], n: number): string {
  return `${runs.filter(({ best, optimum }) => best[Math.min(n, best.length) - 1] >= optimum).length}/${runs.length}`;
}

/**
 * Mean number of trainings until the best candidate is trained; `≥` where runs ended without it, which count with their
 * length.
 */
export function trainingsUntilOptimum(runs: readonly RunRow[]): string {
  const until = runs.map(({ best, optimum }) => best.findIndex((value) => value >= optimum) + 1);
  const { mean } = meanAndStd(until.map((n, i) => (n === 0 ? runs[i].best.length : n)));
  return `${until.includes(0) ? '≥ ' : ''}${mean.toFixed(0)}`;
}
