/**
 * The points that are better than every cheaper one, the cheapest first; or, of a gain, better than all with more of it, that
 * with the most first.
 *
 * @param worth of a point; more is better
 * @param isGain whether more of the cost is better, as of throughput
 */
export function costFront<Point extends { readonly cost: number }>(
  points: readonly Point[],
  worth: (point: Point) => number,
  isGain = false,
): Point[] {
  const sign = isGain ? -1 : 1;
  let best = Number.NEGATIVE_INFINITY;
  return [...points]
    .sort((a, b) => sign * (a.cost - b.cost) || worth(b) - worth(a))
    .filter((point) => {
      const isBetter = worth(point) > best;
      if (isBetter) best = worth(point);
      return isBetter;
    });
}
