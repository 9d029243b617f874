import type { Random } from '../base/random.js';
import { CandidatePool } from '../search/pool.js';
import type { RunEvent } from '../search/run-log.js';
import type { Architecture } from '../spaces/space.js';
import type { Goal } from './goal.js';
import type { RankSpace } from './rank-space.js';

/** Number of draws in a row that may bring nothing new before a pool counts as exhausted. */
const MOST_DRAWS = 10_000;

/**
 * Choices of ranks. There are far too many to list, so each becomes a candidate when it is first asked for.
 * Those over a limit may be candidates too (the dense model is one), but they are neither drawn nor returned
 * as neighbours.
 */
export class RankPool extends CandidatePool {
  private readonly candidates: Architecture[];
  private readonly byKey = new Map<string, number>();
  /** The candidate that is the original model. */
  readonly dense: number;

  constructor(
    readonly ranks: RankSpace,
    readonly goal: Goal,
  ) {
    const candidates: Architecture[] = [];
    super(ranks.space, candidates);
    this.candidates = candidates;
    this.dense = this.candidateOf(ranks.dense);
  }

  override get size(): number {
    return this.space.size;
  }

  override candidateOf(architecture: Architecture): number {
    const key = architecture.join();
    let candidate = this.byKey.get(key);
    if (candidate === undefined) {
      candidate = this.candidates.length;
      this.byKey.set(key, candidate);
      this.candidates.push(architecture.slice());
    }
    return candidate;
  }

  /** Restores the dense model's accuracy from a run's log. */
  override async restore(events: readonly RunEvent[]): Promise<void> {
    const dense = this.space.format(this.ranks.dense);
    const numbers = new Set<number>();
    for (const event of events) {
      if (event.event === 'round') {
        for (const { arch, number } of event.trials) if (arch === dense) numbers.add(number);
      } else if (numbers.has(event.number) && 'accuracy' in event.outcome) {
        this.goal.denseAccuracy = event.outcome.accuracy;
      }
    }
  }

  /**
   * Candidates within the limits that differ in one matrix, or that have more in one matrix and less in
   * another: at a limit, nothing else leads further.
   */
  override neighbours(candidate: number): readonly number[] {
    const from = this.candidates[candidate];
    const found = new Set<number>();
    for (const to of this.space.neighbours(from)) {
      if (this.goal.isWithin(to)) found.add(this.candidateOf(to));
      else for (const swapped of this.lowered(from, to)) found.add(this.candidateOf(swapped));
    }
    found.delete(candidate);
    return found.size > 0 ? [...found] : [candidate];
  }

  /**
   * Random candidates, brought within the limits and then raised up to them, since unused room makes no model
   * better. If the smallest model is wanted, some are lowered a little, and others much.
   */
  override drawUntried(tried: ReadonlySet<number>, count: number, random: Random): number[] {
    const drawn = new Set<number>();
    for (let vain = 0; drawn.size < count && vain < MOST_DRAWS; vain++) {
      const candidate = this.candidateOf(this.drawn(random));
      if (tried.has(candidate) || drawn.has(candidate) || !this.goal.isWithin(this.candidates[candidate]))
        continue;
      drawn.add(candidate);
      vain = 0;
    }
    return [...drawn];
  }

  private drawn(random: Random): Architecture {
    const { slots } = this.space;
    const most = Math.max(...slots.map(({ options }) => options.length));
    const deepest = this.goal.maxLoss === undefined ? most : 1 + random.integer(most);
    const sample = Uint8Array.from(slots, ({ options }) => random.integer(Math.min(deepest, options.length)));
    return this.brought(sample, random);
  }

  /**
   * Brings an architecture to the limits, in random matrices: lowers them while it is over a limit, then
   * raises them while there is room, unless the smallest model is wanted.
   */
  brought(sample: Architecture, random: Random): Architecture {
    const architecture = sample.slice();
    const { slots } = this.space;
    const matrices = [...architecture.keys()];
    while (!this.goal.isWithin(architecture)) {
      const lower = matrices.filter((i) => architecture[i] < slots[i].options.length - 1);
      if (lower.length === 0) break;
      architecture[lower[random.integer(lower.length)]]++;
    }
    if (this.goal.maxLoss !== undefined) return architecture;
    for (const i of random.shuffle(matrices)) {
      while (architecture[i] > 0 && this.goal.isWithin(architecture.with(i, architecture[i] - 1))) {
        architecture[i]--;
      }
    }
    return architecture;
  }

  /** If a change breaks a limit: the same change with one other matrix lowered by just enough. */
  private lowered(from: Architecture, to: Architecture): Architecture[] {
    return this.space.slots.flatMap(({ options }, i) => {
      if (to[i] !== from[i]) return [];
      for (let option = to[i] + 1; option < options.length; option++) {
        const architecture = to.with(i, option);
        if (this.goal.isWithin(architecture)) return [architecture];
      }
      return [];
    });
  }
}
