import { elements } from '../../base/elements.js';
import { Random, seedOf } from '../../base/random.js';
import { MOST_FLOATING_BYTES } from '../without-weights.js';
import type { GraphBuilder } from './graph-builder.js';

/**
 * Whether weights have values or only shapes. Without values, a network whose structure alone matters is made
 * instantly.
 */
export type WeightValues = 'random' | 'none';

/**
 * Draws a network's learned tensors as initializers, such that activations keep their size from layer to
 * layer. Latency does not depend on the values, as long as they avoid infinities and denormal numbers. A
 * tensor's values depend only on its name and the seed, not on the rest of the network. Given tensors are
 * written unchanged.
 */
export class RandomWeights {
  constructor(
    private readonly builder: GraphBuilder,
    private readonly seed: number,
    private readonly values: WeightValues = 'random',
    private readonly given: ReadonlyMap<string, Float32Array> = new Map(),
  ) {}

  /** Uniform with variance 2 / fanIn (He et al., arXiv:1502.01852, section 2.2). */
  he(name: string, shape: readonly number[], fanIn: number): string {
    return this.around(name, shape, 0, Math.sqrt(6 / fanIn));
  }

  /** Uniform in mean ± spread. */
  around(name: string, shape: readonly number[], mean: number, spread: number): string {
    if (this.isLeftOut(shape)) return this.builder.shapeOnly(name, shape);
    const learned = this.given.get(name);
    if (learned) return this.builder.floats(learned, shape, name);
    const values = new Float32Array(elements(shape));
    const random = new Random(seedOf(name, this.seed));
    for (let i = 0; i < values.length; i++) values[i] = mean + spread * (2 * random.uniform() - 1);
    return this.builder.floats(values, shape, name);
  }

  /** Whether a tensor's values are omitted: the same ones that `withoutWeights` omits. */
  isLeftOut(shape: readonly number[]): boolean {
    return this.values === 'none' && 4 * elements(shape) > MOST_FLOATING_BYTES;
  }
}
