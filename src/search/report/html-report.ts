import { escaped } from '../../base/escaped.js';
import { meanAndStd } from '../../predictors/metrics.js';
import { costLabel, costParts, isGain } from '../constraints.js';
import type { CandidatePool } from '../pool.js';
import { isTrained, type TrainedTrial, type Trial } from '../trial.js';
import { costFront } from './cost-front.js';
import { type CostPoint, costPlot } from './cost-plot.js';
import { bestSoFar, type CurvePoint, meanCurve } from './curve.js';
import { curvePlot } from './curve-plot.js';
import { drawNetwork } from './network-drawing.js';
import { codeTable, factList, figure, htmlPage } from './page.js';

/** The content of a report. */
export interface ReportedSearch {
  readonly pool: CandidatePool;
  readonly strategy: string;
  readonly budget: number;
  /** Everything that determines the search, as in its log. */
  readonly task: Readonly<Record<string, unknown>>;
  readonly runs: readonly {
    readonly seed: number;
    readonly trials: readonly Trial[];
    readonly seconds: number;
  }[];
  /** By name of the cost, in its unit. */
  readonly limits: Readonly<Record<string, number>>;
  /** The best accuracy in the pool, if known for all of it. */
  readonly optimum?: number;
  /** Other strategies' mean curves on the same networks, if accuracies are known. */
  readonly baselines: readonly { readonly name: string; readonly points: readonly CurvePoint[] }[];
}

/** Number of networks drawn. */
const DRAWN = 6;
/** Most rows of the table of the front. */
const MOST_ROWS = 30;

type Row = TrainedTrial & { readonly seed: number };

/** A search as a self-contained HTML file: curve, accuracy against latency, and drawings of the best networks. */
export function htmlReport(search: ReportedSearch): string {
  const { pool, strategy, budget, runs, optimum } = search;
  const rows: Row[] = runs.flatMap(({ seed, trials }) =>
    trials.filter(isTrained).map((trial) => ({ ...trial, seed })),
  );
  const best = distinct(pool, rows).slice(0, DRAWN);
  const title = `${strategy} on ${pool.space.name}`;
  const parts = [
    `<p>${budget} of ${pool.size.toLocaleString('en')} networks may be trained, ${runs.length} ${runs.length === 1 ? 'run' : 'runs'}.</p>`,
    facts(search, rows),
    '<h2>Search curve</h2>',
    figure((width) => curves(search, width)),
    search.baselines.length > 0
      ? '<p>The other strategies chose from the same networks; bands are ± one standard deviation over runs.</p>'
      : '',
    '<h2>Accuracy and cost</h2><div class="plots">',
    ...costsOf(search).map((axis) => figure((width) => costPlot({ ...axis, points: axis.of(rows), width }))),
    '</div><h2>Best networks</h2><div class="networks">',
    ...best.map((row) => card(pool, row, optimum)),
    '</div>',
    '<h2>Front</h2>',
    frontTable(search, rows),
  ];
  return htmlPage(title, parts, search.task);
}

function facts({ runs, optimum, limits }: ReportedSearch, rows: readonly Row[]): string {
  const failed = runs.flatMap(({ trials }) => trials.filter(({ outcome }) => outcome && 'error' in outcome));
  const bests = runs.map(({ trials }) => bestSoFar(trials).at(-1)).filter((best) => best !== undefined);
  const found = bests.filter((best) => best === optimum).length;
  const entries: [string, string][] = [['trained', String(rows.length)]];
  if (bests.length > 0) {
    const { mean, std } = meanAndStd(bests);
    entries.push(['best accuracy', `${mean.toFixed(2)}${bests.length > 1 ? ` ± ${std.toFixed(2)}` : ''} %`]);
  }
  if (optimum !== undefined) {
    entries.push(['best there is', `${optimum.toFixed(2)} %`], ['found in', `${found} of ${runs.length}`]);
  }
  for (const [name, most] of Object.entries(limits))
    entries.push([`limit, ${costLabel(name)}`, String(most)]);
  if (failed.length > 0) entries.push(['failed', String(failed.length)]);
  entries.push(['time', `${meanAndStd(runs.map(({ seconds }) => seconds)).mean.toFixed(1)} s a run`]);
  return factList(entries);
}

function curves(
  { strategy, runs, baselines, optimum, pool, budget }: ReportedSearch,
  width?: number,
): string {
  const points = meanCurve(runs.map(({ trials }) => bestSoFar(trials)));
  return curvePlot({
    title: 'Best accuracy among the networks trained so far',
    subtitle: `${pool.space.name}, ${budget} networks`,
    curves: [{ name: strategy, points }, ...baselines],
    optimum,
    from: Math.min(5, points.length),
    width,
  });
}

/** The pool's costs; if it has none, multiply-accumulates. */
function costsOf({ pool, limits }: ReportedSearch) {
  const axis = (
    {
      title,
      what = title,
      unit,
      ...rest
    }: { title: string; what?: string; unit: string; limit?: number; isGain?: boolean },
    cost: (candidate: number) => number,
  ) => ({
    title,
    label: `${what}, ${unit}`,
    unit,
    ...rest,
    of: (rows: readonly Row[]): CostPoint[] =>
      rows.map(({ candidate, outcome }) => ({
        cost: cost(candidate),
        accuracy: outcome.accuracy,
        architecture: pool.space.format(pool.architectures[candidate]),
      })),
  });
  const costs = Object.entries(pool.costs).map(([name, values]) =>
    axis(
      { title: name, limit: limits[name], isGain: isGain(name), ...costParts(name) },
      (candidate) => values[candidate],
    ),
  );
  const macs = (candidate: number) => pool.space.macs(pool.architectures[candidate]) / 1e6;
  const instead = { title: 'Multiply-accumulates', what: 'MACs', unit: 'millions' };
  return costs.length > 0 ? costs : [axis(instead, macs)];
}

/** The distinct networks, the best first. */
function distinct(pool: CandidatePool, rows: readonly Row[]): Row[] {
  const seen = new Set<number>();
  return [...rows]
    .sort((a, b) => b.outcome.accuracy - a.outcome.accuracy)
    .filter(({ candidate }) => candidate < pool.size && !seen.has(candidate) && seen.add(candidate));
}

function card(
  pool: CandidatePool,
  { candidate, number, seed, reason, outcome }: Row,
  optimum?: number,
): string {
  const architecture = pool.architectures[candidate];
  const costs = Object.entries(pool.costs).map(([name, values]) => {
    const { what, unit } = costParts(name);
    return `${what} ${values[candidate].toFixed(3)} ${unit}`;
  });
  const macs = `${(pool.space.macs(architecture) / 1e6).toFixed(1)} million MACs`;
  const mark = optimum === outcome.accuracy ? ' <span class="mark">best there is</span>' : '';
  return [
    `<article><h3>${outcome.accuracy.toFixed(2)} %${mark}</h3>`,
    `<p>${escaped([...costs, macs].join(', '))}</p>`,
    `<div class="drawing">${drawNetwork(pool.space, architecture)}</div>`,
    `<p class="how">Network ${number} of seed ${seed}: ${escaped(reason)}</p>`,
    `<code>${escaped(pool.space.format(architecture))}</code></article>`,
  ].join('');
}

/** The front of accuracy against each cost as a table, for readers who cannot see the plots. */
function frontTable(search: ReportedSearch, rows: readonly Row[]): string {
  return costsOf(search)
    .map(({ label, isGain: more, of }) => {
      const front = costFront(of(rows), ({ accuracy }) => accuracy, more).slice(-MOST_ROWS);
      const body = front.map(({ cost, accuracy, architecture }) => [
        cost.toPrecision(4),
        accuracy.toFixed(2),
        architecture,
      ]);
      return codeTable([label, 'accuracy, %', 'network'], body);
    })
    .join('');
}
