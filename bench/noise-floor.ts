import type { LatencySamples } from '../src/datasets/samples.js';
import type { Architecture, DeadOperations, SearchSpace } from '../src/spaces/space.js';

/**
 * Share of measurements that lie within ±10 % of what a perfect predictor would say, estimated from twins:
 * NAS-Bench-201 cells that run the same operations and yet were measured apart. With independent errors, the
 * difference of two logs is √2 times as wide as one's.
 *
 * Where dead operations were pruned, twins are the cells that prune to the same one. Where they were timed, all
 * operations count: twins are the cells that swap their two inner tensors, which is possible where no operation
 * connects them. Twins differ in the order in which operations run, so a device that is sensitive to the order
 * can be predicted better than this says.
 */
export function noiseFloor(
  space: SearchSpace,
  samples: LatencySamples,
  deadOperations: DeadOperations,
): number {
  const keyOf = (architecture: Architecture) =>
    deadOperations === 'pruned' ? space.format(space.prune(architecture)) : swapKey(space, architecture);
  const groups = new Map<string, number[]>();
  samples.architectures.forEach((architecture, i) => {
    const key = keyOf(architecture);
    groups.set(key, [...(groups.get(key) ?? []), samples.latencyMs[i]]);
  });
  let pairs = 0;
  let close = 0;
  for (const latencies of groups.values()) {
    for (let i = 1; i < latencies.length; i += 2) {
      pairs++;
      if (Math.abs(Math.log(latencies[i] / latencies[i - 1])) / Math.SQRT2 < Math.log(1.1)) close++;
    }
  }
  return close / pairs;
}

/** The smaller of a cell's string and that of its mirror image. */
function swapKey(space: SearchSpace, architecture: Architecture): string {
  const own = space.format(architecture);
  const [a01, a02, a12, a03, a13, a23] = architecture;
  if (a12 !== 0) return own;
  const mirrored = space.format(Uint8Array.of(a02, a01, 0, a03, a23, a13));
  return [own, mirrored].sort()[0];
}
