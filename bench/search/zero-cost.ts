import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { spearman } from '../../src/predictors/metrics.js';
import { poolOf } from '../../src/search/pool.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { poolValues, type Setting } from './runs.js';
import { curveTable, type SearchTable } from './tables.js';

/** The published proxies that are known to rank NAS-Bench-201 best, and two that are counts. */
const PROXIES = ['synflow', 'nwot', 'jacov', 'flops'];

/** Zero-cost scores as inputs of the predictor, on the 700-odd networks for which they are published. */
export async function zeroCostTable(shared: string): Promise<SearchTable> {
  const file = join(shared, 'nasbench201/zero_cost_sample.csv.gz');
  const parser = createReadStream(file)
    .pipe(createGunzip())
    .pipe(parse({ columns: true }));
  const rows: Record<string, string>[] = [];
  for await (const row of parser as AsyncIterable<Record<string, string>>) {
    if (row.dataset === 'cifar100') rows.push(row);
  }
  const architectures = rows.map((row) => space.parse(row.arch_str));
  const pool = poolOf(space, architectures);
  const columnOf = (name: string) =>
    poolValues(
      pool,
      architectures,
      Float64Array.from(rows, (row) => Number(row[name])),
    );
  const accuracies = columnOf('val_accuracy_200ep');
  const scores = PROXIES.map((name) => logarithm(columnOf(name)));
  const row = (name: string, correlation: string, proxies: readonly Float64Array[]): [string[], Setting] => [
    [name, correlation],
    {
      name: `zero-cost/${name}`,
      strategy: 'brp',
      options: { samples: 50, rounds: 5 },
      budget: 50,
      task: () => ({ pool, accuracies, proxies }),
    },
  ];
  const optimum = accuracies.reduce((a, b) => Math.max(a, b)).toFixed(2);
  return curveTable(
    `CIFAR-100 validation % among ${pool.size} networks with zero-cost scores, of which the best has ${optimum}:`,
    ['scores', 'Spearman of the score'],
    [20, 30, 50],
    [
      row('none', '', []),
      ...PROXIES.map((name, i) => row(name, spearman(scores[i], accuracies).toFixed(2), [scores[i]])),
      row('all', '', scores),
    ],
  );
}

/** Scores that span orders of magnitude by their logarithm, keeping the sign. */
function logarithm(values: Float64Array): Float64Array {
  return values.map((value) => Math.sign(value) * Math.log1p(Math.abs(value)));
}
