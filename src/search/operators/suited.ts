import { mean } from 'simple-statistics';
import type { CandidatePool } from '../pool.js';
import { unitScale } from '../unit-scale.js';
import { type LayerOperator, type OperatorLayer, operatorIndex, operatorLayersOf } from './layers.js';
import type { OperatorPool } from './operator-pool.js';

/** An operator that networks may have, and how well it suits the device; more is better. */
export interface SuitedOperator extends LayerOperator {
  readonly score: number;
  /** Load of networks with this operator, in any unit; less is faster. */
  readonly load: number;
}

/** A layer with the operators that it may have. */
export interface SuitedLayer extends OperatorLayer {
  readonly operators: readonly SuitedOperator[];
}

/** Number of candidates over which operators are compared. */
const COMPARED = 2000;

/**
 * The layers of a pool of candidates with the operators that they may have: those that the device's operator
 * pool keeps, with their scores there. Without an operator pool, all operators, with the same kind of score
 * from the candidates themselves: the MACs of networks with the operator, scaled to 0 … 1 in its layer,
 * divided by their load (latency as a share of its limit), or undivided if no device has a limit.
 */
export function suitedLayers(pool: CandidatePool, operators?: OperatorPool): SuitedLayer[] {
  if (operators) {
    return operators.layers.map((layer) => ({
      ...layer,
      operators: layer.operators
        .filter(({ kept }) => kept)
        .map((operator) => ({ ...operator, load: operator.latencyMs })),
    }));
  }
  const { space, unlimited } = pool;
  const { architectures } = unlimited?.pool ?? pool;
  const every = Math.ceil(architectures.length / COMPARED);
  const compared = [...architectures.keys()].filter(
    (i) => i % every === 0 && Number.isFinite(unlimited?.load[i] ?? 1),
  );
  const macs = new Map(compared.map((i) => [i, space.macs(architectures[i])]));
  return operatorLayersOf(space).map((layer) => {
    const having: number[][] = layer.operators.map(() => []);
    for (const i of compared) having[operatorIndex(architectures[i], layer)].push(i);
    const present = [...layer.operators.keys()].filter((o) => having[o].length > 0);
    const meanOf = (o: number, of: (i: number) => number) => mean(having[o].map(of));
    const capacities = present.map((o) => meanOf(o, (i) => macs.get(i)!));
    const capacity = unitScale(capacities);
    return {
      ...layer,
      operators: present.map((o, at) => {
        const load = meanOf(o, (i) => unlimited?.load[i] ?? 1);
        return { ...layer.operators[o], load, score: capacity(capacities[at]) / load };
      }),
    };
  });
}
