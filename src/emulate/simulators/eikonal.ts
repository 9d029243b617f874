import type { BuiltInSimulator } from '../simulator.js';

/** Number of depths at which the velocity is given, evenly spaced from the surface down. */
const NODES = 13;
const CELLS = 100;
/** Width and depth of the section in km. */
const KM = 2;
const RECEIVERS = 100;

/**
 * First arrivals in a borehole of a wave that starts at the surface, on the other side of a layered section:
 * the eikonal equation |∇T| = 1/v on a grid, by fast sweeping (Zhao, Mathematics of Computation 74, 2005).
 */
export const eikonal: BuiltInSimulator = {
  name: 'eikonal',
  description: 'travel times from the surface to a borehole through 13 depths of velocity',
  source: 'Zhao, A fast sweeping method for eikonal equations, Mathematics of Computation 74, 2005',
  inputs: Array.from({ length: NODES }, (_, i) => ({
    name: `velocity${i + 1}`,
    low: 1.5,
    high: 4.5,
    unit: 'km/s',
  })),
  outputs: [
    {
      name: 'arrival',
      points: RECEIVERS,
      unit: 's',
      axis: { name: 'depth, km', from: KM / RECEIVERS, to: KM },
    },
  ],
  run(velocities) {
    const slowness = Float64Array.from({ length: CELLS + 1 }, (_, row) => {
      const at = (row / CELLS) * (NODES - 1);
      const above = Math.min(NODES - 2, Math.floor(at));
      return 1 / (velocities[above] + (at - above) * (velocities[above + 1] - velocities[above]));
    });
    const times = travelTimes((row) => slowness[row], CELLS, KM / CELLS);
    return Float64Array.from({ length: RECEIVERS }, (_, i) => times[(i + 1) * (CELLS + 1) + CELLS]);
  },
};

/**
 * Travel times over a square grid from its first corner, `[row, column]`, with `cells + 1` of each.
 *
 * @param slowness of a row: the inverse of the speed
 * @param spacing of the grid, in the unit of length
 */
export function travelTimes(slowness: (row: number) => number, cells: number, spacing: number): Float64Array {
  const side = cells + 1;
  const times = new Float64Array(side * side).fill(Number.POSITIVE_INFINITY);
  times[0] = 0;
  const at = (row: number, column: number) =>
    row < 0 || column < 0 || row > cells || column > cells
      ? Number.POSITIVE_INFINITY
      : times[row * side + column];
  const update = (row: number, column: number): number => {
    const a = Math.min(at(row - 1, column), at(row + 1, column));
    const b = Math.min(at(row, column - 1), at(row, column + 1));
    const cost = slowness(row) * spacing;
    const apart = Math.abs(a - b);
    // From both neighbours if the front passes between them, otherwise from the nearer one.
    const time =
      apart >= cost ? Math.min(a, b) + cost : (a + b + Math.sqrt(2 * cost * cost - apart * apart)) / 2;
    const place = row * side + column;
    const gained = times[place] - time;
    if (gained > 0) times[place] = time;
    return gained;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const [down, right] of [
      [true, true],
      [true, false],
      [false, false],
      [false, true],
    ]) {
      for (let i = 0; i < side; i++) {
        for (let j = 0; j < side; j++) {
          if (update(down ? i : cells - i, right ? j : cells - j) > 1e-12) changed = true;
        }
      }
    }
  }
  return times;
}
