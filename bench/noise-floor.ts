import type { Samples } from '../src/datasets/samples.js';
import type { Architecture, DeadOperations, SearchSpace } from '../src/spaces/space.js';

/**
 * Share of measurements that lie within ±10 % of what a perfect predictor would say. With independent errors, the
 * difference of two twins' logs is √2 times as wide as one's error.
 */
export function noiseFloor(
  space: SearchSpace,
  { architectures, values }: Samples,
  deadOperations: DeadOperations,
): number {
  const pairs = twins(space, architectures, deadOperations);
  const close = pairs.filter(
    ([i, j]) => Math.abs(Math.log(values[i] / values[j])) / Math.SQRT2 < Math.log(1.1),
  );
  return close.length / pairs.length;
}

/**
 * The rank correlation of the measurements with what a perfect predictor would say: the square root of the ranks'
 * reliability, 1 - var(error) / var(rank), where twins differ by two errors.
 */
export function rankCeiling(
  space: SearchSpace,
  { architectures, values }: Samples,
  deadOperations: DeadOperations,
): number {
  const ranks = ranksOf(values);
  const pairs = twins(space, architectures, deadOperations);
  const error = pairs.reduce((sum, [i, j]) => sum + (ranks[i] - ranks[j]) ** 2 / 2, 0) / pairs.length;
  const middle = (ranks.length - 1) / 2;
  const variance = ranks.reduce((sum, rank) => sum + (rank - middle) ** 2, 0) / ranks.length;
  return Math.sqrt(Math.max(0, 1 - error / variance));
}

/**
 * Positions of NAS-Bench-201 cells that run the same operations and yet were measured apart, two by two, none twice.
 *
 * Where dead operations were pruned, twins are the cells that prune to the same one. Where they were timed, all
 * operations count: twins are the cells that swap their two inner tensors, which is possible where no operation
 * connects them. Twins differ in the order in which operations run, so a device that is sensitive to the order
 * can be predicted better than they say.
 */
function twins(
  space: SearchSpace,
  architectures: readonly Architecture[],
  deadOperations: DeadOperations,
): [number, number][] {
  const waiting = new Map<string, number>();
  return architectures.flatMap((architecture, i): [number, number][] => {
    const key =
      deadOperations === 'pruned' ? space.format(space.prune(architecture)) : swapKey(space, architecture);
    const other = waiting.get(key);
    if (other === undefined) waiting.set(key, i);
    else waiting.delete(key);
    return other === undefined ? [] : [[other, i]];
  });
}

/** `[sample]`, from 0; equal values share their mean rank. */
function ranksOf(values: Float64Array): Float64Array {
  const order = [...values.keys()].sort((i, j) => values[i] - values[j]);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let k = from; k < to; k++) ranks[order[k]] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}

/** The smaller of a cell's string and that of its mirror image. */
function swapKey(space: SearchSpace, architecture: Architecture): string {
  const own = space.format(architecture);
  const [a01, a02, a12, a03, a13, a23] = architecture;
  if (a12 !== 0) return own;
  const mirrored = space.format(Uint8Array.of(a02, a01, 0, a03, a23, a13));
  return [own, mirrored].sort()[0];
}
