/**
 * The points that are better than every cheaper one, the cheapest first.
 *
 * @param worth of a point; more is better
 */
export function costFront<Point extends { readonly cost: number }>(
  points: readonly Point[],
  worth: (point: Point) => number,
): Point[] {
  let best = Number.NEGATIVE_INFINITY;
  return [...points]
    .sort((a, b) => a.cost - b.cost || worth(b) - worth(a))
    .filter((point) => {
      const isBetter = worth(point) > best;
      if (isBetter) best = worth(point);
      return isBetter;
    });
}
