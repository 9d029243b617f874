import { InputError, quote } from '../base/errors.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';

/** A cell that does not give an architecture. */
export class BadCell extends Error {
  constructor(
    readonly column: string,
    reason: string,
  ) {
    super(reason);
  }
}

/**
 * Reads a row's architecture.
 *
 * @throws BadCell that names the column and what would be right
 */
export type ArchitectureReader = (row: readonly string[]) => Architecture;

/** Names of all columns that may hold an architecture of the space, or part of one. */
export function architectureColumnsOf(space: SearchSpace): ReadonlySet<string> {
  return new Set([
    ...space.architectureColumns,
    ...Object.keys(space.joinedColumns ?? {}),
    ...space.slots.map((slot) => slot.name),
  ]);
}

/**
 * What is wrong with a header in which several columns have architectures as strings: rows could contradict
 * themselves.
 */
export function severalArchitectures(names: readonly string[]): string | undefined {
  if (names.length < 2) return undefined;
  return `${names.length === 2 ? 'two' : names.length} columns hold the architecture: ${names.map((name) => quote(name)).join(', ')}`;
}

/**
 * Finds where a header has the architecture: in a column of strings, or in columns of choices.
 *
 * @param wrong makes the error for a header with neither, or with several columns of strings
 */
export function architectureReader(
  header: readonly string[],
  space: SearchSpace,
  wrong: (message: string) => InputError,
): ArchitectureReader {
  const found = space.architectureColumns.filter((name) => header.includes(name));
  const several = severalArchitectures(found);
  if (several !== undefined) throw wrong(`${several}; leave one out with --columns ${found.at(-1)}=-`);
  const [name] = found;
  if (name === undefined) return choicesReader(header, space, wrong);
  const column = header.indexOf(name);
  return (row) => {
    try {
      return space.parse(row[column]);
    } catch (error) {
      throw error instanceof InputError ? new BadCell(name, error.message) : error;
    }
  };
}

/** Reads the architecture from one column per slot. A column may also hold several slots' values, joined by '-'. */
function choicesReader(
  header: readonly string[],
  space: SearchSpace,
  wrong: (message: string) => InputError,
): ArchitectureReader {
  const joinable = Object.entries(space.joinedColumns ?? {});
  const joined = joinable.filter(([name]) => header.includes(name));
  const given = new Set(joined.flatMap(([, slots]) => slots));
  const single = space.slots.flatMap(({ name }, k) => (given.has(k) ? [] : [[name, [k]] as const]));
  const sources = [...joined, ...single].map(([name, slots]) => ({
    name,
    slots,
    column: header.indexOf(name),
  }));
  const missing = sources.find(({ column }) => column < 0);
  if (missing) {
    const strings = space.architectureColumns.map((n) => quote(n)).join(' or ');
    const [first, last] = [space.slots[0].name, space.slots[space.slots.length - 1].name];
    const names = joinable.map(([name]) => name).join(', ');
    const shortcut = names === '' ? '' : `; ${names} may each give all their choices, joined by '-'`;
    throw wrong(
      `there is no architecture: neither a column ${strings} with strings like ${space.example}, ` +
        `nor a column per choice, ${first} … ${last} (${quote(missing.name)} is missing${shortcut})`,
    );
  }
  return (row) => {
    const architecture = new Uint8Array(space.slots.length);
    for (const { name, slots, column } of sources) {
      const text = row[column];
      const values = slots.length === 1 ? [text] : text.split('-');
      // Slots that another choice switches off have no values. `checkCounts` checks how many there must be.
      const open = space.activeSlots !== undefined && slots.length > 1 && values.length < slots.length;
      if (values.length !== slots.length && !open) {
        const problem = `has ${values.length} values joined by '-'; it must have ${slots.length}`;
        throw new BadCell(name, `${quote(text)} ${problem}`);
      }
      for (const [i, k] of slots.slice(0, values.length).entries()) {
        const { options } = space.slots[k];
        const option = options.indexOf(values[i].trim());
        if (option < 0) throw new BadCell(name, `${quote(values[i])} is none of ${options.join(', ')}`);
        architecture[k] = option;
      }
    }
    if (space.activeSlots) checkCounts(space.activeSlots(architecture), row);
    // Ignores choices without effect, such as those of blocks beyond a stage's depth.
    return space.parse(space.format(architecture));
  };
  /** Checks that every active slot has a value, and no other slot has one. */
  function checkCounts(active: readonly boolean[], row: readonly string[]): void {
    for (const { name, slots, column } of sources) {
      if (slots.length === 1) continue;
      const given = row[column].split('-').length;
      const wanted = slots.filter((k) => active[k]).length;
      if (given === wanted) continue;
      throw new BadCell(
        name,
        `${quote(row[column])} has ${given} values joined by '-'; it must have ${wanted}`,
      );
    }
  }
}
