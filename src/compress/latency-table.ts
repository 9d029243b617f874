import { mean } from 'simple-statistics';
import type { Architecture } from '../spaces/space.js';
import type { RankSpace } from './rank-space.js';

/**
 * Latencies of ranks on a device: the dense model's latency, less what each matrix saves if it alone has its
 * rank. Half the parameters rarely take half the time, so every rank of every matrix is looked up.
 */
export interface LatencyTable {
  readonly denseMs: number;
  /**
   * `[matrix][option]`: latency in ms of the model in which only this matrix has this option. Option 0, the
   * dense model, is measured again with each matrix: otherwise the error of a single measurement would affect
   * the saving of every matrix.
   */
  readonly aloneMs: readonly (readonly number[])[];
}

/** @param latencyOf latency in ms for a choice of ranks */
export async function latencyTable(
  ranks: RankSpace,
  latencyOf: (architecture: Architecture) => Promise<number>,
  onProgress?: (done: number, all: number) => void,
): Promise<LatencyTable> {
  const all = ranks.ranks.reduce((sum, options) => sum + options.length, 0);
  let done = 0;
  const asked = async (architecture: Architecture) => {
    const ms = await latencyOf(architecture);
    onProgress?.(++done, all);
    return ms;
  };
  const aloneMs: number[][] = [];
  for (const [i, options] of ranks.ranks.entries()) {
    const own: number[] = [];
    for (let option = 0; option < options.length; option++)
      own.push(await asked(ranks.dense.with(i, option)));
    aloneMs.push(own);
  }
  return { denseMs: mean(aloneMs.map(([dense]) => dense)), aloneMs };
}

/**
 * Latency in ms for a choice of ranks: at least a hundredth of the dense model's, in case the savings add up
 * to more than the whole.
 */
export function latencyIn({ denseMs, aloneMs }: LatencyTable, architecture: Architecture): number {
  const saved = architecture.reduce((sum, option, i) => sum + aloneMs[i][0] - aloneMs[i][option], 0);
  return Math.max(denseMs / 100, denseMs - saved);
}
