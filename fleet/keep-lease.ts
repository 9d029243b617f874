/**
 * Renews the lease of borrowed work, at once and then periodically, one request at a time. If the service does not answer,
 * or does not know the work, the lease is left as it is.
 *
 * @param tell sends one request, which the signal can end
 * @returns a function that stops the renewals
 */
export function keepLease(everyMs: number, tell: (signal: AbortSignal) => Promise<unknown>): () => void {
  const done = new AbortController();
  let isTelling = false;
  const keep = async () => {
    if (isTelling) return;
    isTelling = true;
    await tell(done.signal).catch(() => {});
    isTelling = false;
  };
  void keep();
  const timer = setInterval(keep, everyMs);
  return () => {
    clearInterval(timer);
    done.abort();
  };
}
