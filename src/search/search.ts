import { InputError, quote } from '../base/errors.js';
import { Random } from '../base/random.js';
import type { CandidatePool } from './pool.js';
import type { EventSink, RunEvent } from './run-log.js';
import type { Strategy } from './strategies/strategy.js';
import { isKnown, isTrained, type Outcome, type Trial } from './trial.js';
import type { KnownResult } from './warm-start.js';

export interface SearchSettings {
  readonly pool: CandidatePool;
  readonly strategy: Strategy;
  /** Number of networks to train; failed trials do not count. */
  readonly budget: number;
  readonly seed: number;
  readonly log?: EventSink;
}

type Round = RunEvent & { readonly event: 'round' };

/** After this many failures without a success, the evaluator is at fault, not the networks. */
const MOST_FAILURES = 10;

/**
 * The loop shared by all strategies, driven from outside: `ask` for a network to train, and `tell` its
 * outcome. Nobody waits for others: asking while networks are still training returns another one, chosen by
 * what is known then. Networks in training are trials without an outcome, which no strategy proposes again
 * (asynchronous like the original searches: Real et al., arXiv:1802.01548, section 3; Zoph and Le,
 * arXiv:1611.01578, section 3.2). A run is therefore determined by its seed and the order of asking and
 * telling; with a single trainer, by its seed alone.
 *
 * Every round and outcome is logged before it counts. `replay` of a log restores the search that wrote it,
 * and trials that were handed out without an outcome are handed out again.
 */
export class Search {
  private readonly history: Trial[] = [];
  /** Numbers of the trials with an outcome, in the order in which they were told. */
  private readonly told: number[] = [];
  /** Numbers of the trials that have been handed out. */
  private readonly handedOut = new Set<number>();
  private proposing: Promise<void> | undefined;
  private exhausted = false;

  constructor(private readonly task: SearchSettings) {}

  /** All trials by number. */
  get trials(): readonly Trial[] {
    return this.history;
  }

  /** Number of networks trained so far, without those trained by earlier runs. */
  get trained(): number {
    return this.history.filter((trial) => isTrained(trial) && !isKnown(trial)).length;
  }

  /** Number of trials without an outcome. */
  get pending(): number {
    return this.history.length - this.told.length;
  }

  /** Whether the budget is spent, or every candidate has been tried. */
  get done(): boolean {
    return this.pending === 0 && (this.exhausted || this.trained >= this.task.budget);
  }

  /**
   * The next network to train. Undefined if the search is done, or if outcomes are needed first: the networks
   * in training would use up the budget, no other candidate is left, or the strategy cannot decide without
   * them.
   *
   * @throws InputError if all trials so far have failed, and there are too many of them
   */
  async ask(): Promise<Trial | undefined> {
    do {
      const next = this.history.find((trial) => !trial.outcome && !this.handedOut.has(trial.number));
      if (!next) continue;
      this.handedOut.add(next.number);
      return next;
    } while (await this.propose());
    return undefined;
  }

  /**
   * Proposes the next round, without waiting for networks in training.
   *
   * @returns false if there is none, for the reasons given at `ask`
   * @throws InputError as `ask`
   */
  async propose(): Promise<boolean> {
    const before = this.history.length;
    if (!this.done && this.trained + this.pending < this.task.budget) {
      // Concurrent callers wait for the same round.
      this.proposing ??= this.proposeRound().finally(() => {
        this.proposing = undefined;
      });
      await this.proposing;
    }
    return this.history.length > before;
  }

  /**
   * Records the outcome of a trial.
   *
   * @returns false if the trial already has an outcome from another worker: the first one counts
   * @throws InputError if there is no such trial, or the accuracy is not a finite number
   */
  tell(number: number, outcome: Outcome): boolean {
    const trial = this.history[number - 1];
    if (!trial) {
      throw new InputError(`there is no trial ${quote(number)}; they go from 1 to ${this.history.length}`);
    }
    if ('accuracy' in outcome && !Number.isFinite(outcome.accuracy)) {
      throw new InputError(`${quote(outcome.accuracy)} is not an accuracy, which must be a finite number`);
    }
    if (trial.outcome !== undefined) return false;
    this.record({ event: 'told', number, outcome });
    return true;
  }

  /** Adds results of earlier runs, before the first network is asked for. */
  know(results: readonly KnownResult[]): void {
    if (results.length === 0) return;
    const { space, architectures } = this.task.pool;
    this.record({
      event: 'round',
      round: -1,
      trials: results.map(({ candidate, accuracy, from }, i) => ({
        number: i + 1,
        arch: space.format(architectures[candidate]),
        reason: `known from ${from}`,
        accuracy,
      })),
    });
  }

  /**
   * Restores the state from a log. A strategy with a memory proposes every round again, from what was known
   * then.
   *
   * @throws InputError if the log does not fit the pool
   */
  async replay(events: readonly RunEvent[]): Promise<void> {
    for (const event of events) {
      if (event.event === 'round' && !isKnown(event) && this.task.strategy.recall) {
        const known = this.knownAfter(event.after ?? this.told.length);
        await this.task.strategy.recall(known, event.trials.length, this.randomAfter(known));
      }
      this.apply(event);
    }
  }

  private async proposeRound(): Promise<void> {
    const { strategy, budget, pool } = this.task;
    const { trained } = this;
    const failed = this.history.filter(({ outcome }) => outcome && 'error' in outcome).length;
    if (trained === 0 && failed >= MOST_FAILURES) {
      const { outcome } = this.history[this.told[this.told.length - 1] - 1];
      const reason = outcome && 'error' in outcome ? outcome.error : '';
      throw new InputError(`the first ${failed} trials all failed, the last with: ${reason}`);
    }
    // Outcomes told while the strategy is deciding belong to the next round.
    const after = this.told.length;
    const known = this.knownAfter(after);
    const left = budget - trained - this.pending;
    const proposals = await strategy.propose(known, left, this.randomAfter(known));
    // A strategy that waits for outcomes may still propose something once they are told.
    this.exhausted = proposals.length === 0 && known.every(({ outcome }) => outcome);
    if (proposals.length === 0) return;
    this.record({
      event: 'round',
      round: (known.at(-1)?.round ?? -1) + 1,
      ...(after < this.told.length && { after }),
      trials: proposals.map(({ candidate, reason, parent }, i) => ({
        number: known.length + i + 1,
        arch: pool.space.format(pool.architectures[candidate]),
        reason,
        parent,
      })),
    });
  }

  /** The trials as they were after the first `told` outcomes. */
  private knownAfter(told: number): Trial[] {
    const later = new Set(this.told.slice(told));
    return this.history.map((trial) => (later.has(trial.number) ? { ...trial, outcome: undefined } : trial));
  }

  private randomAfter(known: readonly Trial[]): Random {
    return new Random(this.task.seed * 1_000_003 + known.length);
  }

  private record(event: RunEvent): void {
    this.task.log?.append(event);
    this.apply(event);
  }

  private apply(event: RunEvent): void {
    if (event.event === 'told') this.applyOutcome(event.number, event.outcome);
    else this.applyRound(event);
  }

  private applyOutcome(number: number, outcome: Outcome): void {
    const trial = this.history[number - 1];
    if (!trial) throw new InputError(`the log has an outcome for trial ${number}, which it lacks`);
    if (trial.outcome === undefined) this.told.push(number);
    this.history[number - 1] = { ...trial, outcome };
  }

  private applyRound({ round, trials }: Round): void {
    const { pool } = this.task;
    for (const { arch, number, reason, parent, accuracy } of trials) {
      const candidate = pool.candidateOf(pool.space.parse(arch));
      if (candidate === undefined) {
        throw new InputError(
          `the log's trial ${number} is ${quote(arch)}, which is not among the candidates`,
        );
      }
      this.history.push({ number, round, candidate, reason, parent });
      if (accuracy !== undefined) this.applyOutcome(number, { accuracy });
    }
  }
}
