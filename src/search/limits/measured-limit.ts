import { existsSync } from 'node:fs';
import { InputError } from '../../base/errors.js';
import { JsonLinesFile, readJsonLines } from '../../base/json-lines.js';
import type { Limit } from '../constraints.js';
import type { CandidatePool } from '../pool.js';
import { type Choice, isTrained, type Trial } from '../trial.js';
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

/** Share of the measurements that are made before anything is trained; the others check what was. */
const SHARE_BEFORE = 0.6;
/** Of predictions without an interval: of the logarithm of the latency. */
const UNKNOWN_SPREAD = 0.2;
/** What was not measured counts as within its limit if that is as probable as this. */
const SURE = 0.95;

/**
 * A limit whose place is learned by measuring: a measurement takes seconds, a training hours. Before anything is
 * trained those networks are measured of which it is least sure whether they keep within the limit, one at a time, each
 * informing the next; then the limit stands where an even chance is. After the search the best trained networks are
 * measured until one keeps within it.
 */
export class MeasuredLimit {
  private constructor(
    private readonly pool: CandidatePool,
    private readonly task: LimitTask,
    private readonly maxMs: number,
    private readonly belief: LatencyBelief,
  ) {}

  /** Measures what says most of the limit's place. */
  static async learn(
    pool: CandidatePool,
    { values: latencyMs, upper, most: maxMs }: Limit,
    task: LimitTask,
    signal?: AbortSignal,
  ): Promise<MeasuredLimit> {
    const toDeviations = normalQuantile(task.confidence);
    const spread = latencyMs.map((ms, i) =>
      upper[i] > ms ? Math.log(upper[i] / ms) / (toDeviations || 1) : UNKNOWN_SPREAD,
    );
    const belief = new LatencyBelief(pool.architectures, latencyMs, spread);
    const limit = new MeasuredLimit(pool, task, maxMs, belief);
    const before = Math.ceil(SHARE_BEFORE * task.budget);
    while (belief.known.size < before && !signal?.aborted) {
      const next = limit.mostDoubtful();
      if (next === undefined) break;
      await limit.measure(next, signal);
    }
    return limit;
  }

  /** The limit as it is believed now: a network is within it if that is at least as probable as not. */
  limitOn(device: string): Limit {
    const latencyMs = this.belief.mean.map(Math.exp);
    return { device, most: this.maxMs, values: latencyMs, upper: latencyMs };
  }

  /**
   * The best trained network that was measured within the limit, or, when no measurements are left, that surely is.
   *
   * @param pool that the trials are of
   */
  async choose(
    pool: CandidatePool,
    trials: readonly Trial[],
    signal?: AbortSignal,
  ): Promise<Choice | undefined> {
    const { belief, maxMs, task } = this;
    let left = task.budget - Math.ceil(SHARE_BEFORE * task.budget);
    const trained = trials.filter(isTrained).sort((a, b) => b.outcome.accuracy - a.outcome.accuracy);
    for (const trial of trained) {
      const candidate = this.pool.candidateOf(pool.architectures[trial.candidate])!;
      if (!belief.known.has(candidate)) {
        const probability = belief.probabilityWithin(candidate, maxMs);
        if (left === 0 || signal?.aborted) {
          if (probability < SURE) continue;
          return { trial, because: `within ${maxMs} ms with a probability of ${probability.toFixed(3)}` };
        }
        left--;
        await this.measure(candidate, signal);
      }
      const ms = belief.known.get(candidate);
      if (ms !== undefined && ms <= maxMs) return { trial, because: `measured at ${ms.toPrecision(4)} ms` };
    }
    return undefined;
  }

  /** Of networks not measured that of which it is least sure on which side of the limit it stands. */
  private mostDoubtful(): number | undefined {
    let [most, next] = [0, undefined as number | undefined];
    for (let candidate = 0; candidate < this.pool.size; candidate++) {
      if (this.belief.known.has(candidate)) continue;
      const within = this.belief.probabilityWithin(candidate, this.maxMs);
      const doubt = within * (1 - within);
      if (doubt > most) [most, next] = [doubt, candidate];
    }
    return next;
  }

  private async measure(candidate: number, signal?: AbortSignal): Promise<void> {
    const { measurer, kept } = this.task;
    const architecture = this.pool.architectures[candidate];
    const name = this.pool.space.format(architecture);
    let latencyMs = kept === undefined ? undefined : keptLatencies(kept).get(name);
    if (latencyMs === undefined) {
      latencyMs = await measurer(architecture, signal);
      if (kept !== undefined) keep(kept, { architecture: name, latencyMs });
    }
    this.belief.learn(candidate, latencyMs);
  }
}

interface Kept {
  readonly architecture: string;
  readonly latencyMs: number;
}

function keptLatencies(file: string): Map<string, number> {
  if (!existsSync(file)) return new Map();
  return new Map(
    readJsonLines(file).values.map((value, i) => {
      const { architecture, latencyMs } = value as Partial<Kept>;
      if (typeof architecture !== 'string' || typeof latencyMs !== 'number') {
        throw new InputError('not a measurement that a search has kept', { file, line: i + 1 });
      }
      return [architecture, latencyMs];
    }),
  );
}

function keep(file: string, measurement: Kept): void {
  const lines = JsonLinesFile.open(file, existsSync(file) ? readJsonLines(file).bytes : 0);
  lines.append(measurement);
  lines.close();
}

/** Standard deviations that a share (0.5 to 0.95) of the normal distribution stays below (Tukey's lambda, off by 1 %). */
function normalQuantile(share: number): number {
  return 4.91 * (share ** 0.14 - (1 - share) ** 0.14);
}
