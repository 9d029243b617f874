import type { Activation, NetworkWriter, Value } from '../../write/network-writer.js';
import type { Draw } from '../families/draw.js';

/** What a step of a probe may use. */
export interface StepContext {
  readonly net: NetworkWriter;
  readonly draw: Draw;
  /** Multiply-accumulate operations that one layer should not exceed. */
  readonly mostMacs: number;
}

/** Appends an operator, or a few that belong together, to a probe. */
export type Step = (context: StepContext, x: Value) => Value;

/** A step, and how often it is in the deck that probes are dealt from. */
export type WeightedStep = readonly [times: number, step: Step];

export const ACTIVATIONS: readonly Activation[] = [
  'relu',
  'relu6',
  'swish',
  'gelu',
  'hardSwish',
  'sigmoid',
  'hardSigmoid',
  'tanh',
  'leakyRelu',
  'elu',
];

/**
 * A layer's width that keeps it below the most operations.
 *
 * @param macsPerUnit of one more unit
 */
export function widthWithin({ draw, mostMacs }: StepContext, macsPerUnit: number): number {
  const most = Math.min(1024, Math.max(16, mostMacs / macsPerUnit));
  return draw.size(Math.max(8, most / 6), most, draw.chance(0.8) ? 8 : 1);
}
