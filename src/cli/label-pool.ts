import { Worker } from 'node:worker_threads';
import type { LabelChunk, LabelledChunk, LabelTask } from './label-worker.js';

/**
 * Labels chunks of architectures on several threads, each chunk on the first that is free.
 * @param onChunk is awaited before the thread that sent the chunk gets the next one
 * @throws what a worker throws; all are stopped then
 */
export async function labelChunks(
  task: LabelTask,
  chunks: readonly LabelChunk[],
  threads: number,
  onChunk: (labelled: LabelledChunk) => Promise<void>,
): Promise<void> {
  const waiting = [...chunks].reverse();
  const workers = Array.from(
    { length: Math.min(threads, chunks.length) },
    () => new Worker(new URL('./label-worker.js', import.meta.url), { workerData: task }),
  );
  try {
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            const next = () => {
              const chunk = waiting.pop();
              if (chunk === undefined) resolve();
              else worker.postMessage(chunk);
            };
            worker.on('error', reject);
            worker.on('message', (labelled: LabelledChunk) => onChunk(labelled).then(next, reject));
            next();
          }),
      ),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
