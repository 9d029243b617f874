import { existsSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';
import { Type } from '#typebox';
import { readJsonFile } from '../base/json-file.js';
import type { LatencySource } from './latency-sources.js';
import { type LatencyTable, latencyTable } from './latency-table.js';
import type { RankSpace } from './rank-space.js';

const LatencyTableFile = Type.Object({
  denseMs: Type.Number(),
  aloneMs: Type.Array(Type.Array(Type.Number())),
});

/**
 * The latencies of a run, kept in a file: measured latencies scatter, and a resumed run keeps those that it
 * began with.
 *
 * @param resume whether to use the file if it exists
 */
export async function keptLatencies(
  file: string,
  resume: boolean,
  ranks: RankSpace,
  source: LatencySource,
  onProgress?: (done: number, all: number) => void,
): Promise<LatencyTable> {
  if (resume && existsSync(file)) return readJsonFile(LatencyTableFile, file);
  const table = await latencyTable(ranks, (architecture) => source.latencyMs(architecture), onProgress);
  await writeFileAtomic(file, `${JSON.stringify(table)}\n`);
  return table;
}
