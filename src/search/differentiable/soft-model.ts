import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../../nn/engines/tfjs.js';
import type { SearchSpace } from '../../spaces/space.js';

/**
 * A quantity of networks that is also defined between them, where a slot has a share of every option instead
 * of a single one. It is written in tfjs operations, so that a search can follow its gradient.
 */
export interface SoftModel {
  /**
   * @param choice `[row, option]`: shares of the options of all slots in order; those of each slot add up to
   *   1
   * @returns `[row]`
   */
  value(choice: Tensor): Tensor;
  /**
   * Mean over the networks one choice away from a network drawn with these shares; only for models that can
   * compute it exactly.
   *
   * @param choice as for `value`
   * @returns `[row]`
   */
  neighbourMean?(choice: Tensor): Tensor;
}

/** Number of options of all slots together: the width of a soft choice. */
export function optionCount({ slots }: SearchSpace): number {
  return slots.reduce((sum, { options }) => sum + options.length, 0);
}

/**
 * The shares of the options: softmax of each slot's logits at a temperature.
 *
 * @param logits `[row, option]`
 * @param temperature a scalar; towards 0, each slot has a single option
 */
export function softChoice(space: SearchSpace, logits: Tensor, temperature: Tensor): Tensor {
  const rows = logits.shape[0];
  const scaled = tf.div(logits, temperature);
  let offset = 0;
  const slots = space.slots.map(({ options }) => {
    const own = tf.slice(scaled, [0, offset], [rows, options.length]);
    offset += options.length;
    return tf.softmax(own as Parameters<typeof tf.softmax>[0]);
  });
  return tf.concat(slots, 1);
}

/** The most likely architecture for a row of shares. */
export function mostLikely(space: SearchSpace, row: Float32Array): Uint8Array {
  let offset = 0;
  return Uint8Array.from(space.slots, ({ options }) => {
    const own = row.subarray(offset, offset + options.length);
    offset += options.length;
    return own.indexOf(own.reduce((a, b) => Math.max(a, b)));
  });
}
