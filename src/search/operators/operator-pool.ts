import { Random } from '../../base/random.js';
import { type Cost, totalCost } from '../../network/cost.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';
import { unitScale } from '../unit-scale.js';
import { contributionsOf, type NetworkQuantity } from './contributions.js';
import {
  type LayerOperator,
  type OperatorLayer,
  operatorIndex,
  operatorLayersOf,
  withOperator,
} from './layers.js';

/** An operator in its layer with its costs and score, and whether a search may use it. */
export interface ScoredOperator extends LayerOperator {
  readonly latencyMs: number;
  readonly macs: number;
  readonly parameters: number;
  /**
   * Capacity divided by latency in ms. The capacity is the sum of MACs and parameters, each scaled to 0 … 1
   * in its layer.
   */
  readonly score: number;
  readonly kept: boolean;
}

/** A layer with its scored operators. */
export interface ScoredLayer extends OperatorLayer {
  readonly operators: readonly ScoredOperator[];
}

/** The operators of each layer that suit a device. */
export interface OperatorPool {
  readonly space: SearchSpace;
  readonly layers: readonly ScoredLayer[];
}

export interface OperatorPoolOptions {
  /** Number of operators per layer kept for their score; the fastest is always kept in addition. */
  readonly keep: number;
  /** Number of networks over which operators are compared. */
  readonly references: number;
  readonly seed: number;
}

/** Replaces a latency of 0, in ms. */
const LEAST_MS = 1e-9;

/**
 * The operator pool of a device (HURRICANE, Zhang et al., arXiv:1910.11609, section 3): operators with a
 * large capacity for the time that they take on it. Capacity is MACs and parameters, which rank a block's
 * effect on accuracy. It departs from the paper in one point: the fastest operator of a layer is always kept.
 * By score alone, a pool may lack every fast operator, and no network would be within a tight limit. Choices
 * that are not operators (the depth of a block, the image size) are not scored, and all of them are kept.
 *
 * @throws InputError if no reference network fits the device
 */
export async function operatorPool(
  space: SearchSpace,
  latency: NetworkQuantity,
  { keep, references, seed }: OperatorPoolOptions,
): Promise<OperatorPool> {
  const layers = operatorLayersOf(space);
  const networks = sampledNetworks(space, references, seed);
  const latencies = await contributionsOf(layers, networks, ofConnected(space, latency));
  const costs = costsOf(space);
  const macs = await contributionsOf(layers, networks, costs.macs);
  const parameters = await contributionsOf(layers, networks, costs.parameters);
  return {
    space,
    layers: layers.map((layer, l) => {
      const [ofMacs, ofParameters] = [unitScale(macs[l]), unitScale(parameters[l])];
      const scores = layer.operators.map(
        (_, o) => (ofMacs(macs[l][o]) + ofParameters(parameters[l][o])) / (latencies[l][o] || LEAST_MS),
      );
      const ranked = [...scores.keys()].sort((a, b) => scores[b] - scores[a]);
      const fastest = latencies[l].indexOf(Math.min(...latencies[l]));
      const kept = new Set([...ranked.slice(0, keep), fastest]);
      return {
        ...layer,
        operators: layer.operators.map((operator, o) => ({
          ...operator,
          latencyMs: latencies[l][o],
          macs: macs[l][o],
          parameters: parameters[l][o],
          score: scores[o],
          kept: kept.has(o),
        })),
      };
    }),
  };
}

/** Whether all operators of an architecture are in the pool. Layers that it does not have are ignored. */
export function isWithin({ space, layers }: OperatorPool, architecture: Architecture): boolean {
  const runs = (layer: ScoredLayer, operator: number) => {
    const other = layer.operators[operator === 0 ? 1 : 0];
    return space.format(withOperator(architecture, layer, other)) !== space.format(architecture);
  };
  return layers.every((layer) => {
    const operator = operatorIndex(architecture, layer);
    return layer.operators[operator].kept || !runs(layer, operator);
  });
}

/** A random network of the pool: kept operators, and everything else that the space leaves open, all equally likely. */
export function sampleWithin({ space, layers }: OperatorPool, random: Random): Architecture {
  const architecture = space.sample(random).slice();
  for (const { slots, operators } of layers) {
    const kept = operators.filter((operator) => operator.kept);
    const { options } = kept[random.integer(kept.length)];
    slots.forEach((slot, i) => {
      architecture[slot] = options[i];
    });
  }
  // By way of its text, so that a space with several forms of one network returns the canonical one.
  return space.parse(space.format(architecture));
}

function sampledNetworks(space: SearchSpace, count: number, seed: number): Architecture[] {
  const random = new Random(seed);
  const networks: Architecture[] = [];
  while (networks.length < count) {
    const network = space.sample(random);
    if (space.isConnected(network)) networks.push(network);
  }
  return networks;
}

/** The quantity, infinite for networks without a path to the output. */
function ofConnected(space: SearchSpace, quantity: NetworkQuantity): NetworkQuantity {
  return async (architectures) => {
    const connected = [...architectures.keys()].filter((i) => space.isConnected(architectures[i]));
    const known = await quantity(connected.map((i) => architectures[i]));
    const values = new Float64Array(architectures.length).fill(Number.POSITIVE_INFINITY);
    connected.forEach((i, at) => {
      values[i] = known[at];
    });
    return values;
  };
}

/** MACs and parameters of networks without their dead operations. */
function costsOf(space: SearchSpace): Record<'macs' | 'parameters', NetworkQuantity> {
  const known = new Map<string, Cost>();
  const costOf = (architecture: Architecture) => {
    const pruned = space.prune(architecture);
    const key = space.format(pruned);
    let cost = known.get(key);
    if (!cost) {
      cost = totalCost(space.toNetwork(pruned));
      known.set(key, cost);
    }
    return cost;
  };
  const of = (name: 'macs' | 'parameters') =>
    ofConnected(space, async (networks) => Float64Array.from(networks, (a) => costOf(a)[name]));
  return { macs: of('macs'), parameters: of('parameters') };
}
