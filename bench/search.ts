import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/package-root.js';
import { latencyLimitsTable } from './search/latency-limits.js';
import { mnasnetTable } from './search/mnasnet.js';
import { beyondTable, cifar100, claimsTable, rankingTime, strategiesTable } from './search/nasbench201.js';
import { zeroCostTable } from './search/zero-cost.js';

const DATA = join(packageRoot, '../shared/data');

/** Searches on measured accuracies: strategies beside each other, claims, latency limits, a second space. */
export async function searchBench(): Promise<void> {
  if (!existsSync(DATA)) {
    console.log(`no measured data in ${DATA}`);
    return;
  }
  const data = await cifar100(DATA);
  await rankingTime(data);
  await strategiesTable(data);
  await claimsTable(data, DATA);
  await latencyLimitsTable(data, DATA);
  await mnasnetTable(DATA);
  await beyondTable(data);
  await zeroCostTable(DATA);
}
