import type { Limit } from '../constraints.js';
import type { Evaluator } from '../evaluators/evaluator.js';
import type { CandidatePool } from '../pool.js';
import { type ChosenTrial, isKnown, isTrained, type Trial } from '../trial.js';
import { KeptMeasurements } from './kept-measurements.js';
import { LatencyBelief } from './latency-belief.js';
import type { Measurer } from './measurer.js';

/** How a limit is learned. */
export interface LimitTask {
  readonly measurer: Measurer;
  /** Number of networks that may be measured. */
  readonly budget: number;
  /** Share of predictions that should be within a limit at their upper ends. */
  readonly confidence: number;
  /** File in which measurements are kept, so that a resumed run need not repeat them. */
  readonly kept?: string;
}

/** Share of the measurements that are made before any training. */
const SHARE_BEFORE = 0.2;
/** Share that is reserved for the end, after all training. */
const SHARE_AFTER = 0.2;
/** Standard deviation of the log latency for predictions without an interval. */
const UNKNOWN_SPREAD = 0.2;
/** Probability from which an unmeasured network counts as within its limit. */
const SURE = 0.95;
/** Smallest expected gain in accuracy, in percentage points, that is worth a measurement. */
const LEAST_GAIN = 0.001;
/**
 * Networks less likely than this to be within the limit are not trained; the same in deviations of a
 * `LatencyBelief`.
 */
const UNLIKELY = 0.1;
const UNLIKELY_DEVIATIONS = 1.4329;

/**
 * A limit that is located by measuring: a measurement takes seconds, a training hours. Before any training, a
 * few networks are measured whose being within the limit is most uncertain, one at a time, each informing the
 * next. The best networks within a limit are close to it, and predictions put most of them on its other side;
 * therefore everything that may be within it may be trained. Measurements keep pace with trainings: when the
 * next one is due, it is of the trained network with the greatest expected gain, which also corrects the
 * belief about similar ones (constrained optimisation as in Gardner et al., ICML 2014, where uncertain
 * networks count by their probability).
 */
export class MeasuredLimit {
  private constructor(
    private readonly pool: CandidatePool,
    private readonly maxMs: number,
    private readonly task: LimitTask,
    private readonly believed: () => LatencyBelief,
    /** Measurements from before any run, in ms by candidate. */
    private readonly before: ReadonlyMap<number, number>,
  ) {}

  /** Makes the measurements that say most about the location of the limit. */
  static async learn(
    pool: CandidatePool,
    { values: latencyMs, worst, bound: maxMs }: Limit,
    task: LimitTask,
    signal?: AbortSignal,
  ): Promise<MeasuredLimit> {
    const toDeviations = normalQuantile(task.confidence);
    const spread = latencyMs.map((ms, i) =>
      worst[i] > ms ? Math.log(worst[i] / ms) / (toDeviations || 1) : UNKNOWN_SPREAD,
    );
    const believed = () => new LatencyBelief(pool.architectures, latencyMs, spread);
    const measuring = new LimitedRun(pool, pool, maxMs, task, believed(), 0);
    while (measuring.belief.known.size < SHARE_BEFORE * task.budget) {
      signal?.throwIfAborted();
      const next = measuring.mostDoubtful();
      if (next === undefined) break;
      await measuring.measure(next, signal);
    }
    return new MeasuredLimit(pool, maxMs, task, believed, measuring.belief.known);
  }

  /**
   * The limit as believed before any training. Candidates are compared with it by a latency that they are
   * unlikely to beat.
   */
  limitOn(device: string): Limit {
    const { mean, deviation } = this.begin(this.pool, 0).belief;
    return {
      device,
      bound: this.maxMs,
      values: mean.map(Math.exp),
      worst: mean.map((log, i) => Math.exp(log - UNLIKELY_DEVIATIONS * deviation[i])),
    };
  }

  /**
   * Starts a run that knows the measurements made before it, and has its own measurements.
   *
   * @param pool of its trials
   * @param trainings number for which it was begun
   */
  begin(pool: CandidatePool, trainings: number): LimitedRun {
    const belief = this.believed();
    for (const [candidate, ms] of this.before) belief.learn(candidate, ms);
    return new LimitedRun(this.pool, pool, this.maxMs, this.task, belief, trainings);
  }
}

/** A trained candidate of the pool in question, with its accuracy in percent. */
interface Trained {
  readonly candidate: number;
  readonly accuracy: number;
}

/** One run's belief about a limit, and its measurements. */
export class LimitedRun {
  private readonly kept: KeptMeasurements;
  /** Trained by this run, and by earlier ones. */
  private readonly trained: Trained[] = [];
  /** Number of them that this run has trained. */
  private ownTrainings = 0;

  /**
   * @param all candidates that the belief is about
   * @param pool candidates of the run
   */
  constructor(
    private readonly all: CandidatePool,
    private readonly pool: CandidatePool,
    private readonly maxMs: number,
    private readonly task: LimitTask,
    readonly belief: LatencyBelief,
    private readonly trainings: number,
  ) {
    this.kept = new KeptMeasurements(task.kept);
  }

  /**
   * Makes the measurements that are due, then trains the network unless it is unlikely to be within the
   * limit. They are made before the next training, not after the last: its result, which took hours, is
   * recorded first.
   */
  checking(evaluator: Evaluator): Evaluator {
    const untold: { architecture: Uint8Array; accuracy: number }[] = [];
    return {
      evaluate: async (architecture, signal) => {
        for (const known of untold.splice(0)) await this.tell(known.architecture, known.accuracy, signal);
        const probability = this.probability(this.all.candidateOf(architecture)!);
        if (probability < UNLIKELY) {
          return { error: `over ${this.maxMs} ms with a probability of ${(1 - probability).toFixed(2)}` };
        }
        const outcome = await evaluator.evaluate(architecture, signal);
        if ('accuracy' in outcome) untold.push({ architecture, accuracy: outcome.accuracy });
        return outcome;
      },
    };
  }

  /** Replays the trials of a resumed run, and repeats its (kept) measurements. */
  async replay(trials: readonly Trial[]): Promise<void> {
    for (const trial of trials.filter(isTrained)) {
      const { accuracy } = trial.outcome;
      const architecture = this.pool.architectures[trial.candidate];
      if (isKnown(trial)) this.know(architecture, accuracy);
      else await this.tell(architecture, accuracy);
    }
  }

  /**
   * The best trained network that was measured within the limit, or is almost certainly within it. The
   * remaining measurements are first used on the trained networks that are expected to improve the result
   * most.
   */
  async choose(trials: readonly Trial[], signal?: AbortSignal): Promise<ChosenTrial | undefined> {
    const trained = trials.filter(isTrained).map((trial) => ({
      trial,
      accuracy: trial.outcome.accuracy,
      candidate: this.all.candidateOf(this.pool.architectures[trial.candidate])!,
    }));
    while (this.left > 0 && !signal?.aborted) {
      const next = this.mostGain(trained);
      if (next === undefined) break;
      await this.measure(next, signal).catch((error) => {
        if (!signal?.aborted) throw error;
      });
    }
    const surely = trained.filter(({ candidate }) => this.probability(candidate) >= SURE);
    if (surely.length === 0) return undefined;
    const { trial, candidate } = surely.reduce((best, one) => (one.accuracy > best.accuracy ? one : best));
    const ms = this.belief.known.get(candidate);
    const because =
      ms === undefined
        ? `within ${this.maxMs} ms with a probability of ${this.probability(candidate).toFixed(3)}`
        : `measured at ${ms.toPrecision(4)} ms`;
    return { trial, because };
  }

  /** The unmeasured trained network that is expected to improve the best accuracy within the limit most. */
  private mostGain(trained: readonly Trained[]): number | undefined {
    const { known } = this.belief;
    const within = trained.filter(
      ({ candidate }) => known.has(candidate) && this.probability(candidate) === 1,
    );
    const least = Math.min(...trained.map(({ accuracy }) => accuracy)) - LEAST_GAIN;
    const best = within.reduce((most, { accuracy }) => Math.max(most, accuracy), least);
    let [most, next] = [LEAST_GAIN, undefined as number | undefined];
    for (const { candidate, accuracy } of trained) {
      if (known.has(candidate)) continue;
      const gain = this.probability(candidate) * (accuracy - best);
      if (gain > most) [most, next] = [gain, candidate];
    }
    return next;
  }

  /** The unmeasured network for which it is most uncertain on which side of the limit it is. */
  mostDoubtful(): number | undefined {
    let [most, next] = [0, undefined as number | undefined];
    for (let candidate = 0; candidate < this.all.size; candidate++) {
      if (this.belief.known.has(candidate)) continue;
      const within = this.probability(candidate);
      const doubt = within * (1 - within);
      if (doubt > most) [most, next] = [doubt, candidate];
    }
    return next;
  }

  async measure(candidate: number, signal?: AbortSignal): Promise<void> {
    const architecture = this.all.architectures[candidate];
    const name = this.all.space.format(architecture);
    const latencyMs = await this.kept.of(name, () => this.task.measurer(architecture, signal));
    this.belief.learn(candidate, latencyMs);
  }

  /** Probability that a candidate is within the limit. */
  private probability(candidate: number): number {
    return this.belief.probabilityWithin(candidate, this.maxMs);
  }

  private get left(): number {
    return this.task.budget - this.belief.known.size;
  }

  private know(architecture: Uint8Array, accuracy: number): void {
    this.trained.push({ candidate: this.all.candidateOf(architecture)!, accuracy });
  }

  /** Makes the measurements that are due after a training. */
  private async tell(architecture: Uint8Array, accuracy: number, signal?: AbortSignal): Promise<void> {
    this.know(architecture, accuracy);
    const progress = Math.min(1, ++this.ownTrainings / this.trainings);
    const share = SHARE_BEFORE + (1 - SHARE_BEFORE - SHARE_AFTER) * progress;
    while (this.belief.known.size < Math.floor(share * this.task.budget)) {
      const next = this.mostGain(this.trained);
      if (next === undefined) break;
      await this.measure(next, signal);
    }
  }
}

/**
 * Number of standard deviations below which a share (0.5 to 0.95) of the normal distribution lies (Tukey's
 * lambda, within 1 %).
 */
function normalQuantile(share: number): number {
  return 4.91 * (share ** 0.14 - (1 - share) ** 0.14);
}
