/**
 * The points that are better than every cheaper one, the cheapest first; if more of the cost is better, those
 * better than every point with more of it, the one with the most first.
 *
 * @param worth of a point; more is better
 * @param isGain whether more of the cost is better, as for throughput
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
