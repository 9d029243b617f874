import type { Architecture, SearchSpace } from '../spaces/space.js';
import { SampleTable } from './sample-table.js';

/**
 * How to treat a second value. `reject` and `mean` concern an architecture that appears twice with different
 * values. `one-per-class` rejects these too, and leaves out samples that repeat the value of an isomorphic
 * network.
 */
export const DUPLICATES = ['reject', 'mean', 'one-per-class'] as const;
export type Duplicates = (typeof DUPLICATES)[number];

/** Samples of one series whose value is exactly that of an earlier isomorphic network. */
export interface Repeats {
  /** Their entries in the table. */
  readonly entries: ReadonlySet<number>;
  /** Number of all samples of the series. */
  readonly of: number;
  /** The first repeat, and what it repeats; undefined if there is none. */
  readonly example?: { readonly repeat: Architecture; readonly first: Architecture };
}

/**
 * Finds the repeats of each series. Two measurements hardly ever agree in all digits, so many repeats mean
 * that one measurement was copied to all networks of a class. A random split would then test on training
 * data.
 *
 * @param series number of series in the table
 * @returns `[series]`
 */
export function repeatsIn(space: SearchSpace, table: SampleTable, series: number): Repeats[] {
  const bySeries: number[][] = Array.from({ length: series }, () => []);
  for (let entry = 0; entry < table.size; entry++) bySeries[table.series(entry)].push(entry);
  return bySeries.map((all): Repeats => {
    const entries = new Set<number>();
    let example: Repeats['example'];
    const sorted = Uint32Array.from(all).sort((a, b) => table.value(a) - table.value(b) || a - b);
    for (let start = 0, end = 0; start < sorted.length; start = end) {
      while (end < sorted.length && table.value(sorted[end]) === table.value(sorted[start])) end++;
      if (end - start === 1) continue;
      const firsts = new Map<string, number>();
      for (const entry of sorted.subarray(start, end)) {
        const key = space.classOf(table.architecture(entry));
        const first = firsts.get(key);
        if (first === undefined) firsts.set(key, entry);
        else {
          entries.add(entry);
          example ??= { repeat: table.architecture(entry), first: table.architecture(first) };
        }
      }
    }
    return { entries, of: all.length, example };
  });
}

/** The table without the repeats of its series. */
export function withoutRepeats(
  space: SearchSpace,
  table: SampleTable,
  repeats: readonly Repeats[],
): SampleTable {
  const kept = new SampleTable(space.slots.length);
  for (let entry = 0; entry < table.size; entry++) {
    const series = table.series(entry);
    if (repeats[series].entries.has(entry)) continue;
    kept.add(table.architecture(entry), series, table.value(entry), table.line(entry), false);
  }
  return kept;
}

/** Describes the repeats of a series in words; undefined if there are none. */
export function describeRepeats(
  space: SearchSpace,
  name: string,
  { entries: { size }, of, example }: Repeats,
  duplicates: Duplicates,
): string | undefined {
  if (!example) return undefined;
  const found = `${name}: ${size.toLocaleString('en')} of ${of.toLocaleString('en')} samples have exactly the value of an isomorphic network (${space.format(example.repeat)} that of ${space.format(example.first)})`;
  return duplicates === 'one-per-class'
    ? `${found}; they are left out`
    : `warning: ${found}; if they are copies, scores on them are too good: --duplicates one-per-class leaves them out`;
}
