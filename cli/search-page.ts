import { writeOutput } from '../src/base/write-output.js';
import { PairPool } from '../src/search/codesign/pair-pool.js';
import { bestSoFar, meanCurve } from '../src/search/report/curve.js';
import type { Run } from '../src/search/seeded-run.js';
import type { PreparedSearch } from '../src/search/setup.js';
import { type ReportFlags, report } from './search-report.js';

/** Writes the HTML report of a search, and JSON for programs beside it. */
export async function writeReport(
  file: string,
  flags: ReportFlags & { readonly accuracy?: string; readonly set: readonly string[] },
  { pool, evaluator, optimum, limits = {}, described, objective: raised }: PreparedSearch,
  runs: readonly Run[],
): Promise<void> {
  const { baselineCurves } = await import('../src/search/report/baselines.js');
  const { strategy, budget, objective } = flags;
  const task = { ...described, strategy, options: flags.set, objective, budget };
  // Only with a table of accuracies is it known what other strategies would have found.
  const baselines = flags.accuracy ? await baselineCurves(pool, evaluator, budget, strategy, raised) : [];
  const shown = { strategy, budget, task, runs, baselines };
  const html =
    pool instanceof PairPool
      ? (await import('../src/search/report/pair-report.js')).pairReport({ ...shown, pool })
      : (await import('../src/search/report/html-report.js')).htmlReport({ ...shown, pool, limits, optimum });
  await writeOutput(file, html);
  const curve = meanCurve(runs.map(({ trials }) => bestSoFar(trials)));
  const about = { ...report(flags, pool, runs, curve, optimum), baselines };
  await writeOutput(file.replace(/(\.html?)?$/i, '.json'), JSON.stringify(about, null, 2));
}
