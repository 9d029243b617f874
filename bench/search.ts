import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../src/package-root.js';
import { latencyLimitsTable } from './search/latency-limits.js';
import { mnasnetTable } from './search/mnasnet.js';
import { beyondTable, cifar100, claimsTable, rankingTime, strategiesTable } from './search/nasbench201.js';
import { isTimeLeft, takeMissing } from './search/results.js';
import { zeroCostTable } from './search/zero-cost.js';

const DATA = join(packageRoot, '../shared/data');

/**
 * Searches on measured accuracies: strategies beside each other, claims, latency limits, a second space.
 * SEARCH_TABLES chooses among the tables; see `results.ts` for runs shared between processes.
 */
export async function searchBench(): Promise<void> {
  if (!existsSync(DATA)) {
    console.log(`no measured data in ${DATA}`);
    return;
  }
  const data = await cifar100(DATA);
  const tables: Record<string, () => Promise<void>> = {
    ranking: () => rankingTime(data),
    strategies: () => strategiesTable(data),
    claims: () => claimsTable(data, DATA),
    limits: () => latencyLimitsTable(data, DATA),
    mnasnet: () => mnasnetTable(DATA),
    beyond: () => beyondTable(data),
    'zero-cost': () => zeroCostTable(DATA),
  };
  const wanted = process.env.SEARCH_TABLES?.split(',') ?? Object.keys(tables);
  for (const name of wanted) if (!(name in tables)) throw new Error(`there is no table ${name}`);
  // With several processes, what one lacks another may be about to have.
  for (;;) {
    for (const name of wanted) await tables[name]();
    const missing = takeMissing();
    if (missing === 0) return;
    console.log(`${missing} runs are not there yet`);
    if (!isTimeLeft()) return;
    await sleep(1000);
  }
}
