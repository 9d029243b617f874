import { InputError } from '../base/errors.js';
import { Random } from '../base/random.js';
import { architecturesOf } from '../spaces/architectures.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import { isWithin, type OperatorPool, sampleWithin } from './operators/operator-pool.js';
import type { RunEvent } from './run-log.js';

/** Largest space that is searched completely; larger ones are sampled. */
const WHOLE = 100_000;
const SAMPLE = 20_000;
/** The same for spaces whose networks are written by a program, one by one. */
const WRITTEN = { whole: 2000, sample: 1000 };

/** A pool before limits were applied, for learning from networks that may not be trained. */
export interface Unlimited {
  readonly pool: CandidatePool;
  /**
   * `[candidate]`: the value compared with a limit, as a share of it; the largest if there are several.
   * Candidates above 1 are refused.
   */
  readonly load: Float64Array;
}

/** What is known about a network outside a pool. */
export interface Admitted {
  /** Its costs besides training, by name. */
  readonly costs: Readonly<Record<string, number>>;
  /** Whether it meets all constraints. */
  readonly isWithin: boolean;
}

/** Judges networks that are not in a pool, `[architecture]`. */
export type Admission = (architectures: readonly Architecture[]) => Promise<readonly Admitted[]>;

/**
 * The networks that a search chooses from, identified by position. Isomorphic networks are one candidate, and
 * candidates that violate a constraint are not in the pool, so its members need no further checks. A pool
 * that is a sample of its space grows by the networks that a strategy asks for, if it has an admission.
 */
export class CandidatePool {
  private readonly byClass = new Map<string, number>();
  private readonly adjacent = new Map<number, readonly number[]>();
  private readonly listed: Architecture[];
  private readonly known: Record<string, Float64Array>;

  /**
   * @param architectures one per class
   * @param costs of candidates besides training, by the names of `costName`: `[candidate]` each
   * @param unlimited the pool before limits were applied
   * @param admission of networks that are not listed; without it, the pool does not grow
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

  /** The candidate that is an architecture, or isomorphic to it. */
  candidateOf(architecture: Architecture): number | undefined {
    return this.byClass.get(isomorphismClass(this.space, architecture));
  }

  /**
   * The candidates for architectures, including those that are admitted because they are asked for.
   *
   * @returns `[architecture]`; undefined for an architecture that is not in the pool and not admitted
   */
  async admit(architectures: readonly Architecture[]): Promise<(number | undefined)[]> {
    await this.include(architectures, ({ isWithin: keeps }) => keeps);
    return architectures.map((architecture) => this.candidateOf(architecture));
  }

  /** Restores the networks that a run's log says were admitted, even if they would not be admitted now. */
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
   * The candidates one choice away. If the pool is too sparse to have any (a sample of a large space), those
   * that differ in the fewest choices.
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

  /** The distinct candidates one choice away, except those isomorphic to the candidate itself. */
  oneChoiceAway(candidate: number): number[] {
    const reached = this.space.neighbours(this.architectures[candidate]).map((n) => this.candidateOf(n));
    return [...new Set(reached.filter((n) => n !== undefined && n !== candidate) as number[])];
  }

  /** Up to `count` untried candidates, drawn without repetition. */
  drawUntried(tried: ReadonlySet<number>, count: number, random: Random): number[] {
    const untried = [...this.architectures.keys()].filter((candidate) => !tried.has(candidate));
    return random.shuffle(untried).slice(0, count);
  }

  /** The pool reduced to the candidates that `keep` accepts, with the given costs. */
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

  /** The candidate that differs from an architecture in the fewest choices; the first of several. */
  nearestTo(architecture: Architecture): number {
    return this.candidateOf(architecture) ?? this.nearest(architecture)[0];
  }

  /** @param except a candidate to ignore */
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

/** The published isomorphism keys depend partly on dead operations; accuracy does not. */
export function isomorphismClass(space: SearchSpace, architecture: Architecture): string {
  return space.classOf(space.prune(architecture));
}

/**
 * The pool of given networks. Of isomorphic ones, it contains the first without dead operations (which is
 * never slower on a device that runs them), or otherwise the first. Networks without a path from input to
 * output are left out.
 *
 * @param admission of other networks
 * @throws InputError if no network is left
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
 * The pool of a whole space. If it is too large to list, a sample of 20,000 networks (1,000 if a program
 * writes them), which admits others.
 *
 * @param operators the only operators that networks may have
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
