import { InputError, quote } from '../base/errors.js';
import { brpGcnKind } from './kinds/brp-gcn.js';
import { gcnKind } from './kinds/gcn.js';
import { flopsKind, lookupKind, pairsKind } from './kinds/linear.js';
import { mlpKind } from './kinds/mlp.js';
import { transferKind } from './kinds/transfer.js';
import type { PredictorKind, SavedKind } from './predictor.js';

/** Every kind of predictor that learns from a single device's samples, the simplest first. */
export const predictorKinds: readonly PredictorKind[] = [
  flopsKind,
  lookupKind,
  pairsKind,
  mlpKind,
  brpGcnKind,
  gcnKind,
];

/**
 * Finds a predictor kind by its name.
 *
 * @throws InputError that lists the known names
 */
export function predictorNamed(name: string): PredictorKind {
  const kind = predictorKinds.find((k) => k.name === name);
  if (!kind) {
    const known = predictorKinds.map((k) => k.name).join(', ');
    throw new InputError(`there is no predictor ${quote(name)}; known are ${known}`);
  }
  return kind;
}

/**
 * How saved predictors of a kind see architectures.
 *
 * @throws InputError that lists the known names
 */
export function savedKindNamed(name: string): SavedKind {
  return name === transferKind.name ? transferKind : predictorNamed(name);
}
