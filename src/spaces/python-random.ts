/**
 * The part of Python's `random` module that NAS-Bench-201 used to order its architectures: the Mersenne
 * Twister MT19937 (Matsumoto & Nishimura, 1998) seeded as in CPython, and `shuffle`.
 */
export class PythonRandom {
  private static readonly SIZE = 624;
  private static readonly PERIOD = 397;
  private readonly state = new Uint32Array(PythonRandom.SIZE);
  private position = PythonRandom.SIZE;

  /** `random.seed(seed)` for a non-negative seed below 2³². */
  constructor(seed: number) {
    const { state } = this;
    const size = PythonRandom.SIZE;
    state[0] = 19650218;
    for (let i = 1; i < size; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    let i = 1;
    const mixed = (multiplier: number) =>
      state[i] ^ Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), multiplier);
    const advance = () => {
      if (++i < size) return;
      state[0] = state[size - 1];
      i = 1;
    };
    for (let k = 0; k < size; k++, advance()) state[i] = mixed(1664525) + seed;
    for (let k = 1; k < size; k++, advance()) state[i] = mixed(1566083941) - i;
    state[0] = 0x80000000;
  }

  /** `random.getrandbits(bits)` for 1 to 32 bits. */
  bits(bits: number): number {
    return this.next() >>> (32 - bits);
  }

  /** `random.shuffle(items)` of Python 3, in place. */
  shuffle(items: Uint32Array): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const held = items[i];
      items[i] = items[j];
      items[j] = held;
    }
  }

  private below(bound: number): number {
    const bits = 32 - Math.clz32(bound);
    let value = this.bits(bits);
    while (value >= bound) value = this.bits(bits);
    return value;
  }

  private next(): number {
    if (this.position >= PythonRandom.SIZE) this.twist();
    let y = this.state[this.position++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  private twist(): void {
    const { state } = this;
    const size = PythonRandom.SIZE;
    for (let i = 0; i < size; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % size] & 0x7fffffff);
      state[i] = state[(i + PythonRandom.PERIOD) % size] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.position = 0;
  }
}
