import { InputError } from '../base/errors.js';
import type { Random } from '../base/random.js';
import type { Architecture, SearchSpace, Slot } from './space.js';

/** Rank of an architecture in lexicographic order; the first slot is the most significant. */
export function rankOf(slots: readonly Slot[], architecture: Architecture): number {
  let rank = 0;
  for (let i = 0; i < slots.length; i++) rank = rank * slots[i].options.length + architecture[i];
  return rank;
}

/** The architecture with a rank. */
export function unranked(slots: readonly Slot[], rank: number): Architecture {
  const architecture = new Uint8Array(slots.length);
  let rest = rank;
  for (let i = slots.length - 1; i >= 0; i--) {
    const options = slots[i].options.length;
    architecture[i] = rest % options;
    rest = Math.floor(rest / options);
  }
  return architecture;
}

/** Draws each slot's option independently, all equally likely. */
export function sampleSlots(slots: readonly Slot[], random: Random): Architecture {
  return Uint8Array.from(slots, ({ options }) => random.integer(options.length));
}

/** All architectures that differ in exactly one slot. */
export function neighboursOf(slots: readonly Slot[], architecture: Architecture): Architecture[] {
  return slots.flatMap(({ options }, i) =>
    [...options.keys()].filter((o) => o !== architecture[i]).map((o) => architecture.with(i, o)),
  );
}

/** The numbering of a space with too many architectures to number. */
export function unnumbered(name: string, size: number): Pick<SearchSpace, 'size' | 'indexOf' | 'at'> {
  const refuse = () => {
    throw new InputError(
      `${name} has ${size.toPrecision(2)} architectures, too many to number or to go through; sample some instead`,
    );
  };
  return { size, indexOf: refuse, at: refuse };
}
