import { DATA, hasData } from './data.js';
import { type BenchOptions, runPieces } from './pieces.js';
import { beyondTable } from './search/beyond.js';
import { claimsTable } from './search/claims.js';
import { flatnessTables, flatTable, shortTrainings } from './search/flatness.js';
import { laDartsTables } from './search/la-darts.js';
import { latencyLimitsTable } from './search/latency-limits.js';
import { learnedLimitsTable } from './search/learned-limits.js';
import { mnasnetTable } from './search/mnasnet.js';
import { cifar100, rankingTime, strategiesTable } from './search/nasbench201.js';
import { poolTables } from './search/pools.js';
import { piecesOf } from './search/runs.js';
import { zeroCostTable } from './search/zero-cost.js';

/** Searches on measured accuracies: strategies beside each other, claims, latency limits, a second space. */
export async function searchBench(options: BenchOptions): Promise<void> {
  if (!hasData()) return;
  const dataSets = await shortTrainings(DATA);
  const limited = { pool: dataSets[1].pool, accuracies: dataSets[1].true };
  if (options.device) return learnedLimitsTable(limited, DATA, options);
  const data = await cifar100(DATA);
  await rankingTime(data, options);
  await flatnessTables(dataSets, options);
  await laDartsTables({ pool: dataSets[0].pool, accuracies: dataSets[0].true }, DATA, options);
  await poolTables(DATA, options);
  await learnedLimitsTable(limited, DATA, options);
  const tables = [
    strategiesTable(data),
    await claimsTable(data, DATA),
    await latencyLimitsTable(data, DATA, options.into),
    await mnasnetTable(DATA),
    beyondTable(data),
    flatTable(dataSets),
    await zeroCostTable(DATA),
  ];
  const rows = await runPieces(piecesOf(tables.flatMap(({ settings }) => settings)), options);
  if (!rows) return;
  for (const table of tables) await table.print((name) => rows.filter(({ setting }) => setting === name));
}
