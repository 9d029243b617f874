import type { StrategyOptions } from '../../src/search/strategies/strategy.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { type Cifar100, strategyRuns } from './nasbench201.js';
import type { Setting } from './runs.js';
import { curveTable, type SearchTable } from './tables.js';

/** What goes past the paper, one change at a time. */
export function beyondTable(data: Cifar100): SearchTable {
  const macs = Float64Array.from(data.pool.architectures, (a) => Math.log(space.macs(a)));
  const changed = (
    name: string,
    strategy: string,
    options: StrategyOptions,
    proxies?: readonly Float64Array[],
  ): Setting => ({
    name: `beyond/${name}`,
    strategy,
    options,
    budget: 100,
    task: () => ({ ...data, proxies }),
  });
  const score = { relation: 'score', ranking: 'score', sharpness: 10 };
  const known = [macs, data.selection];
  return curveTable(
    'What goes past the paper, one change at a time; CIFAR-100 test %, mean ± standard deviation over seeds:',
    ['strategy'],
    [25, 50, 100],
    [
      [['brp-paper: binary, sorted by comparison'], strategyRuns(data, 'brp-paper')],
      [['… ranked by mean win instead'], changed('mean-win', 'brp-paper', { ranking: 'score' })],
      [['… one score per network'], changed('score', 'brp-paper', score)],
      [['brp: one score, 10 rounds, 80 % best'], strategyRuns(data, 'brp')],
      [['… 3 members'], changed('members', 'brp', { members: 3 })],
      [['… 3 members, + 0.5 std of doubt'], changed('doubt', 'brp', { members: 3, exploration: 0.5 })],
      [['… knows MACs'], changed('macs', 'brp', {}, [macs])],
      [['… knows MACs and 12-epoch validation accuracy'], changed('macs-and-early', 'brp', {}, known)],
    ],
  );
}
