import { meanStdText } from './format.js';

const COLUMNS = [
  { score: 'mape', title: 'MAPE %', scale: 100, digits: 1 },
  { score: 'within10', title: '±10 %', scale: 100, digits: 1 },
  { score: 'spearman', title: 'Spearman', scale: 1, digits: 4 },
] as const;

type Scored = { readonly [score in (typeof COLUMNS)[number]['score']]: number };

/**
 * Prints scores as a Markdown table, a line for the rows of each group: their mean and standard deviation over seeds.
 *
 * @param head titles of the cells that name a group
 * @param groupOf the cells that name the group of a row
 */
export function printScores<Row extends Scored>(
  rows: readonly Row[],
  head: readonly string[],
  groupOf: (row: Row) => readonly (string | number)[],
): void {
  const titles = [...head, ...COLUMNS.map(({ title }) => title)];
  console.log(`\n| ${titles.join(' | ')} |\n|${'---|'.repeat(titles.length)}`);
  const nameOf = (row: Row) => groupOf(row).join(' | ');
  for (const name of new Set(rows.map(nameOf))) {
    const own = rows.filter((row) => nameOf(row) === name);
    const cells = COLUMNS.map(({ score, scale, digits }) =>
      meanStdText(
        own.map((row) => row[score]),
        digits,
        scale,
      ),
    );
    console.log(`| ${[name, ...cells].join(' | ')} |`);
  }
}
