import { InputError, quote } from '../base/errors.js';
import { Random } from '../base/random.js';
import type { CandidatePool } from './pool.js';
import type { EventSink, RunEvent } from './run-log.js';
import type { Strategy } from './strategies/strategy.js';
import { isTrained, type Outcome, type Trial } from './trial.js';

export interface SearchTask {
  readonly pool: CandidatePool;
  readonly strategy: Strategy;
  /** Networks to train; failed trials do not count. */
  readonly budget: number;
  readonly seed: number;
  readonly log?: EventSink;
}

/** After so many failures without a single success the evaluator is broken, not the networks. */
const MOST_FAILURES = 10;

/**
 * The loop all strategies share, from the outside: `ask` for a network to train, `tell` what came of it. It does
 * not matter who asks, how many ask at once, or in which order they tell: a strategy proposes a round when all
 * earlier trials have an outcome, so that a run follows from its seed and the outcomes alone.
 *
 * Every round and outcome is logged before it counts; `replay` of a log brings back the search that wrote it,
 * and trials that were handed out but not told are handed out again.
 */
export class Search {
  private readonly history: Trial[] = [];
  /** Numbers of the trials that somebody has asked for. */
  private readonly handedOut = new Set<number>();
  private proposing: Promise<void> | undefined;
  private exhausted = false;

  constructor(private readonly task: SearchTask) {}

  /** All trials in the order of their numbers. */
  get trials(): readonly Trial[] {
    return this.history;
  }

  /** Networks trained so far. */
  get trained(): number {
    return this.history.filter(isTrained).length;
  }

  /** True when the budget is spent, or every candidate has been tried. */
  get done(): boolean {
    return this.pending.length === 0 && (this.exhausted || this.trained >= this.task.budget);
  }

  private get pending(): Trial[] {
    return this.history.filter(({ outcome }) => outcome === undefined);
  }

  /**
   * The next network to train; undefined if the search is done, or if others have to tell first.
   *
   * @throws InputError if every trial so far failed, and that is too many
   */
  async ask(): Promise<Trial | undefined> {
    // Whoever comes while a round is being proposed waits for that one.
    if (this.pending.length === 0 && !this.done) {
      this.proposing ??= this.proposeRound().finally(() => {
        this.proposing = undefined;
      });
    }
    await this.proposing;
    const next = this.pending.find(({ number }) => !this.handedOut.has(number));
    if (next) this.handedOut.add(next.number);
    return next;
  }

  /**
   * Records what became of a trial.
   *
   * @returns false if the trial has an outcome already, told by another worker: the first one counts
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

  /**
   * Brings back what a log says.
   *
   * @throws InputError if the log does not fit the pool
   */
  replay(events: readonly RunEvent[]): void {
    for (const event of events) this.apply(event);
  }

  private async proposeRound(): Promise<void> {
    const { strategy, budget, seed, pool } = this.task;
    const failed = this.history.length - this.trained;
    if (this.trained === 0 && failed >= MOST_FAILURES) {
      const { outcome } = this.history[failed - 1];
      const reason = outcome && 'error' in outcome ? outcome.error : '';
      throw new InputError(`the first ${failed} trials all failed, the last with: ${reason}`);
    }
    const random = new Random(seed * 1_000_003 + this.history.length);
    const proposals = await strategy.propose(this.history, budget - this.trained, random);
    this.exhausted = proposals.length === 0;
    if (this.exhausted) return;
    this.record({
      event: 'round',
      round: (this.history.at(-1)?.round ?? -1) + 1,
      trials: proposals.map(({ candidate, reason, parent }, i) => ({
        number: this.history.length + i + 1,
        arch: pool.space.format(pool.architectures[candidate]),
        reason,
        parent,
      })),
    });
  }

  private record(event: RunEvent): void {
    this.task.log?.append(event);
    this.apply(event);
  }

  private apply(event: RunEvent): void {
    if (event.event === 'told') {
      const trial = this.history[event.number - 1];
      if (!trial) throw new InputError(`the log has an outcome for trial ${event.number}, which it lacks`);
      this.history[event.number - 1] = { ...trial, outcome: event.outcome };
      return;
    }
    const { space } = this.task.pool;
    for (const { arch, number, reason, parent } of event.trials) {
      const candidate = this.task.pool.candidateOf(space.parse(arch));
      if (candidate === undefined) {
        throw new InputError(
          `the log's trial ${number} is ${quote(arch)}, which is not among the candidates`,
        );
      }
      this.history.push({ number, round: event.round, candidate, reason, parent });
    }
  }
}
