import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import Table from 'cli-table3';
import { parse } from 'csv-parse';
import { spearman } from '../../src/predictors/metrics.js';
import { tableEvaluator } from '../../src/search/accuracy-table.js';
import { poolOf } from '../../src/search/pool.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201.js';
import { SEEDS } from './nasbench201.js';
import { bestAfter, foundWithin, runs, runsOf, spread } from './runs.js';

/** The published proxies that are known to rank NAS-Bench-201 best, and two that are counts. */
const PROXIES = ['synflow', 'nwot', 'jacov', 'flops'];

/** Zero-cost scores as inputs of the predictor, on the 700-odd networks for which they are published. */
export async function zeroCostTable(shared: string): Promise<void> {
  const file = join(shared, 'nasbench201/zero_cost_sample.csv.gz');
  const parser = createReadStream(file)
    .pipe(createGunzip())
    .pipe(parse({ columns: true }));
  const rows: Record<string, string>[] = [];
  for await (const row of parser as AsyncIterable<Record<string, string>>) {
    if (row.dataset === 'cifar100') rows.push(row);
  }
  const architectures = rows.map((row) => space.parse(row.arch_str));
  const accuracy = Float64Array.from(rows, (row) => Number(row.val_accuracy_200ep));
  const pool = poolOf(space, architectures);
  const evaluator = tableEvaluator(space, architectures, accuracy);
  const positions = new Map(architectures.map((a, i) => [space.format(a), i]));
  const ofPool = (values: Float64Array) =>
    Float64Array.from(pool.architectures, (a) => values[positions.get(space.format(a))!]);
  const accuracies = ofPool(accuracy);
  const optimum = accuracies.reduce((a, b) => Math.max(a, b));
  const table = new Table({
    head: ['CIFAR-100 validation %, best of', 'Spearman of the proxy', '20', '30', '50', 'optimum in 50'],
    style: { head: [], border: [] },
  });
  const columns = PROXIES.map((name) =>
    ofPool(logarithm(Float64Array.from(rows, (row) => Number(row[name])))),
  );
  const settings: [string, Float64Array[]][] = [
    ['no proxy', []],
    ...PROXIES.map((name, i): [string, Float64Array[]] => [name, [columns[i]]]),
    ['all of them', columns],
  ];
  for (const [name, proxies] of settings) {
    const results = await runs(
      {
        name: `zero-cost ${name}`,
        strategy: 'brp',
        options: { samples: 50, rounds: 5 },
        pool,
        evaluator,
        budget: 50,
        extra: () => ({ proxies }),
      },
      SEEDS,
    );
    table.push([
      name + runsOf(results, SEEDS.length),
      proxies.length === 1 ? spearman(proxies[0], accuracies).toFixed(2) : '',
      ...[20, 30, 50].map((n) => spread(bestAfter(results, n))),
      foundWithin(results, 50, optimum),
    ]);
  }
  console.log(`${pool.size} networks with zero-cost scores, the best ${optimum.toFixed(2)} %`);
  console.log(table.toString());
}

/** Scores that span orders of magnitude by their logarithm, keeping the sign. */
function logarithm(values: Float64Array): Float64Array {
  return values.map((value) => Math.sign(value) * Math.log1p(Math.abs(value)));
}
