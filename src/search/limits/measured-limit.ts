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
  /** Networks that may be measured. */
  readonly budget: number;
  /** Share of predictions that are to keep within a limit at their upper ends. */
  readonly confidence: number;
  /** File that measurements are kept in: a run that goes on does not make them again. */
  readonly kept?: string;
}

/** Share of the measurements that are made before anything is trained. */
const SHARE_BEFORE = 0.2;
/** Share that is left for the end, when all is trained. */
const SHARE_AFTER = 0.2;
/** Of predictions without an interval: of the logarithm of the latency. */
const UNKNOWN_SPREAD = 0.2;
/** What was not measured counts as within its limit if that is as probable as this. */
const SURE = 0.95;
/** Expected gain in accuracy, percentage points, that is worth a measurement. */
const LEAST_GAIN = 0.001;
/** What is less probable to keep within the limit is not trained, and how many deviations that is for a `LatencyBelief`. */
const UNLIKELY = 0.1;
const UNLIKELY_DEVIATIONS = 1.4329;

/**
 * A limit whose place is learned by measuring: a measurement takes seconds, a training hours. Before anything is trained
 * a few networks are measured of which it is least sure whether they keep within the limit, one at a time, each
 * informing the next. The best networks within a limit are near it, mostly on its other side as far as predictions
 * know: so whatever is not unlikely to be within may be trained. Measurements keep pace with the trainings: when the next
 * one is due, it is of the trained network that is expected to gain most, which also corrects what is believed of those
 * like it (constrained optimisation as in Gardner et al., ICML 2014, where what is not sure counts by its probability).
 */
export class MeasuredLimit {
  private constructor(
    private readonly pool: CandidatePool,
    private readonly maxMs: number,
    private readonly task: LimitTask,
    private readonly believed: () => LatencyBelief,
    /** What was measured before any run, ms by candidate. */
    private readonly before: ReadonlyMap<number, number>,
  ) {}

  /** Measures what says most of the limit's place. */
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

  /** The limit as it is believed before anything is trained: held against it is what a latency is unlikely to be below. */
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
   * A run that knows what was measured before it, and has the other measurements to itself.
   *
   * @param pool that its trials are of
   * @param trainings that it has been begun for
   */
  begin(pool: CandidatePool, trainings: number): LimitedRun {
    const belief = this.believed();
    for (const [candidate, ms] of this.before) belief.learn(candidate, ms);
    return new LimitedRun(this.pool, pool, this.maxMs, this.task, belief, trainings);
  }
}

/** A candidate of those that are believed in, and its accuracy, %. */
interface Trained {
  readonly candidate: number;
  readonly accuracy: number;
}

/** What one run believes of a limit, and measures. */
export class LimitedRun {
  private readonly kept: KeptMeasurements;
  /** By this run, and by earlier ones. */
  private readonly trained: Trained[] = [];
  /** How many of them this run has trained. */
  private ownTrainings = 0;

  /**
   * @param all candidates that are believed in
   * @param pool those of the run
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
   * Makes the measurements that are due, and trains what is not unlikely to keep within the limit as it is believed then.
   * They are made before the next network is trained, not after a training: what that took hours for is recorded first.
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

  /** Goes through the trials of a run that goes on, and measures what it has measured. */
  async replay(trials: readonly Trial[]): Promise<void> {
    for (const trial of trials.filter(isTrained)) {
      const { accuracy } = trial.outcome;
      const architecture = this.pool.architectures[trial.candidate];
      if (isKnown(trial)) this.know(architecture, accuracy);
      else await this.tell(architecture, accuracy);
    }
  }

  /**
   * The best trained network that was measured within the limit, or surely is. First the measurements that are left go to
   * the trained networks that are expected to raise it most.
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

  /** Of trained networks not measured that which is expected to raise the best accuracy within the limit most. */
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

  /** Of networks not measured that of which it is least sure on which side of the limit it stands. */
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

  /** That a candidate keeps within the limit. */
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

/** Standard deviations that a share (0.5 to 0.95) of the normal distribution stays below (Tukey's lambda, off by 1 %). */
function normalQuantile(share: number): number {
  return 4.91 * (share ** 0.14 - (1 - share) ** 0.14);
}
