import { escaped } from '../../base/escaped.js';
import { configurationParameters } from '../../devices/codesign/configuration.js';
import { meanAndStd } from '../../predictors/metrics.js';
import { pairFront } from '../codesign/pair-front.js';
import type { PairPool } from '../codesign/pair-pool.js';
import { isTrained, merit, type TrainedTrial } from '../trial.js';
import { costPlot } from './cost-plot.js';
import { bestSoFar, meanCurve } from './curve.js';
import { curvePlot, LABELS_OF_PAIRS } from './curve-plot.js';
import type { ReportedSearch } from './html-report.js';
import { drawNetwork } from './network-drawing.js';
import { codeTable, factList, figure, htmlPage } from './page.js';

/** The content of a report on a search for pairs. */
export interface ReportedPairs extends Omit<ReportedSearch, 'pool' | 'limits' | 'optimum'> {
  readonly pool: PairPool;
}

/** A pair that was evaluated. */
interface Row extends TrainedTrial {
  readonly seed: number;
  readonly latencyMs: number;
  readonly areaMm2: number;
}

/** Number of pairs drawn. */
const DRAWN = 6;
/** Most rows of the table of the front. */
const MOST_ROWS = 30;

/** A search for pairs as a self-contained HTML file: reward, its components, and drawings of the best pairs. */
export function pairReport(search: ReportedPairs): string {
  const { pool, strategy, budget, runs, baselines } = search;
  const rows: Row[] = runs.flatMap(({ seed, trials }) =>
    trials
      .filter(isTrained)
      .map((trial) => ({ ...trial, seed, ...pool.metricsOf(pool.architectures[trial.candidate]) })),
  );
  const parts = [
    `<p>${budget} of ${pool.size.toLocaleString('en')} pairs of a network and an accelerator, ${runs.length} ${runs.length === 1 ? 'run' : 'runs'}.</p>`,
    facts(search, rows),
    '<h2>Search curve</h2>',
    figure((width) =>
      curvePlot({
        title: 'Best reward among the pairs so far',
        subtitle: `${pool.space.name}, ${budget} pairs`,
        curves: [
          { name: strategy, points: meanCurve(runs.map(({ trials }) => bestSoFar(trials))) },
          ...baselines,
        ],
        labels: LABELS_OF_PAIRS,
        width,
      }),
    ),
    baselines.length > 0
      ? '<p>The other strategies chose from the same pairs; bands are ± one standard deviation over runs.</p>'
      : '',
    '<h2>Accuracy, latency and area</h2><div class="plots">',
    ...plots(search, rows),
    '</div><h2>Best pairs</h2><div class="networks">',
    ...distinct(rows)
      .slice(0, DRAWN)
      .map((row) => card(pool, row)),
    '</div><h2>Front</h2>',
    frontTable(pool, rows),
  ];
  return htmlPage(`${strategy} on ${pool.space.name}`, parts, search.task);
}

function facts({ pool, runs }: ReportedPairs, rows: readonly Row[]): string {
  const bests = runs.map(({ trials }) => bestSoFar(trials).at(-1)).filter((best) => best !== undefined);
  const failed = runs.flatMap(({ trials }) => trials.filter(({ outcome }) => outcome && 'error' in outcome));
  const entries: [string, string][] = [['pairs', String(rows.length)]];
  if (bests.length > 0) {
    const { mean, std } = meanAndStd(bests);
    entries.push(['best reward', mean.toFixed(4) + (bests.length > 1 ? ` ± ${std.toFixed(4)}` : '')]);
  }
  const { maxLatencyMs, maxAreaMm2, minAccuracyPercent } = pool.options.limits;
  if (maxLatencyMs !== undefined) entries.push(['limit, latency', `${maxLatencyMs} ms`]);
  if (maxAreaMm2 !== undefined) entries.push(['limit, area', `${maxAreaMm2} mm²`]);
  if (minAccuracyPercent !== undefined) entries.push(['least accuracy', `${minAccuracyPercent} %`]);
  if (failed.length > 0) entries.push(['failed', String(failed.length)]);
  entries.push(['time', `${meanAndStd(runs.map(({ seconds }) => seconds)).mean.toFixed(1)} s a run`]);
  return factList(entries);
}

function plots({ pool }: ReportedPairs, rows: readonly Row[]): string[] {
  const plot = (title: string, unit: string, limit: number | undefined, cost: (row: Row) => number) => {
    const points = rows.map((row) => ({
      cost: cost(row),
      accuracy: row.outcome.accuracy,
      architecture: pool.space.format(pool.architectures[row.candidate]),
    }));
    const label = `${title.toLowerCase()}, ${unit}`;
    return figure((width) => costPlot({ title, label, limit, unit, points, what: 'pairs', width }));
  };
  return [
    plot('Latency', 'ms', pool.options.limits.maxLatencyMs, ({ latencyMs }) => latencyMs),
    plot('Area', 'mm²', pool.options.limits.maxAreaMm2, ({ areaMm2 }) => areaMm2),
  ];
}

/** The distinct pairs, the one with the highest reward first. */
function distinct(rows: readonly Row[]): Row[] {
  const seen = new Set<number>();
  return [...rows]
    .sort((a, b) => merit(b.outcome) - merit(a.outcome))
    .filter(({ candidate }) => !seen.has(candidate) && seen.add(candidate));
}

function card(pool: PairPool, { candidate, number, seed, reason, outcome, latencyMs, areaMm2 }: Row): string {
  const { pairs } = pool;
  const pair = pool.architectures[candidate];
  const accelerator = configurationParameters(pairs.configurationOf(pair)).map(
    ({ name, value, unit, description }) => {
      const about = escaped(description);
      return `<tr title="${about}"><th>${escaped(name)}</th><td>${value} ${escaped(unit)}</td></tr>`;
    },
  );
  return [
    `<article><h3>Reward ${merit(outcome).toFixed(4)}</h3>`,
    `<p>${outcome.accuracy.toFixed(2)} %, ${latencyMs.toFixed(3)} ms, ${areaMm2.toFixed(1)} mm²</p>`,
    `<div class="drawing">${drawNetwork(pairs.networks, pairs.networkOf(pair))}</div>`,
    `<table>${accelerator.join('')}</table>`,
    `<p class="how">Pair ${number} of seed ${seed}: ${escaped(reason)}</p>`,
    `<code>${escaped(pool.space.format(pair))}</code></article>`,
  ].join('');
}

/** The pairs that no other beats in accuracy, latency and area, the most accurate first. */
function frontTable(pool: PairPool, rows: readonly Row[]): string {
  const front = pairFront(pool, distinct(rows)).slice(0, MOST_ROWS);
  return codeTable(
    ['accuracy, %', 'latency, ms', 'area, mm²', 'reward', 'pair'],
    front.map(({ candidate, outcome, latencyMs, areaMm2 }) => [
      outcome.accuracy.toFixed(2),
      latencyMs.toFixed(3),
      areaMm2.toFixed(1),
      merit(outcome).toFixed(4),
      pool.space.format(pool.architectures[candidate]),
    ]),
  );
}
