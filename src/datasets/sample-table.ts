import type { Architecture } from '../spaces/space.js';

/** What became of a sample that was added. */
export type Added =
  | { readonly kind: 'new' | 'repeat' }
  | { readonly kind: 'conflict'; readonly firstLine: number; readonly firstMs: number };

/** Most devices a table tells apart. */
export const MAX_DEVICES = 2 ** 16;

/**
 * Samples in the order they came, one per architecture and device, in typed arrays that double as they fill:
 * 26 bytes a sample beside the architecture's own. Equal ones are found by hashing with open addressing.
 */
export class SampleTable {
  /** Number of distinct samples. */
  size = 0;
  private architectures: Uint8Array;
  private devices = new Uint16Array(1024);
  private sums = new Float64Array(1024);
  private counts = new Uint32Array(1024);
  private lines = new Uint32Array(1024);
  /** Entry + 1 by hash, 0 where empty; twice as many places as there is room for entries. */
  private places = new Uint32Array(2048);

  /** @param slots choices per architecture */
  constructor(private readonly slots: number) {
    this.architectures = new Uint8Array(1024 * slots);
  }

  /**
   * Adds a sample.
   *
   * @param device its number, below `MAX_DEVICES`
   * @param line where it stands in its file
   * @param average samples of one architecture and device are averaged; otherwise other values are conflicts
   */
  add(architecture: Architecture, device: number, latencyMs: number, line: number, average: boolean): Added {
    if (this.size === this.devices.length) this.grow();
    const place = this.placeOf(architecture, 0, device);
    if (this.places[place] === 0) {
      const entry = this.size++;
      this.architectures.set(architecture, entry * this.slots);
      this.devices[entry] = device;
      this.sums[entry] = latencyMs;
      this.counts[entry] = 1;
      this.lines[entry] = line;
      this.places[place] = entry + 1;
      return { kind: 'new' };
    }
    const known = this.places[place] - 1;
    if (average) {
      this.sums[known] += latencyMs;
      this.counts[known]++;
    } else if (this.sums[known] !== latencyMs) {
      return { kind: 'conflict', firstLine: this.lines[known], firstMs: this.sums[known] };
    }
    return { kind: 'repeat' };
  }

  architecture(entry: number): Architecture {
    return this.architectures.slice(entry * this.slots, (entry + 1) * this.slots);
  }

  device(entry: number): number {
    return this.devices[entry];
  }

  latencyMs(entry: number): number {
    return this.sums[entry] / this.counts[entry];
  }

  /** Where the architecture at `source[start …]` stands on a device, or the empty place where it would. */
  private placeOf(source: Uint8Array, start: number, device: number): number {
    const mask = this.places.length - 1;
    let hash = Math.imul(0x811c9dc5 ^ device, 0x01000193); // FNV-1a, then a finaliser: its low bits are weak
    for (let k = 0; k < this.slots; k++) hash = Math.imul(hash ^ source[start + k], 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let place = (hash ^ (hash >>> 13)) & mask;
    while (this.places[place] !== 0 && !this.holds(this.places[place] - 1, source, start, device)) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private holds(entry: number, source: Uint8Array, start: number, device: number): boolean {
    if (this.devices[entry] !== device) return false;
    const own = entry * this.slots;
    for (let k = 0; k < this.slots; k++) {
      if (this.architectures[own + k] !== source[start + k]) return false;
    }
    return true;
  }

  private grow(): void {
    const capacity = this.devices.length * 2;
    const larger = <T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(fresh: T, old: T): T => {
      fresh.set(old);
      return fresh;
    };
    this.architectures = larger(new Uint8Array(capacity * this.slots), this.architectures);
    this.devices = larger(new Uint16Array(capacity), this.devices);
    this.sums = larger(new Float64Array(capacity), this.sums);
    this.counts = larger(new Uint32Array(capacity), this.counts);
    this.lines = larger(new Uint32Array(capacity), this.lines);
    this.places = new Uint32Array(capacity * 2);
    for (let entry = 0; entry < this.size; entry++) {
      this.places[this.placeOf(this.architectures, entry * this.slots, this.devices[entry])] = entry + 1;
    }
  }
}
