import type { Architecture } from '../spaces/space.js';
import type { RankSpace } from './rank-space.js';

/** What a compressed model must keep to. Limits hold for the model, not for its matrices alone. */
export interface RankLimits {
  /** Parameters, as a share of those of the whole model. */
  readonly maxParameters?: number;
  readonly maxLatencyMs?: number;
}

/** What a choice of ranks costs. */
export interface RankCosts {
  /** Share of the whole model's parameters. */
  parameters(architecture: Architecture): number;
  /** Absent where no device is asked. */
  latencyMs?(architecture: Architecture): number;
}

/** Parameters of a model of so many, its matrices being of some ranks. */
export function parameterShare(ranks: RankSpace, whole: number): RankCosts['parameters'] {
  const macs = ranks.space.macs;
  const dense = macs(ranks.dense);
  return (architecture) => (whole - dense + macs(architecture)) / whole;
}

/**
 * What a search for ranks is after: the most accurate model within limits, or the smallest that loses no more than so
 * much accuracy (both kinds of reward of ShrinkML, Dudziak et al., arXiv:1907.03540).
 *
 * - Over a limit: -1 less the excess, whatever the accuracy.
 * - Within limits: the accuracy that is lost or won, as a share of the dense model's.
 * - With a greatest loss instead of limits: the share that is saved; where the loss is greater, less than 0.
 */
export class Goal {
  /** The dense model's accuracy, once it is known. */
  denseAccuracy: number | undefined;

  constructor(
    readonly limits: RankLimits,
    readonly costs: RankCosts,
    readonly dense: Architecture,
    /** Accuracy that may be lost, in the evaluator's unit. */
    readonly maxLoss?: number,
  ) {}

  /** The greatest of the limited costs, each as a share of its limit: up to 1 is within all of them. */
  load(architecture: Architecture): number {
    const { maxParameters, maxLatencyMs } = this.limits;
    const over = (cost: number | undefined, most: number | undefined) =>
      cost === undefined || most === undefined ? 0 : cost / most;
    return Math.max(
      over(this.costs.parameters(architecture), maxParameters),
      over(this.costs.latencyMs?.(architecture), maxLatencyMs),
    );
  }

  /** What is lowered, in its unit: milliseconds where there is a device, else the share of parameters. */
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
