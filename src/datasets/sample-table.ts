import type { Architecture } from '../spaces/space.js';

/** What happened to a sample that was added. */
export type Added =
  | { readonly kind: 'new' | 'repeat' }
  | { readonly kind: 'conflict'; readonly firstLine: number; readonly first: number };

/** Most series (one metric of one device) that a table can distinguish. */
export const MAX_SERIES = 2 ** 16;

/**
 * Samples in the order of the file, one per architecture and series (one metric of one device). They are kept
 * in typed arrays that double as they fill: 26 bytes a sample besides the architecture itself. Equal samples
 * are found by hashing with open addressing.
 */
export class SampleTable {
  /** Number of distinct samples. */
  size = 0;
  private architectures: Uint8Array;
  private seriesOf = new Uint16Array(1024);
  private sums = new Float64Array(1024);
  private counts = new Uint32Array(1024);
  private lines = new Uint32Array(1024);
  /** Entry + 1 by hash, 0 if empty. There are twice as many places as room for entries. */
  private places = new Uint32Array(2048);

  /** @param slots number of slots per architecture */
  constructor(private readonly slots: number) {
    this.architectures = new Uint8Array(1024 * slots);
  }

  /**
   * Adds a sample.
   *
   * @param series its number, below `MAX_SERIES`
   * @param line its line in the file
   * @param average whether to average samples of the same architecture and series; otherwise a different
   *   value is a conflict
   */
  add(architecture: Architecture, series: number, value: number, line: number, average: boolean): Added {
    if (this.size === this.seriesOf.length) this.grow();
    const place = this.placeOf(architecture, 0, series);
    if (this.places[place] === 0) {
      const entry = this.size++;
      this.architectures.set(architecture, entry * this.slots);
      this.seriesOf[entry] = series;
      this.sums[entry] = value;
      this.counts[entry] = 1;
      this.lines[entry] = line;
      this.places[place] = entry + 1;
      return { kind: 'new' };
    }
    const known = this.places[place] - 1;
    if (average) {
      this.sums[known] += value;
      this.counts[known]++;
    } else if (this.sums[known] !== value) {
      return { kind: 'conflict', firstLine: this.lines[known], first: this.sums[known] };
    }
    return { kind: 'repeat' };
  }

  architecture(entry: number): Architecture {
    return this.architectures.slice(entry * this.slots, (entry + 1) * this.slots);
  }

  series(entry: number): number {
    return this.seriesOf[entry];
  }

  /** The line of the first sample of an entry. */
  line(entry: number): number {
    return this.lines[entry];
  }

  value(entry: number): number {
    return this.sums[entry] / this.counts[entry];
  }

  /** The entry of an architecture in a series; undefined if there is none. */
  find(architecture: Architecture, series: number): number | undefined {
    const entry = this.places[this.placeOf(architecture, 0, series)] - 1;
    return entry < 0 ? undefined : entry;
  }

  /** The place of the architecture at `source[start …]` in a series, or the empty place where it would go. */
  private placeOf(source: Uint8Array, start: number, series: number): number {
    const mask = this.places.length - 1;
    let hash = Math.imul(0x811c9dc5 ^ series, 0x01000193); // FNV-1a, then a finaliser: its low bits are weak
    for (let k = 0; k < this.slots; k++) hash = Math.imul(hash ^ source[start + k], 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let place = (hash ^ (hash >>> 13)) & mask;
    while (this.places[place] !== 0 && !this.holds(this.places[place] - 1, source, start, series)) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private holds(entry: number, source: Uint8Array, start: number, series: number): boolean {
    if (this.seriesOf[entry] !== series) return false;
    const own = entry * this.slots;
    for (let k = 0; k < this.slots; k++) {
      if (this.architectures[own + k] !== source[start + k]) return false;
    }
    return true;
  }

  private grow(): void {
    const capacity = this.seriesOf.length * 2;
    const larger = <T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(fresh: T, old: T): T => {
      fresh.set(old);
      return fresh;
    };
    this.architectures = larger(new Uint8Array(capacity * this.slots), this.architectures);
    this.seriesOf = larger(new Uint16Array(capacity), this.seriesOf);
    this.sums = larger(new Float64Array(capacity), this.sums);
    this.counts = larger(new Uint32Array(capacity), this.counts);
    this.lines = larger(new Uint32Array(capacity), this.lines);
    this.places = new Uint32Array(capacity * 2);
    for (let entry = 0; entry < this.size; entry++) {
      this.places[this.placeOf(this.architectures, entry * this.slots, this.seriesOf[entry])] = entry + 1;
    }
  }
}
