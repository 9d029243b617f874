import { InputError, quote } from '../../base/errors.js';
import type { Random } from '../../base/random.js';
import type { Sample } from '../accuracy-predictor.js';
import type { Objective } from '../objective.js';
import type { OperatorPool } from '../operators/operator-pool.js';
import type { CandidatePool } from '../pool.js';
import type { Proposal, TrainedTrial, Trial } from '../trial.js';
import type { OptionRules } from './option-rules.js';

/** What a strategy is created for. */
export interface StrategyTask {
  readonly pool: CandidatePool;
  readonly objective: Objective;
  /** Number of networks that the search was begun with, for planning. An extended search trains more. */
  readonly budget: number;
  readonly seed: number;
  /** Values known of every candidate's quality before any training, `[candidate]` each, in any unit. */
  readonly proxies?: readonly Float64Array[];
  /** The operators that a device's pool keeps, and how well each suits it. */
  readonly operators?: OperatorPool;
  /** Another quantity of some candidates for pretraining a predictor: log latencies. */
  readonly pretraining?: readonly Sample[];
}

/**
 * Decides which networks to train next. Everything that it knows follows from the trials so far, so a killed
 * run continues from its log.
 */
export interface Strategy {
  /**
   * At least one and at most `count` untried candidates; only one if the next outcome could change the
   * decision. None if all have been tried, or if nothing can be decided until pending trials have an outcome.
   *
   * @param trials all so far; those without an outcome are in training
   * @param count number of networks left to train
   * @param random seeded for this round
   */
  propose(trials: readonly Trial[], count: number, random: Random): Promise<Proposal[]>;
  /**
   * Proposes a round of a resumed run again, for strategies whose proposals depend on earlier rounds by more
   * than the trials.
   *
   * @param trials as they were known when the round was first proposed
   * @param size number of networks in the round
   */
  recall?(trials: readonly Trial[], size: number, random: Random): Promise<unknown>;
  /**
   * The trained network that the strategy would return, if it need not be the one with the highest accuracy;
   * undefined if it is, or if nothing can be said yet. It follows from the trials alone.
   */
  choose?(trials: readonly Trial[]): Promise<TrainedTrial | undefined>;
  /**
   * How well the last round's result agreed with its prediction: Kendall's τ over its networks; undefined
   * before the first.
   */
  readonly quality?: number;
}

/** Options of a strategy. Each has a default, and a rule for its other values. */
export type StrategyOptions = Readonly<Record<string, number | string | boolean>>;

/** A part of a search that a strategy cannot handle, and why. */
export interface Misfit {
  readonly of: 'objective' | 'limits';
  readonly reason: string;
}

/** A kind of strategy. There is one file per kind. */
export interface StrategyKind {
  readonly name: string;
  /** One sentence, for help texts and tables. */
  readonly description: string;
  readonly defaults: StrategyOptions;
  /**
   * All options: the given ones, and defaults for the others.
   *
   * @throws InputError for an unknown option, or a value that its rule does not allow
   */
  optionsWith(given: StrategyOptions): StrategyOptions;
  /**
   * Why it cannot run a search, checked before there is a pool; undefined if it can.
   *
   * @param isLimited whether a device's latency has a limit
   */
  misfit(objective: Objective['name'], isLimited: boolean): Misfit | undefined;
  /**
   * Creates the strategy for a search.
   *
   * @param given options that differ from their defaults
   * @throws InputError as `optionsWith`, and for a task that it cannot handle
   */
  create(
    task: StrategyTask,
    given?: StrategyOptions,
  ): { readonly strategy: Strategy; readonly options: StrategyOptions };
}

/** A strategy kind from its options' rules, their defaults, and a function that is given all options. */
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

/** Up to `count` untried candidates, drawn without repetition from some (default: the whole pool). */
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
