/** Rows read and written at a time. */
const LOT = 5000;

/**
 * Rows of the store, a lot at a time.
 *
 * @param list reads at most `count` rows that follow `last`, or the first ones if it is undefined
 * @param limit most rows in total
 */
export async function* inLots<Row>(
  list: (last: Row | undefined, count: number) => Promise<readonly Row[]>,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly Row[]> {
  let last: Row | undefined;
  for (let left = limit; left > 0; ) {
    const lot = await list(last, Math.min(LOT, left));
    yield lot;
    if (lot.length < LOT) return;
    last = lot[lot.length - 1];
    left -= lot.length;
  }
}

/** An array of rows, a lot at a time. */
export async function* sliced<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  for (let start = 0; start < rows.length; start += LOT) yield rows.slice(start, start + LOT);
}
