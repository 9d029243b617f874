import { InputError, quote } from '../../base/errors.js';
import type { Random } from '../../base/random.js';
import type { Sample } from '../accuracy-predictor.js';
import type { Objective } from '../objective.js';
import type { OperatorPool } from '../operators/operator-pool.js';
import type { CandidatePool } from '../pool.js';
import type { Proposal, TrainedTrial, Trial } from '../trial.js';
import type { OptionRules } from './option-rules.js';

/** What a strategy is made for. */
export interface StrategyTask {
  readonly pool: CandidatePool;
  readonly objective: Objective;
  /** Networks that the search was begun for: what a plan may be made of. One that is extended trains more. */
  readonly budget: number;
  readonly seed: number;
  /** What is known of every candidate's quality before anything is trained, `[candidate]` each, in any unit. */
  readonly proxies?: readonly Float64Array[];
  /** The operators that a device's pool keeps, and how well each suits it. */
  readonly operators?: OperatorPool;
  /** Another quantity of some candidates, on which a predictor may be pretrained: log latencies. */
  readonly pretraining?: readonly Sample[];
}

/**
 * Decides which networks to train next. All it knows follows from the trials so far, so a run that was killed
 * continues from its log.
 */
export interface Strategy {
  /**
   * At least one and at most `count` candidates without a trial: one, where the next outcome may change its mind. None if
   * all have one, or if nothing can be said before trials without an outcome have one.
   *
   * @param trials all so far; those without an outcome are being trained
   * @param count networks that are left to train
   * @param random seeded for this round
   */
  propose(trials: readonly Trial[], count: number, random: Random): Promise<Proposal[]>;
  /**
   * Proposes a round of a run that goes on again, where a proposal depends on those before it by more than the trials.
   *
   * @param trials as they were known when it was proposed first
   * @param size networks that it had
   */
  recall?(trials: readonly Trial[], size: number, random: Random): Promise<unknown>;
  /**
   * The trained network that the strategy would return, where that need not be the one with the highest accuracy;
   * undefined if it is, or if nothing can be said yet. It follows from the trials alone.
   */
  choose?(trials: readonly Trial[]): Promise<TrainedTrial | undefined>;
  /** How well the last round went as predicted: Kendall's τ of its networks; undefined before there is one. */
  readonly quality?: number;
}

/** Options of a strategy: each has a default, and a rule that says what else it may be. */
export type StrategyOptions = Readonly<Record<string, number | string | boolean>>;

/** What of a search a strategy cannot do, and why. */
export interface Misfit {
  readonly of: 'objective' | 'limits';
  readonly reason: string;
}

/** A kind of strategy. One file each. */
export interface StrategyKind {
  readonly name: string;
  /** One sentence for help texts and tables. */
  readonly description: string;
  readonly defaults: StrategyOptions;
  /**
   * All options, those given and the defaults of the others.
   *
   * @throws InputError for an option that it does not have, or a value that its rule does not allow
   */
  optionsWith(given: StrategyOptions): StrategyOptions;
  /**
   * Whether it can do a search at all, told before there is a pool; undefined if so.
   *
   * @param isLimited whether a device's latency has a limit
   */
  misfit(objective: Objective['name'], isLimited: boolean): Misfit | undefined;
  /**
   * @param given options other than their defaults
   * @throws InputError as `optionsWith`, and for a task that does not fit
   */
  create(
    task: StrategyTask,
    given?: StrategyOptions,
  ): { readonly strategy: Strategy; readonly options: StrategyOptions };
}

/** A kind from its options' rules and defaults, and what it does with all of them filled in. */
export function strategyKind<Options extends object>(
  name: string,
  description: string,
  rules: OptionRules<Options>,
  defaults: Options,
  create: (task: StrategyTask, options: Options) => Strategy,
  misfit: StrategyKind['misfit'] = () => undefined,
): StrategyKind {
  const known = defaults as unknown as StrategyOptions;
  const optionsWith = (given: StrategyOptions): StrategyOptions => {
    for (const [option, value] of Object.entries(given)) {
      if (!Object.hasOwn(rules, option)) {
        const options = Object.keys(rules).join(', ') || 'none';
        throw new InputError(`strategy ${name} has no option ${quote(option)}; it has ${options}`);
      }
      const { right, allows } = rules[option as keyof Options];
      if (!allows(value)) {
        throw new InputError(`option ${option} of strategy ${name} is ${quote(value)}; it must be ${right}`);
      }
    }
    return { ...known, ...given };
  };
  return {
    name,
    description,
    defaults: known,
    optionsWith,
    misfit,
    create(task, given = {}) {
      const options = optionsWith(given);
      const wrong = misfit(task.objective.name, task.pool.unlimited !== undefined);
      if (wrong) throw new InputError(wrong.reason);
      return { strategy: create(task, options as unknown as Options), options };
    },
  };
}

/** Up to `count` candidates without a trial, drawn from some (default: the whole pool) without repetition. */
export function drawUntried(
  pool: CandidatePool,
  trials: readonly { readonly candidate: number }[],
  count: number,
  random: Random,
  from?: Iterable<number>,
): number[] {
  const tried = new Set(trials.map(({ candidate }) => candidate));
  if (from === undefined) return pool.drawUntried(tried, count, random);
  const untried = [...from].filter((candidate) => !tried.has(candidate));
  return random.shuffle(untried).slice(0, count);
}
