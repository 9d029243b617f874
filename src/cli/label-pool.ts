import { mapOnThreads } from '../thread-pool.js';
import type { LabelChunk, LabelledChunk, LabelTask } from './label-worker.js';

/**
 * Labels chunks of architectures on several threads, each chunk on the first that is free.
 * @param onChunk is awaited before the thread that sent the chunk gets the next one
 * @throws what a worker throws; all are stopped then
 */
export function labelChunks(
  task: LabelTask,
  chunks: readonly LabelChunk[],
  threads: number,
  onChunk: (labelled: LabelledChunk) => Promise<void>,
): Promise<void> {
  const module = new URL('./label-worker.js', import.meta.url);
  return mapOnThreads({ module, workerData: task }, chunks, threads, onChunk);
}
