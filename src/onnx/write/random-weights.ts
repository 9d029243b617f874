import { Random, seedOf } from '../../base/random.js';
import type { GraphBuilder } from './graph-builder.js';

/**
 * Draws a network's learned tensors as initializers, so that activations keep their size from layer to layer.
 * Latency does not depend on the values, as long as they stay clear of infinities and denormal numbers. A tensor's
 * values depend on its name and the seed alone, not on what else the network has. Tensors that are given are as they are.
 */
export class RandomWeights {
  constructor(
    private readonly builder: GraphBuilder,
    private readonly seed: number,
    private readonly given: ReadonlyMap<string, Float32Array> = new Map(),
  ) {}

  /** Uniform with variance 2 / fanIn (He et al., arXiv:1502.01852, section 2.2). */
  he(name: string, shape: readonly number[], fanIn: number): string {
    return this.around(name, shape, 0, Math.sqrt(6 / fanIn));
  }

  /** Uniform in mean ± spread. */
  around(name: string, shape: readonly number[], mean: number, spread: number): string {
    const learned = this.given.get(name);
    if (learned) return this.builder.floats(learned, shape, name);
    const values = new Float32Array(shape.reduce((size, dimension) => size * dimension, 1));
    const random = new Random(seedOf(name, this.seed));
    for (let i = 0; i < values.length; i++) values[i] = mean + spread * (2 * random.uniform() - 1);
    return this.builder.floats(values, shape, name);
  }
}
