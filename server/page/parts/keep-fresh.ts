/** How often a list is reloaded while something in it is active, ms. */
const BUSY_MS = 2000;

/**
 * Reloads a list while something in it is active, until the view is left; not while the focus is in it, which would be
 * lost.
 *
 * @param refresh returns whether something is active
 */
export async function keepFresh(
  list: HTMLElement,
  refresh: () => Promise<boolean>,
  left: AbortSignal,
): Promise<void> {
  for (let active = true; active && !left.aborted; ) {
    await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
    const used = list.contains(document.activeElement);
    if (!left.aborted && !document.hidden && !used) active = await refresh().catch(() => true);
  }
}
