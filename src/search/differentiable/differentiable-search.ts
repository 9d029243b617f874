import { Random } from '../../base/random.js';
import type { Architecture } from '../../spaces/space.js';
import type { CandidatePool } from '../pool.js';
import { drawUntried, type Strategy, type StrategyTask } from '../strategies/strategy.js';
import { isTrained, mayCount, type Proposal, type TrainedTrial, type Trial } from '../trial.js';
import { ascend } from './ascent.js';
import { MultilinearModel } from './multilinear.js';
import { fitSoftMlp } from './soft-mlp.js';
import { mostLikely, optionCount, type SoftModel } from './soft-model.js';

/** How a search follows the gradients of its models. */
export interface DifferentiableOptions {
  /** Number of random networks before the first fit. */
  readonly samples: number;
  /** Number of networks derived from each fit. */
  readonly perRound: number;
  /**
   * Value of a latency at the limit, in standard deviations of the trained accuracies: a number as published,
   * or `dual` for as much as the limit requires.
   */
  readonly lambda: number | 'dual';
  /** `pairs`: exact expectations over soft choices; `mlp`: a perceptron, as published. */
  readonly latencyModel: 'pairs' | 'mlp';
  /** Number of networks from whose latencies the latency model is learned; latencies require no training. */
  readonly latencySamples: number;
  /** Share of the mean over a network's neighbours in the maximised quality. */
  readonly flat: number;
  /** Number of ascents with different starts after each fit. */
  readonly restarts: number;
  readonly steps: number;
  readonly learningRate: number;
}

/** Softmax temperatures of the first and the last step. */
const TEMPERATURES = [1, 0.1] as const;
/** Standard deviation of the initial logits, so that soft choices differ. */
const FIRST_LOGITS = 0.5;

/**
 * Differentiable search with models: a quality learned from trained networks, and a load (latency as a share
 * of its limit) learned from the latencies of a sample; both are defined for soft choices too. From each of
 * several ascents, the best network on its path that is within the limit is trained or, if it has been
 * trained already, the best one near it. Then the quality is learned again.
 */
export class DifferentiableSearch implements Strategy {
  private load: Promise<SoftModel> | undefined;

  constructor(
    private readonly task: StrategyTask,
    private readonly options: DifferentiableOptions,
  ) {}

  async propose(trials: readonly Trial[], count: number, random: Random): Promise<Proposal[]> {
    const { pool } = this.task;
    const { samples, perRound } = this.options;
    const trained = trials.filter(isTrained);
    const missing = Math.max(samples, 2) - trials.filter(mayCount).length;
    if (missing > 0 || trained.length < 2) {
      return drawUntried(pool, trials, Math.min(count, Math.max(missing, 1)), random).map((candidate) => ({
        candidate,
        reason: 'random',
      }));
    }
    const quality = this.qualityOf(trained);
    const found = await this.derive(quality, random);
    const proposals = this.nearestUntried(found, quality, trials, Math.min(count, perRound));
    const rest = proposals.length > 0 ? [] : drawUntried(pool, trials, 1, random);
    return [...proposals, ...rest.map((candidate) => ({ candidate, reason: 'random' }))];
  }

  /** In standard deviations of the trained accuracies. */
  private qualityOf(trained: readonly TrainedTrial[]): MultilinearModel {
    const { space, architectures } = this.task.pool;
    const values = Float64Array.from(trained, ({ outcome }) => outcome.accuracy);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    return MultilinearModel.fit(
      space,
      trained.map(({ candidate }) => architectures[candidate]),
      values.map((value) => (value - mean) / (deviation || 1)),
    );
  }

  /** For each ascent, the candidate with the best quality among the most likely networks on its path. */
  private async derive(quality: MultilinearModel, random: Random): Promise<number[]> {
    const { pool } = this.task;
    const { space, unlimited } = pool;
    const { restarts: rows, steps, learningRate, lambda, flat } = this.options;
    const width = optionCount(space);
    const start = Float32Array.from({ length: rows * width }, () => FIRST_LOGITS * normal(random));
    if (unlimited) this.load ??= this.loadModel(unlimited);
    const { path } = await ascend(
      {
        space,
        quality,
        load: await this.load,
        weight: lambda === 'dual' ? undefined : lambda,
        flat,
        rows,
        steps,
        learningRate,
        temperatures: TEMPERATURES,
      },
      start,
    );
    return Array.from({ length: rows }, (_, row) => {
      const passed = new Map<string, Architecture>();
      for (let step = 0; step < steps; step++) {
        const at = (step * rows + row) * width;
        const network = mostLikely(space, path.subarray(at, at + width));
        passed.set(network.join(), network);
      }
      const networks = [...passed.values()].reverse();
      const within = new Set(networks.flatMap((network) => pool.candidateOf(network) ?? []));
      // If the pool is a sample of its space, or the whole path exceeds the limit, take the nearest
      // candidate.
      return this.byQuality(quality, within.size > 0 ? within : [pool.nearestTo(networks[0])])[0];
    });
  }

  private byQuality(quality: MultilinearModel, candidates: Iterable<number>): number[] {
    const all = [...new Set(candidates)];
    const values = quality.predict(all.map((candidate) => this.task.pool.architectures[candidate]));
    return [...all.keys()].sort((a, b) => values[b] - values[a]).map((i) => all[i]);
  }

  private loadModel({ pool, load }: NonNullable<CandidatePool['unlimited']>): Promise<SoftModel> {
    const { latencyModel, latencySamples } = this.options;
    const { seed } = this.task;
    const known = [...load.keys()].filter((candidate) => Number.isFinite(load[candidate]));
    const sample = new Random(seed).shuffle(known).slice(0, latencySamples);
    const architectures = sample.map((candidate) => pool.architectures[candidate]);
    const values = Float64Array.from(sample, (candidate) => load[candidate]);
    return latencyModel === 'mlp'
      ? fitSoftMlp(pool.space, architectures, values, seed)
      : Promise.resolve(MultilinearModel.fit(pool.space, architectures, values));
  }

  /** The untried results of the ascents, followed by the best networks near them. */
  private nearestUntried(
    found: readonly number[],
    quality: MultilinearModel,
    trials: readonly Trial[],
    count: number,
  ): Proposal[] {
    const { pool } = this.task;
    const tried = new Set(trials.map(({ candidate }) => candidate));
    const proposals: Proposal[] = [];
    const propose = (candidates: readonly number[], reason: string) => {
      for (const candidate of candidates) {
        if (proposals.length === count) return;
        if (tried.has(candidate)) continue;
        tried.add(candidate);
        proposals.push({ candidate, reason });
      }
    };
    propose(this.byQuality(quality, found), 'derived');
    const around = [...new Set(found)].flatMap((candidate) => pool.neighbours(candidate));
    propose(this.byQuality(quality, around), 'next to a derived one');
    return proposals;
  }
}

/** Normally distributed (Box and Muller). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}
