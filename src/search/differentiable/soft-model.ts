import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../../nn/engines/tfjs.js';
import type { SearchSpace } from '../../spaces/space.js';

/**
 * A quantity of networks that is known between them, too: where each slot has a share of every option instead of one.
 * It is written in tfjs operations, so that a search can follow its gradient.
 */
export interface SoftModel {
  /**
   * @param choice `[row, option]`: shares of the options of all slots in their order, those of a slot adding up to 1
   * @returns `[row]`
   */
  value(choice: Tensor): Tensor;
  /**
   * Mean over the networks one choice away from a network that is drawn by the shares; of models that know it exactly.
   *
   * @param choice as of `value`
   * @returns `[row]`
   */
  neighbourMean?(choice: Tensor): Tensor;
}

/** Options of all slots together: the width of a soft choice. */
export function optionCount({ slots }: SearchSpace): number {
  return slots.reduce((sum, { options }) => sum + options.length, 0);
}

/**
 * The shares of the options: softmax of the logits of each slot, at a temperature.
 *
 * @param logits `[row, option]`
 * @param temperature a scalar; towards 0 each slot has one option
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

/** The most likely architecture of a row of shares. */
export function mostLikely(space: SearchSpace, row: Float32Array): Uint8Array {
  let offset = 0;
  return Uint8Array.from(space.slots, ({ options }) => {
    const own = row.subarray(offset, offset + options.length);
    offset += options.length;
    return own.indexOf(own.reduce((a, b) => Math.max(a, b)));
  });
}
