import { InputError, quote } from '../../base/errors.js';
import { pairKinds } from '../codesign/strategies.js';
import { brpKind } from './brp.js';
import { brpPaperKind } from './brp-paper.js';
import { evolutionKind } from './evolution.js';
import { fnasKind, nasKind } from './fnas.js';
import { gcnRegressionKind } from './gcn-regression.js';
import { hurricaneKind } from './hurricane.js';
import { laDartsKind } from './la-darts.js';
import { localSearchKind } from './local-search.js';
import { naDartsKind } from './na-darts.js';
import { naRsKind } from './na-rs.js';
import { randomKind } from './random.js';
import type { StrategyKind } from './strategy.js';

/** Every strategy, the simplest first. */
export const strategyKinds: readonly StrategyKind[] = [
  randomKind,
  naRsKind,
  evolutionKind,
  localSearchKind,
  hurricaneKind,
  nasKind,
  fnasKind,
  gcnRegressionKind,
  laDartsKind,
  naDartsKind,
  brpPaperKind,
  brpKind,
  ...pairKinds,
];

/**
 * Finds a strategy by its name.
 *
 * @param kinds strategies that the search has
 * @throws InputError that lists the known names
 */
export function strategyNamed(name: string, kinds: readonly StrategyKind[] = strategyKinds): StrategyKind {
  const kind = kinds.find((k) => k.name === name);
  if (!kind) {
    const known = kinds.map((k) => k.name).join(', ');
    throw new InputError(`there is no strategy ${quote(name)}; known are ${known}`);
  }
  return kind;
}
