import { type Encoding, macsEncoding, pairsEncoding, unitsEncoding } from '../encodings/encoding.js';
import type { PredictorKind } from '../predictor.js';

/** A kind that fits a ridge regression to an encoding with one row per architecture. */
export function ridgeKind(name: string, description: string, encoding: Encoding): PredictorKind {
  return {
    name,
    description,
    encoding,
    fit: async (task) => (await import('./ridge.js')).fitRidge(encoding, task),
  };
}

/** `flops`: latency proportional to multiply-accumulates, plus a constant. */
export const flopsKind = ridgeKind('flops', 'linear in multiply-accumulates', macsEncoding);

/** `lookup`: the sum of a time per operation or block. */
export const lookupKind = ridgeKind('lookup', 'additive table of operations (ridge)', unitsEncoding);

/** `pairs`: a time per choice and per pair of choices. */
export const pairsKind = ridgeKind('pairs', 'additive table of pairs of choices (ridge)', pairsEncoding);
