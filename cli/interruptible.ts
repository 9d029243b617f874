import { constants } from 'node:os';

/** Why work that was interrupted ends, and how its process does. */
class Interrupted extends Error {
  override readonly name = 'AbortError';

  constructor(readonly by: NodeJS.Signals) {
    super(`interrupted by ${by}`);
  }
}

/** For work that keeps the best it has when a person ends it early; other signals leave it for the next attempt. */
export const BY_HAND: readonly NodeJS.Signals[] = ['SIGINT'];

/**
 * Runs a body that Ctrl-C, or another signal, asks to stop where it leaves something of use; the second time it ends the
 * process as ever.
 */
export async function interruptible<Result>(
  body: (signal: AbortSignal) => Promise<Result>,
  by: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'],
): Promise<Result> {
  const interrupt = new AbortController();
  const forget = () => {
    for (const signal of by) process.removeListener(signal, onSignal);
  };
  // It goes on listening after the first: where nobody does, whoever writes a file at that moment ends the process.
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

/** Says that work was interrupted and what has become of it, and sets the exit code as of the signal: 130 of Ctrl-C. */
export function sayInterrupted(reason: unknown, said: string): void {
  console.error(`interrupted; ${said}`);
  process.exitCode = 128 + constants.signals[reason instanceof Interrupted ? reason.by : 'SIGINT'];
}

/**
 * Runs a body that ends by throwing the signal's reason when it is asked to stop.
 *
 * @param said what has become of the work then
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
