/**
 * Tells a service that borrowed work is still under way: at once, and again and again. Never twice at the same time; where
 * the service does not answer, or does not know of it, the lease goes on as it is.
 *
 * @param tell sends one request, which its signal ends
 * @returns what ends the telling
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
