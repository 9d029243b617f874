/** How often a list is asked for while something in it goes on, ms. */
const BUSY_MS = 2000;

/**
 * Makes a list anew while something in it goes on, until the view is left; not while somebody is in it, whose focus that
 * would take away.
 *
 * @param refresh tells whether something goes on
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
