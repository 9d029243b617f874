/**
 * The points that no other point dominates (at least as good on every axis, better on one). After sorting,
 * each is only compared with the front so far; with two axes, only with its last point, which is the best on
 * the second axis.
 *
 * @param points `[point][axis]`, where more is better
 * @returns their positions; of equal points, the first
 */
export function paretoFront(points: readonly (readonly number[])[]): number[] {
  const covers = (a: readonly number[], b: readonly number[]) => a.every((value, axis) => value >= b[axis]);
  const front: number[] = [];
  for (const i of [...points.keys()].sort((i, j) => descending(points[i], points[j]) || i - j)) {
    const rivals = points[i].length <= 2 ? front.slice(-1) : front;
    if (!rivals.some((j) => covers(points[j], points[i]))) front.push(i);
  }
  return front.sort((i, j) => i - j);
}

/** Descending order by the first axis in which points differ. */
function descending(a: readonly number[], b: readonly number[]): number {
  const axis = a.findIndex((value, k) => value !== b[k]);
  if (axis < 0) return 0;
  return a[axis] > b[axis] ? -1 : 1;
}

/**
 * Volume between a reference point and the front of some points: everything dominated by at least one of
 * them. Exact, by cutting the last axis into slices (HSO, While et al., IEEE TEVC 10(1), 2006).
 *
 * @param points `[point][axis]`, where more is better; points not above the reference on every axis add
 *   nothing
 * @param reference `[axis]`
 */
export function hypervolume(points: readonly (readonly number[])[], reference: readonly number[]): number {
  const inside = points.filter((point) => point.every((value, axis) => value > reference[axis]));
  const front = paretoFront(inside).map((i) => inside[i]);
  if (front.length === 0) return 0;
  const last = reference.length - 1;
  if (last === 0) return front[0][0] - reference[0];
  const byLast = front.sort((a, b) => b[last] - a[last]);
  let volume = 0;
  byLast.forEach((point, i) => {
    const below = byLast[i + 1]?.[last] ?? reference[last];
    if (point[last] === below) return;
    const slice = byLast.slice(0, i + 1).map((p) => p.slice(0, last));
    volume += (point[last] - below) * hypervolume(slice, reference.slice(0, last));
  });
  return volume;
}
