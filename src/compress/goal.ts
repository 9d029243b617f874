import type { Architecture } from '../spaces/space.js';
import type { RankSpace } from './rank-space.js';

/** The limits of a compressed model, as a whole. */
export interface RankLimits {
  /** Share of the original model's parameters. */
  readonly maxParameters?: number;
  readonly maxLatencyMs?: number;
}

/** The costs of a choice of ranks. */
export interface RankCosts {
  /** Share of the original model's parameters. */
  parameters(architecture: Architecture): number;
  /** Absent if no device is asked. */
  latencyMs?(architecture: Architecture): number;
}

/** The share of a model's parameters left by a choice of ranks; the whole model has `whole`. */
export function parameterShare(ranks: RankSpace, whole: number): RankCosts['parameters'] {
  const macs = ranks.space.macs;
  const dense = macs(ranks.dense);
  return (architecture) => (whole - dense + macs(architecture)) / whole;
}

/**
 * The goal of a search for ranks: the most accurate model within limits, or the smallest that loses no more
 * than a given accuracy (both kinds of reward of ShrinkML, Dudziak et al., arXiv:1907.03540). The reward is
 *
 * - over a limit: -1 less the excess, whatever the accuracy;
 * - within limits: the accuracy gained (lost, if negative) as a share of the dense model's;
 * - with a greatest loss instead of limits: the share of the cost that is saved; less than 0 if the loss is
 *   greater.
 */
export class Goal {
  /** The dense model's accuracy, once known. */
  denseAccuracy: number | undefined;

  constructor(
    readonly limits: RankLimits,
    readonly costs: RankCosts,
    readonly dense: Architecture,
    /** Accuracy that may be lost, in the evaluator's unit. */
    readonly maxLoss?: number,
  ) {}

  /** The greatest of the limited costs, each as a share of its limit. A model within all limits has at most 1. */
  load(architecture: Architecture): number {
    const { maxParameters, maxLatencyMs } = this.limits;
    const over = (cost: number | undefined, most: number | undefined) =>
      cost === undefined || most === undefined ? 0 : cost / most;
    return Math.max(
      over(this.costs.parameters(architecture), maxParameters),
      over(this.costs.latencyMs?.(architecture), maxLatencyMs),
    );
  }

  /** The cost to reduce: latency in ms if there is a device, otherwise the share of parameters. */
  cost(architecture: Architecture): number {
    return this.costs.latencyMs?.(architecture) ?? this.costs.parameters(architecture);
  }

  isWithin(architecture: Architecture): boolean {
    return this.load(architecture) <= 1;
  }

  reward(accuracy: number, architecture: Architecture): number {
    const load = this.load(architecture);
    if (load > 1) return -1 - (load - 1);
    const dense = this.denseAccuracy ?? accuracy;
    const lost = dense - accuracy;
    if (this.maxLoss === undefined) return -lost / (Math.abs(dense) || 1);
    if (lost <= this.maxLoss) return 1 - this.cost(architecture) / this.cost(this.dense);
    return -Math.min(1, (lost - this.maxLoss) / (Math.abs(dense) || 1));
  }
}
