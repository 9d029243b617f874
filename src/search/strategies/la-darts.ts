import { type DifferentiableOptions, DifferentiableSearch } from '../differentiable/differentiable-search.js';
import { numberWithin, type OptionRules, oneOf, wholeNumberWithin } from './option-rules.js';
import { type StrategyKind, strategyKind } from './strategy.js';

export const differentiableRules: OptionRules<DifferentiableOptions> = {
  samples: wholeNumberWithin(2, 100_000),
  perRound: wholeNumberWithin(1, 1000),
  lambda: {
    right: 'dual, or a number from 0 to 1000',
    allows: (value) => value === 'dual' || numberWithin(0, 1000).allows(value),
  },
  latencyModel: oneOf('pairs', 'mlp'),
  latencySamples: wholeNumberWithin(2, 2000),
  flat: numberWithin(0, 1),
  restarts: wholeNumberWithin(1, 1000),
  steps: wholeNumberWithin(1, 10_000),
  learningRate: numberWithin(1e-6, 10),
};

export const differentiableDefaults: DifferentiableOptions = {
  samples: 20,
  perRound: 5,
  lambda: 'dual',
  latencyModel: 'pairs',
  latencySamples: 1000,
  flat: 0,
  restarts: 16,
  steps: 200,
  learningRate: 0.1,
};

/** Gradients are of an accuracy and a load, not of a trade-off that is drawn anew for each network. */
export const accuracyOnly: StrategyKind['misfit'] = (objective) =>
  objective === 'accuracy'
    ? undefined
    : {
        of: 'objective',
        reason: 'a differentiable search maximises the accuracy within limits; it cannot find a front',
      };

/**
 * `la-darts`: latency-aware differentiable search (Xu et al., arXiv:2001.06392). Networks are relaxed to
 * shares of all options, and gradients maximise accuracy - λ·latency as published, with two differences.
 * Accuracies do not come from a supernet: they are learned from the networks that the search has trained, so
 * any evaluator works. And λ need not be guessed: by default it rises until the limit is kept. The search is
 * fast to compute even in large spaces, and good where accuracy and latency are nearly sums over pairs of
 * choices; `brp` learns more about a space.
 */
export const laDartsKind = strategyKind<DifferentiableOptions>(
  'la-darts',
  'LA-DARTS: gradients of accuracy and latency over soft choices, refitted to what was trained',
  differentiableRules,
  differentiableDefaults,
  (task, options) => new DifferentiableSearch(task, options),
  accuracyOnly,
);
