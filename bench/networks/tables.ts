import { mean, median } from 'simple-statistics';
import { spearman } from '../../src/predictors/metrics.js';
import { meanStdText, percentText } from '../format.js';
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

const errorOf = ({ predictedUs, totalUs }: LeftOutRow): number => Math.abs(predictedUs - totalUs) / totalUs;

/** Prints the tables of docs/results/networks.md. */
export function printNetworkTables(
  rows: readonly LeftOutRow[],
  noise: { readonly mape: number; readonly within10: number } | null,
): void {
  console.log('\nEvery network is predicted without any of its family in the training data.');
  if (noise) {
    console.log(
      `Noise (one pass of the measurement against the others): MAPE ${percentText(noise.mape)} %, ±10 % ${percentText(noise.within10)}.`,
    );
  }
  const sources = [...groupedBy(rows, ({ learnedFrom }) => learnedFrom)];
  printTable(
    ['training data', 'networks', ...SCORES],
    sources.map(([source, own]) => [source, ...scoreCells(own)]),
  );

  const judged = sources.filter(([, own]) => !own.some(({ scale }) => scale === null || Number.isNaN(scale)));
  printTable(
    ['training data', 'familiar', ...SCORES, 'others: MAPE', '±10 %'],
    judged.map(([source, own]) => {
      const [, mape, , , within10] = scoreCells(own.filter(({ familiar }) => !familiar));
      return [source, ...scoreCells(own.filter(({ familiar }) => familiar)), mape, within10];
    }),
  );

  printTable(
    ['training data', 'familiar networks off by > 20 %', 'flagged among all off by > 20 %'],
    judged.map(([source, own]) => {
      const misses = own.filter((row) => errorOf(row) > 0.2);
      const familiar = own.filter((row) => row.familiar);
      const missed = misses.filter((row) => row.familiar);
      return [
        source,
        shareOf(missed.length, familiar.length),
        shareOf(misses.length - missed.length, misses.length),
      ];
    }),
  );

  console.log('\nMAPE by family, % (in parentheses: number of familiar networks)');
  printTable(
    ['family', ...judged.map(([source]) => source)],
    [...groupedBy(rows, ({ family }) => family)].map(([family, own]) => [
      family,
      ...judged.map(([source]) => {
        const here = own.filter(({ learnedFrom }) => learnedFrom === source);
        const seeds = bySeed(here).length;
        const familiar = here.filter((row) => row.familiar).length / seeds;
        return `${percentText(mean(here.map(errorOf)))} (${familiar.toFixed(0)})`;
      }),
    ]),
  );
}

function printTable(titles: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(`\n| ${titles.join(' | ')} |\n|${'---|'.repeat(titles.length)}`);
  for (const cells of rows) console.log(`| ${cells.join(' | ')} |`);
}

const shareOf = (count: number, all: number): string =>
  all === 0 ? '–' : `${percentText(count / all)} % of ${all}`;

const bySeed = (rows: readonly LeftOutRow[]): LeftOutRow[][] => [
  ...groupedBy(rows, ({ seed }) => String(seed)).values(),
];

const SCORES = ['MAPE', 'mean over families', 'median', '±10 %', '±20 %', 'Spearman'] as const;

/** How many rows of a seed there are, and their scores: over seeds the mean and standard deviation. */
function scoreCells(rows: readonly LeftOutRow[]): string[] {
  const seeds = bySeed(rows);
  if (seeds.length === 0) return ['0', ...SCORES.map(() => '–')];
  const each = seeds.map(scoresOf);
  return [
    (rows.length / seeds.length).toFixed(0),
    ...SCORES.map((score, i) => {
      const [digits, scale] = score === 'Spearman' ? [3, 1] : [1, 100];
      const values = each.map((own) => own[i]);
      return meanStdText(values, digits, scale);
    }),
  ];
}

/** In the order of `SCORES`. */
function scoresOf(rows: readonly LeftOutRow[]): number[] {
  const errors = rows.map(errorOf);
  const within = (tolerance: number) => errors.filter((error) => error <= tolerance).length / errors.length;
  const families = [...groupedBy(rows, ({ family }) => family).values()].map((own) => mean(own.map(errorOf)));
  const order = spearman(
    Float64Array.from(rows, ({ predictedUs }) => predictedUs),
    Float64Array.from(rows, ({ totalUs }) => totalUs),
  );
  return [mean(errors), mean(families), median(errors), within(0.1), within(0.2), order];
}
