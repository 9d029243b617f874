import { mean } from 'simple-statistics';
import { InputError } from '../../base/errors.js';
import type { Architecture } from '../../spaces/space.js';
import { type OperatorLayer, operatorIndex, withOperator } from './layers.js';

/** A quantity of networks: latency, MACs or parameters; infinite if a network does not fit a device. */
export type NetworkQuantity = (architectures: readonly Architecture[]) => Promise<Float64Array>;

/**
 * What each operator adds to a quantity of whole networks, `[layer][operator]`: the mean over reference
 * networks with that operator in its layer, less that of the layer's cheapest operator. Networks reveal no
 * more than that. The quantity of the cheapest operators (and of everything fixed in a network) is only known
 * as a total, and is divided in proportion to what the layers' operators add on average: a layer that costs
 * more in one form costs more in every form.
 *
 * @param references networks with all kinds of operators
 * @throws InputError if, for some layer, no reference network fits the device with every operator
 */
export async function contributionsOf(
  layers: readonly OperatorLayer[],
  references: readonly Architecture[],
  quantity: NetworkQuantity,
): Promise<number[][]> {
  const whole = await quantity(references);
  const added: number[][] = [];
  let least = mean([...whole].filter(Number.isFinite));
  for (const layer of layers) {
    const variants = references.flatMap((reference) =>
      layer.operators.map((operator) => withOperator(reference, layer, operator)),
    );
    const values = await quantity(variants);
    const width = layer.operators.length;
    const fitting = [...references.keys()].filter((row) =>
      values.subarray(row * width, (row + 1) * width).every(Number.isFinite),
    );
    if (fitting.length === 0) {
      throw new InputError(
        `none of ${references.length} networks can be run with every operator of ${layer.name}; ` +
          'so what its operators take cannot be determined',
      );
    }
    const means = layer.operators.map((_, o) => mean(fitting.map((row) => values[row * width + o])));
    const lowest = Math.min(...means);
    const own = means.map((value) => value - lowest);
    added.push(own);
    least -= mean(references.map((reference) => own[operatorIndex(reference, layer)]));
  }
  const averages = added.map((own) => mean(own));
  const sum = averages.reduce((total, average) => total + average, 0);
  const shared = Math.max(least, 0);
  return added.map((own, l) => {
    const base = sum > 0 ? (shared * averages[l]) / sum : shared / layers.length;
    return own.map((value) => value + base);
  });
}
