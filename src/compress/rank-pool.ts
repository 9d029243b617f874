import type { Random } from '../base/random.js';
import { CandidatePool } from '../search/pool.js';
import type { RunEvent } from '../search/run-log.js';
import type { Architecture } from '../spaces/space.js';
import type { Goal } from './goal.js';
import type { RankSpace } from './rank-space.js';

/** Draws in a row that may bring nothing new before a pool counts as exhausted. */
const MOST_DRAWS = 10_000;

/**
 * Choices of ranks, far too many to list: each is a candidate from when it is first asked for. Those over a limit are
 * candidates, too, for the dense model is one; but none of them is drawn, or anybody's neighbour.
 */
export class RankPool extends CandidatePool {
  private readonly candidates: Architecture[];
  private readonly byKey = new Map<string, number>();
  /** The candidate that is the model as it was given. */
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

  /** Takes back from a run's log how accurate the dense model is. */
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
   * Those within the limits that differ in one matrix, and those in which one matrix has more and another one less: at a
   * limit nothing else leads anywhere.
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
   * Drawn at random and brought within the limits, then filled up to them: what is given away makes no model better. Where
   * the smallest model is wanted, some are drawn that are lowered a little, and some that are lowered much.
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
   * An architecture brought to the limits, by matrices drawn at random: lowered while it is over one, and raised while there
   * is room, unless the smallest model is wanted.
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

  /** Where a change breaks a limit: the same with one other matrix lowered, as little as will do. */
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
