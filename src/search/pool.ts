import { InputError } from '../base/errors.js';
import { Random } from '../base/random.js';
import { architecturesOf } from '../spaces/architectures.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import { isWithin, type OperatorPool, sampleWithin } from './operators/operator-pool.js';
import type { RunEvent } from './run-log.js';

/** A space up to this size is searched whole; of a larger one a sample is. */
const WHOLE = 100_000;
const SAMPLE = 20_000;
/** The same of spaces of which a program writes each network. */
const WRITTEN = { whole: 2000, sample: 1000 };

/** A pool before limits took from it, for those who learn from networks that are not to be trained. */
export interface Unlimited {
  readonly pool: CandidatePool;
  /** `[candidate]`: what is held against a limit, as a share of it, the greatest of several; over 1 is refused. */
  readonly load: Float64Array;
}

/** What is known of a network that is not in a pool. */
export interface Admitted {
  /** What it costs beside its training, by name. */
  readonly costs: Readonly<Record<string, number>>;
  /** False for one that breaks a constraint. */
  readonly isWithin: boolean;
}

/** Judges networks that are not in a pool, `[architecture]`. */
export type Admission = (architectures: readonly Architecture[]) => Promise<readonly Admitted[]>;

/**
 * The networks a search chooses from, known by their position. Isomorphic networks are one candidate, and
 * candidates that break a constraint are not in the pool: nothing that is in it needs another check. A pool that is a
 * sample of its space grows by the networks that a strategy asks for, where it has an admission.
 */
export class CandidatePool {
  private readonly byClass = new Map<string, number>();
  private readonly adjacent = new Map<number, readonly number[]>();
  private readonly listed: Architecture[];
  private readonly known: Record<string, Float64Array>;

  /**
   * @param architectures one per class
   * @param costs what candidates cost beside their training, by the names of `costName`: `[candidate]` each
   * @param unlimited the pool that limits made this one of
   * @param admission of networks that are not listed; none: the pool stays as it is
   */
  constructor(
    readonly space: SearchSpace,
    architectures: readonly Architecture[],
    costs: Readonly<Record<string, Float64Array>> = {},
    readonly unlimited?: Unlimited,
    readonly admission?: Admission,
  ) {
    this.listed = admission ? [...architectures] : (architectures as Architecture[]);
    this.known = { ...costs };
    architectures.forEach((architecture, i) => {
      this.byClass.set(isomorphismClass(space, architecture), i);
    });
  }

  get architectures(): readonly Architecture[] {
    return this.listed;
  }

  get costs(): Readonly<Record<string, Float64Array>> {
    return this.known;
  }

  get size(): number {
    return this.architectures.length;
  }

  /** The candidate that an architecture is, or is isomorphic to. */
  candidateOf(architecture: Architecture): number | undefined {
    return this.byClass.get(isomorphismClass(this.space, architecture));
  }

  /**
   * The candidates that architectures are, those included that come into the pool by being asked for.
   *
   * @returns `[architecture]`; undefined for what is not in the pool and may not be
   */
  async admit(architectures: readonly Architecture[]): Promise<(number | undefined)[]> {
    await this.include(architectures, ({ isWithin: keeps }) => keeps);
    return architectures.map((architecture) => this.candidateOf(architecture));
  }

  /** Takes back what a run's log says to have been admitted, whatever would be said of it now. */
  async restore(events: readonly RunEvent[]): Promise<void> {
    const rounds = events.flatMap((event) => (event.event === 'round' ? event.trials : []));
    await this.include(
      rounds.map(({ arch }) => this.space.parse(arch)),
      () => true,
    );
  }

  private async include(
    architectures: readonly Architecture[],
    may: (judged: Admitted) => boolean,
  ): Promise<void> {
    if (!this.admission) return;
    const strange = new Map(
      architectures
        .filter((a) => this.space.isConnected(a) && this.candidateOf(a) === undefined)
        .map((a) => [isomorphismClass(this.space, a), a]),
    );
    if (strange.size === 0) return;
    const asked = [...strange.values()];
    const judged = await this.admission(asked);
    asked.forEach((architecture, i) => {
      if (may(judged[i])) this.add(architecture, judged[i].costs);
    });
  }

  private add(architecture: Architecture, costs: Readonly<Record<string, number>>): void {
    const candidate = this.listed.push(architecture) - 1;
    this.byClass.set(isomorphismClass(this.space, architecture), candidate);
    this.adjacent.clear();
    for (const [name, values] of Object.entries(this.known)) {
      const longer = new Float64Array(candidate + 1);
      longer.set(values);
      longer[candidate] = costs[name];
      this.known[name] = longer;
    }
  }

  /**
   * The candidates one choice away; where the pool is so thin that there are none (a sample of a large space),
   * those that differ in the fewest choices.
   */
  neighbours(candidate: number): readonly number[] {
    let found = this.adjacent.get(candidate);
    if (!found) {
      const known = this.oneChoiceAway(candidate);
      found = known.length > 0 ? known : this.nearest(this.architectures[candidate], candidate);
      this.adjacent.set(candidate, found);
    }
    return found;
  }

  /** The candidates one choice away, none twice, and none that is isomorphic to the candidate itself. */
  oneChoiceAway(candidate: number): number[] {
    const reached = this.space.neighbours(this.architectures[candidate]).map((n) => this.candidateOf(n));
    return [...new Set(reached.filter((n) => n !== undefined && n !== candidate) as number[])];
  }

  /** Up to `count` candidates that are not among those tried, drawn without repetition. */
  drawUntried(tried: ReadonlySet<number>, count: number, random: Random): number[] {
    const untried = [...this.architectures.keys()].filter((candidate) => !tried.has(candidate));
    return random.shuffle(untried).slice(0, count);
  }

  /** The pool without the candidates that `keep` refuses, and with the given costs. */
  restrictedTo(
    keep: (candidate: number) => boolean,
    costs: Readonly<Record<string, Float64Array>>,
    unlimited?: Unlimited,
    admission?: Admission,
  ): CandidatePool {
    const kept = [...this.architectures.keys()].filter(keep);
    const keptCosts = Object.fromEntries(
      Object.entries(costs).map(([name, values]) => [name, Float64Array.from(kept, (i) => values[i])]),
    );
    return new CandidatePool(
      this.space,
      kept.map((i) => this.architectures[i]),
      keptCosts,
      unlimited,
      admission,
    );
  }

  /** The candidate that differs from an architecture in the fewest choices, the first of several. */
  nearestTo(architecture: Architecture): number {
    return this.candidateOf(architecture) ?? this.nearest(architecture)[0];
  }

  /** @param except a candidate that does not count */
  private nearest(from: Architecture, except?: number): number[] {
    let least = Number.POSITIVE_INFINITY;
    let nearest: number[] = [];
    this.architectures.forEach((to, i) => {
      if (i === except) return;
      const distance = from.reduce((sum, option, slot) => sum + Number(option !== to[slot]), 0);
      if (distance < least) {
        least = distance;
        nearest = [];
      }
      if (distance === least) nearest.push(i);
    });
    return nearest;
  }
}

/** The published keys of isomorphism see dead operations in part; accuracy does not. */
export function isomorphismClass(space: SearchSpace, architecture: Architecture): string {
  return space.classOf(space.prune(architecture));
}

/**
 * The pool of given networks. Of isomorphic ones it has the first that has no dead operation, which is never the
 * slower one on a device that runs them, or else the first; and none without a path from input to output.
 *
 * @param admission of others
 * @throws InputError if there is none
 */
export function poolOf(
  space: SearchSpace,
  architectures: Iterable<Architecture>,
  admission?: Admission,
): CandidatePool {
  const chosen = new Map<string, { architecture: Architecture; isPruned: boolean }>();
  for (const architecture of architectures) {
    if (!space.isConnected(architecture)) continue;
    const key = isomorphismClass(space, architecture);
    const isPruned = space.format(space.prune(architecture)) === space.format(architecture);
    if (!chosen.has(key) || (isPruned && !chosen.get(key)!.isPruned)) {
      chosen.set(key, { architecture, isPruned });
    }
  }
  if (chosen.size === 0) throw new InputError(`there is no network of ${space.name} to search among`);
  return new CandidatePool(
    space,
    Array.from(chosen.values(), ({ architecture }) => architecture),
    {},
    undefined,
    admission,
  );
}

/**
 * The pool of a whole space, or of 20,000 networks (1,000 where a program writes them) drawn from one too large to list,
 * which admits the others.
 *
 * @param operators the only ones that networks may have
 */
export function poolOfSpace(space: SearchSpace, seed: number, operators?: OperatorPool): CandidatePool {
  const { whole, sample } = space.model ? WRITTEN : { whole: WHOLE, sample: SAMPLE };
  if (space.size <= whole) {
    const all = architecturesOf(space);
    return poolOf(space, operators ? [...all].filter((a) => isWithin(operators, a)) : all);
  }
  const random = new Random(seed);
  const draw = operators ? () => sampleWithin(operators, random) : () => space.sample(random);
  const admission: Admission = async (architectures) =>
    architectures.map((a) => ({ costs: {}, isWithin: !operators || isWithin(operators, a) }));
  return poolOf(space, Array.from({ length: sample }, draw), admission);
}
