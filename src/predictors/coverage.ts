import { type Static, Type } from '#typebox';
import type { Architecture, SearchSpace } from '../spaces/space.js';

/** How often each choice of a space was measured, which shows where a predictor interpolates and where it guesses. */
export const Coverage = Type.Array(
  Type.Object({
    slot: Type.String(),
    options: Type.Array(Type.String()),
    samples: Type.Array(Type.Integer(), { description: 'With each option, where the slot counts' }),
  }),
  { description: 'How often each choice of the space is in the training and validation data' },
);
export type Coverage = Static<typeof Coverage>;

/** Counts the choices of architectures, except for slots that are switched off in them. */
export function coverageOf(space: SearchSpace, architectures: readonly Architecture[]): Coverage {
  const coverage = space.slots.map(({ name, options }) => ({
    slot: name,
    options: [...options],
    samples: options.map(() => 0),
  }));
  for (const architecture of architectures) count(space, coverage, architecture);
  return coverage;
}

/**
 * The candidates whose choices were measured least, the most useful first: greedily by the sum of 1 / (1 +
 * samples) over their slots. Each chosen candidate counts as measured from then on.
 *
 * @param coverage of the measured architectures
 * @returns positions of candidates, at most as many as there are
 */
export function leastCovered(
  space: SearchSpace,
  candidates: readonly Architecture[],
  coverage: Coverage,
  wanted: number,
): number[] {
  const counted = coverage.map(({ samples, ...of }) => ({ ...of, samples: [...samples] }));
  const left = new Set(candidates.keys());
  const chosen: number[] = [];
  while (chosen.length < wanted && left.size > 0) {
    let best = { candidate: -1, worth: -1 };
    for (const candidate of left) {
      const worth = activeChoices(space, candidates[candidate]).reduce(
        (sum, [slot, option]) => sum + 1 / (1 + counted[slot].samples[option]),
        0,
      );
      if (worth > best.worth) best = { candidate, worth };
    }
    left.delete(best.candidate);
    chosen.push(best.candidate);
    count(space, counted, candidates[best.candidate]);
  }
  return chosen;
}

function count(space: SearchSpace, coverage: Coverage, architecture: Architecture): void {
  for (const [slot, option] of activeChoices(space, architecture)) coverage[slot].samples[option]++;
}

function activeChoices(space: SearchSpace, architecture: Architecture): (readonly [number, number])[] {
  const active = space.activeSlots?.(architecture);
  return Array.from(architecture, (option, slot) => [slot, option] as const).filter(
    ([slot]) => active?.[slot] ?? true,
  );
}
