import type { Activation, NetworkWriter, Value } from '../../write/network-writer.js';
import type { Draw } from '../families/draw.js';

/** The context of a step of a probe. */
export interface StepContext {
  readonly net: NetworkWriter;
  readonly draw: Draw;
  /** Most multiply-accumulates that one layer should have. */
  readonly mostMacs: number;
}

/** Appends an operator, or a few that belong together, to a probe. */
export type Step = (context: StepContext, x: Value) => Value;

/** A step, and its number of copies in the deck from which probes are dealt. */
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
 * A width for a layer that keeps it below the most operations.
 *
 * @param macsPerUnit multiply-accumulates for each unit of width
 */
export function widthWithin({ draw, mostMacs }: StepContext, macsPerUnit: number): number {
  const most = Math.min(1024, Math.max(16, mostMacs / macsPerUnit));
  return draw.size(Math.max(8, most / 6), most, draw.chance(0.8) ? 8 : 1);
}
