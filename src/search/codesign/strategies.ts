import { numberWithin, type OptionRules, wholeNumberWithin } from '../strategies/option-rules.js';
import { strategyKind } from '../strategies/strategy.js';
import { PairSearch, type PairSearchOptions, type Plan } from './pair-search.js';

const RULES: OptionRules<PairSearchOptions> = {
  hidden: wholeNumberWithin(1, 4096),
  learningRate: numberWithin(1e-6, 1),
  entropy: numberWithin(0, 100),
  decay: numberWithin(0, 1),
};
const CONTROLLER: PairSearchOptions = { hidden: 32, learningRate: 0.01, entropy: 0.1, decay: 0.95 };

/** `combined`: one controller decides network and accelerator together. */
const combinedKind = strategyKind<PairSearchOptions>(
  'combined',
  'RNN controller that emits network and accelerator (needs --codesign)',
  RULES,
  CONTROLLER,
  (task, options) => new PairSearch(task, options, () => ({ part: 'pair', left: Number.POSITIVE_INFINITY })),
);

export interface PhaseOptions extends PairSearchOptions {
  /** Pairs in a row that differ in their network, and in their accelerator. */
  readonly networkSteps: number;
  readonly acceleratorSteps: number;
}

/** `phase`: a controller for networks and one for accelerators, each while the best of the other stands still. */
const phaseKind = strategyKind<PhaseOptions>(
  'phase',
  'RNN controllers for network and accelerator by turns, the other standing still (needs --codesign)',
  {
    ...RULES,
    networkSteps: wholeNumberWithin(1, 1_000_000),
    acceleratorSteps: wholeNumberWithin(1, 1_000_000),
  },
  { ...CONTROLLER, networkSteps: 100, acceleratorSteps: 20 },
  (task, options) => {
    const { networkSteps, acceleratorSteps } = options;
    const plan: Plan = (trials, search) => {
      const at = trials.length % (networkSteps + acceleratorSteps);
      // What stands still was the best when the turn began.
      const began = trials.length - (at < networkSteps ? at : at - networkSteps);
      const best = search.best(trials.slice(0, began));
      const rest = best ? search.pool.architectures[best.candidate] : search.first();
      return at < networkSteps
        ? { part: 'network', rest, left: networkSteps - at }
        : { part: 'accelerator', rest, left: networkSteps + acceleratorSteps - at };
    };
    return new PairSearch(task, options, plan);
  },
);

export interface SeparateOptions extends PairSearchOptions {
  /** Share of the budget that goes to finding the network. */
  readonly networkShare: number;
}

/** `separate`: the most accurate network first, whatever it costs, and then an accelerator for it. */
const separateKind = strategyKind<SeparateOptions>(
  'separate',
  'RNN controllers for the most accurate network first, then for its accelerator (needs --codesign)',
  { ...RULES, networkShare: numberWithin(0, 1) },
  { ...CONTROLLER, networkShare: 5 / 6 },
  (task, options) => {
    const networkSteps = Math.round(task.budget * options.networkShare);
    const accuracyOf = (trial: { readonly outcome: { readonly accuracy: number } }) => trial.outcome.accuracy;
    const plan: Plan = (trials, search) => {
      if (trials.length < networkSteps) {
        const reward = (accuracyPercent: number) => accuracyPercent / 100;
        return { part: 'network', rest: search.first(), reward, left: networkSteps - trials.length };
      }
      const best = search.highest(trials.slice(0, networkSteps), accuracyOf);
      const rest = best ? search.pool.architectures[best.candidate] : search.first();
      return { part: 'accelerator', rest, left: Number.POSITIVE_INFINITY };
    };
    return new PairSearch(task, options, plan);
  },
);

/** Strategies that search for pairs only. */
export const pairKinds = [combinedKind, phaseKind, separateKind];

/** Strategies that need no list of all candidates: nobody can list 135 million pairs. */
export const STRATEGIES_FOR_PAIRS: readonly string[] = [
  ...pairKinds.map(({ name }) => name),
  'evolution',
  'local',
  'random',
];
