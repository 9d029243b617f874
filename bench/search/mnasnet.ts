import { join } from 'node:path';
import { quantile } from 'simple-statistics';
import { withinLimits } from '../../src/search/constraints.js';
import { readArchitectureTable } from '../../src/search/evaluators/accuracy-table.js';
import { poolOf } from '../../src/search/pool.js';
import { mnasnet as space } from '../../src/spaces/mnasnet/space.js';
import { STRATEGIES } from './nasbench201.js';
import { poolValues, type Setting } from './runs.js';
import { curveTable, type SearchTable } from './tables.js';

const ACCURACY = 'val_top1';
const LATENCY = 'latency_zcu102_ms';

/** A second space, with the options of the first: MnasNet under limits on the measured latency of a ZCU102. */
export async function mnasnetTable(shared: string): Promise<SearchTable> {
  const file = join(shared, 'accelnasbench/mnasnet_accel.csv.gz');
  const { architectures, values } = await readArchitectureTable(file, space, [ACCURACY, LATENCY]);
  const all = poolOf(space, architectures);
  const latencyMs = poolValues(all, architectures, values[LATENCY]);
  return curveTable(
    'MnasNet, ImageNet top-1 % under limits on the measured latency of a ZCU102, mean ± standard deviation over seeds:',
    ['limit, ms', 'candidates', 'best possible', 'strategy'],
    [25, 50, 100, 200],
    [0.25, 0.5, 0.75].flatMap((share) => {
      const maxMs = Number(quantile([...latencyMs], share).toPrecision(3));
      const pool = withinLimits(all, [
        { device: 'zcu102', bound: maxMs, values: latencyMs, worst: latencyMs },
      ]);
      const accuracies = poolValues(pool, architectures, values[ACCURACY]);
      const optimum = accuracies.reduce((a, b) => Math.max(a, b)).toFixed(2);
      return Object.entries(STRATEGIES).map(([strategy, options]): [string[], Setting] => [
        [`${maxMs}`, `${pool.size}`, optimum, strategy],
        {
          name: `mnasnet/${maxMs}/${strategy}`,
          strategy,
          options,
          budget: 200,
          task: () => ({ pool, accuracies }),
        },
      ]);
    }),
  );
}
