import { constants } from 'node:os';

/** Why interrupted work ends, and with which signal its process does. */
class Interrupted extends Error {
  override readonly name = 'AbortError';

  constructor(readonly by: NodeJS.Signals) {
    super(`interrupted by ${by}`);
  }
}

/** For work that keeps its best result when a person ends it early; after other signals the next attempt continues it. */
export const BY_HAND: readonly NodeJS.Signals[] = ['SIGINT'];

/**
 * Runs a body that the first Ctrl-C, or another signal, asks to stop at a point where its work is of use; the second
 * signal ends the process as usual.
 */
export async function interruptible<Result>(
  body: (signal: AbortSignal) => Promise<Result>,
  by: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'],
): Promise<Result> {
  const interrupt = new AbortController();
  const forget = () => {
    for (const signal of by) process.removeListener(signal, onSignal);
  };
  // The listener stays after the first signal: without one, a package that is writing a file then would end the process.
  const onSignal = (signal: NodeJS.Signals) => {
    if (!interrupt.signal.aborted) {
      interrupt.abort(new Interrupted(signal));
      return;
    }
    forget();
    process.kill(process.pid, signal);
  };
  for (const signal of by) process.on(signal, onSignal);
  try {
    return await body(interrupt.signal);
  } finally {
    forget();
  }
}

/** Says that work was interrupted and what became of it, and sets the exit code of the signal: 130 for Ctrl-C. */
export function sayInterrupted(reason: unknown, said: string): void {
  console.error(`interrupted; ${said}`);
  process.exitCode = 128 + constants.signals[reason instanceof Interrupted ? reason.by : 'SIGINT'];
}

/**
 * Runs a body that throws the signal's reason when it is asked to stop.
 *
 * @param said what becomes of the work in that case
 */
export async function orInterrupted(
  said: string,
  body: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await interruptible(body).catch((error: Error) => {
    if (error.name !== 'AbortError') throw error;
    sayInterrupted(error, said);
  });
}
