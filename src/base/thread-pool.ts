import { Worker } from 'node:worker_threads';

/** The module of the workers, and the data that each one starts with. */
export interface WorkerTask {
  readonly module: URL;
  readonly workerData: unknown;
}

/**
 * Distributes pieces of work over worker threads that answer each message with one. Each piece goes to the
 * first free thread.
 *
 * @param onResult is awaited before the thread that sent the result gets its next piece
 * @throws what a worker or `onResult` throws, or the signal's reason; all threads are then stopped
 */
export async function mapOnThreads<Piece, Result>(
  { module, workerData }: WorkerTask,
  pieces: readonly Piece[],
  threads: number,
  onResult: (result: Result) => void | Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const waiting = [...pieces].reverse();
  const workers = Array.from(
    { length: Math.min(threads, pieces.length) },
    () => new Worker(module, { workerData, execArgv: [] }),
  );
  try {
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            const next = () => {
              const piece = waiting.pop();
              if (piece === undefined) resolve();
              else worker.postMessage(piece);
            };
            const abort = () => reject(signal?.reason);
            if (signal?.aborted) abort();
            signal?.addEventListener('abort', abort, { once: true });
            worker.on('error', reject);
            // Otherwise the caller would wait for ever for a thread that exits or sends an unreadable answer.
            worker.on('messageerror', reject);
            worker.on('exit', (code) => reject(new Error(`a thread has ended with exit code ${code}`)));
            worker.on('message', async (result: Result) => {
              try {
                await onResult(result);
                next();
              } catch (error) {
                reject(error);
              }
            });
            next();
          }),
      ),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
