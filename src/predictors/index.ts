import { InputError, quote } from '../errors.js';
import { brpGcnKind } from './brp-gcn.js';
import { gcnKind } from './gcn.js';
import { flopsKind, lookupKind, pairsKind } from './linear.js';
import { mlpKind } from './mlp.js';
import type { PredictorKind } from './predictor.js';

/** Every kind of predictor, the simplest first. */
export const predictorKinds: readonly PredictorKind[] = [
  flopsKind,
  lookupKind,
  pairsKind,
  mlpKind,
  brpGcnKind,
  gcnKind,
];

/** @throws InputError listing the known names */
export function predictorNamed(name: string): PredictorKind {
  const kind = predictorKinds.find((k) => k.name === name);
  if (!kind) {
    const known = predictorKinds.map((k) => k.name).join(', ');
    throw new InputError(`there is no predictor ${quote(name)}; known are ${known}`);
  }
  return kind;
}
