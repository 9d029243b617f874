import { mean, median } from 'simple-statistics';
import { spearman } from '../../src/predictors/metrics.js';
import type { LeftOutRow } from './row.js';

/** Rows by what they have in common, in the order in which they come. */
function groupedBy(
  rows: readonly LeftOutRow[],
  keyOf: (row: LeftOutRow) => string,
): Map<string, LeftOutRow[]> {
  const groups = new Map<string, LeftOutRow[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}

const percent = (share: number): string => (100 * share).toFixed(1);
const errorOf = ({ predictedUs, totalUs }: LeftOutRow): number => Math.abs(predictedUs - totalUs) / totalUs;

/** Prints the tables of docs/results/networks.md. */
export function printNetworkTables(
  rows: readonly LeftOutRow[],
  noise: { readonly mape: number; readonly within10: number } | null,
): void {
  console.log('\nEvery network predicted without any of its family.');
  if (noise) {
    console.log(
      `Noise, one pass of the measurement against the others: MAPE ${percent(noise.mape)} %, ±10 % ${percent(noise.within10)}.`,
    );
  }
  const sources = [...groupedBy(rows, ({ learnedFrom }) => learnedFrom)];
  console.log(
    '\n| learned from | networks | MAPE | mean over families | median | ±10 % | ±20 % | Spearman |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const [source, own] of sources) console.log(`| ${source} | ${scoreCells(own)} |`);

  const judged = sources.filter(([, own]) => !own.some(({ scale }) => scale === null || Number.isNaN(scale)));
  console.log(
    '\n| learned from | familiar | MAPE | mean over families | median | ±10 % | ±20 % | Spearman | others: MAPE | ±10 % |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  for (const [source, own] of judged) {
    const [familiar, others] = [own.filter((row) => row.familiar), own.filter((row) => !row.familiar)];
    const rest =
      others.length > 0 ? `${percent(mean(others.map(errorOf)))} | ${percent(within(others, 0.1))}` : '– | –';
    console.log(`| ${source} | ${familiar.length > 1 ? scoreCells(familiar) : '0 | | | | | |'} | ${rest} |`);
  }

  console.log('\n| learned from | familiar that miss by > 20 % | such misses that are flagged |');
  console.log('|---|---|---|');
  for (const [source, own] of judged) {
    const misses = own.filter((row) => errorOf(row) > 0.2);
    const familiar = own.filter((row) => row.familiar);
    const missed = misses.filter((row) => row.familiar).length;
    console.log(
      `| ${source} | ${percent(missed / Math.max(1, familiar.length))} % of ${familiar.length} | ${misses.length === 0 ? '–' : `${percent(1 - missed / misses.length)} % of ${misses.length}`} |`,
    );
  }

  const shown = judged.map(([source]) => source);
  console.log(`\nMAPE by family (in brackets: familiar networks)\n\n| family | ${shown.join(' | ')} |`);
  console.log(`|---|${shown.map(() => '---|').join('')}`);
  for (const [family, own] of groupedBy(rows, (row) => row.family)) {
    const cells = shown.map((source) => {
      const here = own.filter(({ learnedFrom }) => learnedFrom === source);
      return `${percent(mean(here.map(errorOf)))} (${here.filter(({ familiar }) => familiar).length})`;
    });
    console.log(`| ${family} | ${cells.join(' | ')} |`);
  }
}

const within = (rows: readonly LeftOutRow[], tolerance: number): number =>
  rows.filter((row) => errorOf(row) <= tolerance).length / rows.length;

function scoreCells(rows: readonly LeftOutRow[]): string {
  const errors = rows.map(errorOf);
  const families = [...groupedBy(rows, ({ family }) => family).values()].map((own) => mean(own.map(errorOf)));
  const order = spearman(
    Float64Array.from(rows, ({ predictedUs }) => predictedUs),
    Float64Array.from(rows, ({ totalUs }) => totalUs),
  );
  return [
    rows.length,
    percent(mean(errors)),
    percent(mean(families)),
    percent(median(errors)),
    percent(within(rows, 0.1)),
    percent(within(rows, 0.2)),
    order.toFixed(3),
  ].join(' | ');
}
