import type { TrainedTrial } from '../trial.js';
import { frontOfPairs } from './front.js';
import type { PairPool } from './pair-pool.js';

/** The trials whose pairs no other beats in accuracy, latency and area, by decreasing accuracy; each pair once. */
export function pairFront<T extends TrainedTrial>(pool: PairPool, trained: readonly T[]): T[] {
  const metrics = trained.map(({ candidate }) => pool.metricsOf(pool.architectures[candidate]));
  const front = frontOfPairs({
    accuracy: trained.map(({ outcome }) => outcome.accuracy),
    latencyMs: metrics.map(({ latencyMs }) => latencyMs),
    areaMm2: metrics.map(({ areaMm2 }) => areaMm2),
  });
  return front.map((i) => trained[i]);
}
