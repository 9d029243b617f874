import { spaceFilling } from './design.js';
import type { Emulator } from './emulator.js';
import type { Runs } from './runs.js';
import type { SimulatorInput } from './simulator.js';

export const SUGGESTIONS = ['uncertain', 'space-filling'] as const;
/**
 * `uncertain`: where the drawn networks differ most, at a distance from other runs. `space-filling`: far from
 * other runs.
 */
export type RunSuggestionStrategy = (typeof SUGGESTIONS)[number];

/** Number of candidate points for each suggestion, and the fewest overall. */
const [CANDIDATES_EACH, FEWEST_CANDIDATES] = [50, 2000];

export interface SuggestionOptions {
  readonly count: number;
  readonly strategy: RunSuggestionStrategy;
  readonly seed: number;
}

/**
 * Suggests which runs to make next, one after another: each is the point with the largest product of spread
 * and distance from the nearest run (earlier suggestions included), or just the largest distance.
 *
 * @returns inputs of runs, in the order of the card's inputs; the most useful run first
 */
export async function suggestRuns(
  emulator: Emulator,
  known: Pick<Runs, 'x' | 'count'>,
  { count, strategy, seed }: SuggestionOptions,
): Promise<number[][]> {
  const { inputs } = emulator.card;
  const width = inputs.length;
  const at = spaceFilling(inputs, seed);
  const candidates = Array.from({ length: Math.max(FEWEST_CANDIDATES, CANDIDATES_EACH * count) }, (_, i) =>
    at(i),
  );
  const places = candidates.map((x) => placeOf(inputs, x));
  const distances = new Float64Array(candidates.length).fill(Number.POSITIVE_INFINITY);
  const nearer = (place: readonly number[]) => {
    for (const [i, own] of places.entries()) {
      const squares = own.reduce((sum, value, k) => sum + (value - place[k]) ** 2, 0);
      distances[i] = Math.min(distances[i], Math.sqrt(squares));
    }
  };
  for (let run = 0; run < known.count; run++) {
    nearer(placeOf(inputs, known.x.subarray(run * width, (run + 1) * width)));
  }
  const spreads = strategy === 'uncertain' ? await spreadsOf(emulator, candidates) : undefined;
  const suggested: number[][] = [];
  for (let n = 0; n < count; n++) {
    let best = 0;
    const worth = (i: number) => distances[i] * (spreads?.[i] ?? 1);
    for (let i = 1; i < candidates.length; i++) if (worth(i) > worth(best)) best = i;
    suggested.push(candidates[best]);
    nearer(places[best]);
  }
  return suggested;
}

/** Position of a point in the box of the inputs, 0 to 1 along each. */
function placeOf(inputs: readonly SimulatorInput[], x: ArrayLike<number>): number[] {
  return inputs.map(({ low, high, log }, k) =>
    log ? Math.log(x[k] / low) / Math.log(high / low) : (x[k] - low) / (high - low),
  );
}

/** Mean over outputs of the spread, relative to each output's largest spread, `[candidate]`. */
async function spreadsOf(
  emulator: Emulator,
  candidates: readonly (readonly number[])[],
): Promise<Float64Array> {
  const { spread } = await emulator.emulate(Float64Array.from(candidates.flat()));
  const columns = spread.length / candidates.length;
  const largest = new Float64Array(columns);
  spread.forEach((value, i) => {
    largest[i % columns] = Math.max(largest[i % columns], value);
  });
  return Float64Array.from(candidates, (_, i) => {
    const own = spread.subarray(i * columns, (i + 1) * columns);
    return own.reduce((sum, value, k) => sum + (largest[k] > 0 ? value / largest[k] : 0), 0) / columns;
  });
}
