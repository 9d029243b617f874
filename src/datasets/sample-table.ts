import type { Architecture } from '../spaces/space.js';

/** What became of a sample that was added. */
export type Added =
  | { readonly kind: 'new' | 'repeat' }
  | { readonly kind: 'conflict'; readonly firstLine: number; readonly firstMs: number };

/**
 * Samples in the order they came, one per architecture and device, in typed arrays: about 20 bytes a sample
 * beside the architecture, found by open addressing.
 */
export class SampleTable {
  /** Number of distinct samples. */
  size = 0;
  private architectures: Uint8Array;
  private devices = new Uint16Array(1024);
  private sums = new Float64Array(1024);
  private counts = new Uint32Array(1024);
  private lines = new Uint32Array(1024);
  /** Entry + 1 by hash, 0 where empty; twice as many places as entries. */
  private places = new Int32Array(4096);

  /** @param slots choices per architecture */
  constructor(private readonly slots: number) {
    this.architectures = new Uint8Array(1024 * slots);
  }

  /**
   * Adds a sample.
   * @param average repeats with other values are averaged instead of being conflicts
   */
  add(architecture: Architecture, device: number, latencyMs: number, line: number, average: boolean): Added {
    const place = this.placeOf(architecture, device);
    const known = this.places[place] - 1;
    if (known >= 0) {
      const first = this.sums[known] / this.counts[known];
      if (!average && first !== latencyMs)
        return { kind: 'conflict', firstLine: this.lines[known], firstMs: first };
      if (average) {
        this.sums[known] += latencyMs;
        this.counts[known]++;
      }
      return { kind: 'repeat' };
    }
    if (this.size === this.devices.length) this.grow();
    const entry = this.size++;
    this.architectures.set(architecture, entry * this.slots);
    this.devices[entry] = device;
    this.sums[entry] = latencyMs;
    this.counts[entry] = 1;
    this.lines[entry] = line;
    this.places[this.placeOf(architecture, device)] = entry + 1;
    return { kind: 'new' };
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

  /** Where an entry stands, or the empty place where it would. */
  private placeOf(architecture: Architecture, device: number): number {
    const mask = this.places.length - 1;
    let hash = 0x811c9dc5 ^ device;
    for (let k = 0; k < this.slots; k++) hash = Math.imul(hash ^ architecture[k], 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let place = (hash ^ (hash >>> 13)) & mask;
    while (this.places[place] !== 0 && !this.holds(this.places[place] - 1, architecture, device)) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private holds(entry: number, architecture: Architecture, device: number): boolean {
    if (this.devices[entry] !== device) return false;
    const start = entry * this.slots;
    for (let k = 0; k < this.slots; k++) if (this.architectures[start + k] !== architecture[k]) return false;
    return true;
  }

  private grow(): void {
    const capacity = this.devices.length * 2;
    const larger = <T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    this.architectures = larger(this.architectures, new Uint8Array(capacity * this.slots));
    this.devices = larger(this.devices, new Uint16Array(capacity));
    this.sums = larger(this.sums, new Float64Array(capacity));
    this.counts = larger(this.counts, new Uint32Array(capacity));
    this.lines = larger(this.lines, new Uint32Array(capacity));
    this.places = new Int32Array(capacity * 4);
    for (let entry = 0; entry < this.size; entry++) {
      this.places[this.placeOf(this.architecture(entry), this.devices[entry])] = entry + 1;
    }
  }
}
