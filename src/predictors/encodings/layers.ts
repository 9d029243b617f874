import { LRUCache } from 'lru-cache';
import { deviceOf } from '../../devices/calibration/device-file.js';
import { layerTimes } from '../layer-times.js';
import type { AnalyticPrior } from '../saved/card.js';
import type { Encoding } from './encoding.js';

/** Name of the input of a layer encoding. */
export const LAYER_MS = 'layer_ms';
/** Number of encoded networks to keep: building a network takes longer than any formula, and searches repeat. */
const KEPT = 5_000;

/** Layer times in ms by feature; layers without a feature of their own only count towards those of similar layers. */
export function layerEncoding({ device, features }: AnalyticPrior): Encoding {
  const columns = new Map(features.map((feature, column) => [feature, column]));
  const analytic = deviceOf(device);
  const known = new LRUCache<string, Float32Array>({ max: KEPT });
  return {
    inputs: () => [{ name: LAYER_MS, shape: [features.length] }],
    encode(space, architectures) {
      const x = new Float32Array(architectures.length * features.length);
      for (const [i, architecture] of architectures.entries()) {
        const key = `${space.name} ${architecture.join()}`;
        let row = known.get(key);
        if (row === undefined) {
          row = new Float32Array(features.length);
          for (const [feature, ms] of layerTimes(analytic, space.toNetwork(space.prune(architecture)))) {
            const column = columns.get(feature);
            if (column !== undefined) row[column] = ms;
          }
          known.set(key, row);
        }
        x.set(row, i * features.length);
      }
      return { [LAYER_MS]: x };
    },
  };
}
