import { join } from 'node:path';
import Table from 'cli-table3';
import { quantile } from 'simple-statistics';
import { readArchitectureTable, tableEvaluator } from '../../src/search/accuracy-table.js';
import { withinLimits } from '../../src/search/constraints.js';
import { poolOf } from '../../src/search/pool.js';
import { mnasnet as space } from '../../src/spaces/mnasnet.js';
import { SEEDS, STRATEGIES } from './nasbench201.js';
import { bestAfter, foundWithin, runs, runsOf, spread } from './runs.js';

const ACCURACY = 'val_top1';
const LATENCY = 'latency_zcu102_ms';

/** A second space, with the options of the first: MnasNet under limits on the measured latency of a ZCU102. */
export async function mnasnetTable(shared: string): Promise<void> {
  const file = join(shared, 'accelnasbench/mnasnet_accel.csv.gz');
  const { architectures, values } = await readArchitectureTable(file, space, [ACCURACY, LATENCY]);
  const all = poolOf(space, architectures);
  const rows = new Map(architectures.map((a, i) => [space.format(a), i]));
  const latencyMs = Float64Array.from(all.architectures, (a) => values[LATENCY][rows.get(space.format(a))!]);
  const evaluator = tableEvaluator(space, architectures, values[ACCURACY]);
  const table = new Table({
    head: ['limit, ms', 'candidates', 'best there is', 'strategy', 'after 50', 'after 100', 'optimum in 100'],
    style: { head: [], border: [] },
  });
  for (const share of [0.25, 0.5, 0.75]) {
    const maxMs = Number(quantile([...latencyMs], share).toPrecision(3));
    const pool = withinLimits(all, [{ device: 'zcu102', maxMs, latencyMs, upperMs: latencyMs }]);
    const accuracies = pool.architectures.map((a) => values[ACCURACY][rows.get(space.format(a))!]);
    const optimum = accuracies.reduce((a, b) => Math.max(a, b));
    for (const [strategy, options] of STRATEGIES) {
      const setting = { name: `mnasnet ${maxMs}`, strategy, options, pool, evaluator, budget: 100 };
      const results = await runs(setting, SEEDS);
      table.push([
        maxMs,
        pool.size,
        optimum.toFixed(2),
        strategy + runsOf(results, SEEDS.length),
        ...[50, 100].map((n) => spread(bestAfter(results, n))),
        foundWithin(results, 100, optimum),
      ]);
    }
  }
  console.log(`ImageNet top-1 % under limits on a ZCU102; mean ± std over ${SEEDS.length} seeds`);
  console.log(table.toString());
}
