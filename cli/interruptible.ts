/**
 * Runs a body that Ctrl-C, or another signal, asks to stop where it leaves something of use; the second time it ends the
 * process as ever.
 */
export async function interruptible<Result>(
  body: (signal: AbortSignal) => Promise<Result>,
  by: readonly NodeJS.Signals[] = ['SIGINT'],
): Promise<Result> {
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  for (const signal of by) process.once(signal, onInterrupt);
  try {
    return await body(interrupt.signal);
  } finally {
    for (const signal of by) process.removeListener(signal, onInterrupt);
  }
}
