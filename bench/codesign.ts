import { join } from 'node:path';
import { enumerate, type FrontierRow, printFrontiers } from './codesign/frontier.js';
import { perAreaTable } from './codesign/per-area.js';
import {
  joint,
  PAIR_STRATEGIES,
  type PairSearchRow,
  printStrategies,
  SCENARIOS,
  searchPair,
} from './codesign/strategies.js';
import { DATA, hasData } from './data.js';
import { type BenchOptions, once, type Piece, runPieces } from './pieces.js';

const ACCURACY = join(DATA, 'nasbench201/accuracy.csv.gz');
/** The paper's scenarios are on CIFAR-10; what it compares with ResNet is on CIFAR-100. */
export const COLUMNS = { cifar10: 'cifar10_test_200ep', cifar100: 'cifar100_test_200ep' } as const;
const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);

/** Codesign-NAS: the exact frontiers, the strategies beside them, and performance per area against ResNet's. */
export async function codesignBench(options: BenchOptions): Promise<void> {
  if (!hasData(ACCURACY)) return;
  const pieces: Piece<FrontierRow | PairSearchRow>[] = Object.entries(COLUMNS).map(([name, column]) => ({
    name: `codesign/frontier/${name}`,
    run: async () => [await enumerate(name, ACCURACY, column)],
  }));
  const problem = once(() => joint(ACCURACY, COLUMNS.cifar10));
  for (const scenario of SCENARIOS) {
    for (const strategy of PAIR_STRATEGIES) {
      for (const seed of SEEDS) {
        pieces.push({
          name: `codesign/${scenario}/${strategy}/${seed}`,
          run: async () => [await searchPair(await problem(), scenario, strategy, seed)],
        });
      }
    }
  }
  const rows = await runPieces(pieces, options);
  if (!rows) return;
  const frontiers = rows.filter((row) => row.kind === 'frontier');
  const searches = rows.filter((row) => row.kind === 'search');
  if (frontiers.length > 0) printFrontiers(frontiers);
  const of = (data: keyof typeof COLUMNS) => frontiers.find((row) => row.data === data)?.points;
  const [cifar10, cifar100] = [of('cifar10'), of('cifar100')];
  if (cifar10 && searches.length > 0) printStrategies(searches, cifar10);
  if (cifar100) await perAreaTable(ACCURACY, COLUMNS.cifar100, cifar100);
}
