import { mean } from 'simple-statistics';
import type { Architecture } from '../spaces/space.js';
import type { RankSpace } from './rank-space.js';

/**
 * What ranks take on a device: the dense model's latency, less what every matrix saves when it alone is of its rank. Half the
 * parameters are not half the time, so each rank of each matrix is asked for.
 */
export interface LatencyTable {
  readonly denseMs: number;
  /**
   * `[matrix][option]`: latency of the model in which this matrix alone has this option, ms. Option 0 is the dense model, asked
   * for once more with each matrix: the error of a single measurement would be in what every matrix saves.
   */
  readonly aloneMs: readonly (readonly number[])[];
}

/** @param latencyOf latency of a choice of ranks, ms */
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

/** The latency of a choice of ranks, ms; a hundredth of the dense model's where what is saved adds up to more than there is. */
export function latencyIn({ denseMs, aloneMs }: LatencyTable, architecture: Architecture): number {
  const saved = architecture.reduce((sum, option, i) => sum + aloneMs[i][0] - aloneMs[i][option], 0);
  return Math.max(denseMs / 100, denseMs - saved);
}
