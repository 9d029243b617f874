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
  /** Number of pairs in a row that change the network, and that change the accelerator. */
  readonly networkSteps: number;
  readonly acceleratorSteps: number;
}

/** `phase`: one controller for networks and one for accelerators, in turns; the best of the other part stays fixed. */
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
      // The fixed part is the best one at the beginning of the turn.
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
  /** Share of the budget for finding the network. */
  readonly networkShare: number;
}

/** `separate`: first the most accurate network, whatever it costs, then an accelerator for it. */
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

/** Strategies that only search for pairs. */
export const pairKinds = [combinedKind, phaseKind, separateKind];

/** Strategies that do not need a list of all candidates: 135 million pairs cannot be listed. */
export const STRATEGIES_FOR_PAIRS: readonly string[] = [
  ...pairKinds.map(({ name }) => name),
  'evolution',
  'local',
  'random',
];
