import { Random } from '../base/random.js';
import type { SimulatorInput } from './simulator.js';

/**
 * Points that fill the box of the inputs evenly, whatever their number: the additive recurrence over powers
 * of 1/φ, where φᵈ⁺¹ = φ + 1 (Roberts, The unreasonable effectiveness of quasirandom sequences, 2018),
 * starting from a point that the seed determines.
 */
export function spaceFilling(inputs: readonly SimulatorInput[], seed: number): (index: number) => number[] {
  const random = new Random(seed);
  let phi = 2;
  for (let i = 0; i < 60; i++) phi = (1 + phi) ** (1 / (inputs.length + 1));
  const starts = inputs.map(() => random.uniform());
  const steps = inputs.map((_, k) => phi ** -(k + 1));
  return (index) => inputs.map((input, k) => inRange(input, (starts[k] + (index + 1) * steps[k]) % 1));
}

/** The value at a share, 0 to 1, of an input's range. */
export function inRange({ low, high, log, whole }: SimulatorInput, share: number): number {
  if (whole) {
    const [from, to] = log ? [Math.log(low - 0.5), Math.log(high + 0.5)] : [low - 0.5, high + 0.5];
    const value = from + share * (to - from);
    return Math.min(high, Math.max(low, Math.round(log ? Math.exp(value) : value)));
  }
  return log ? low * (high / low) ** share : low + share * (high - low);
}
