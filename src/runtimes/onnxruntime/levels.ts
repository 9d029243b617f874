import type { RewrittenGraph } from '../rewritten-graph.js';
import { blockedLayout } from './blocked-layout.js';
import {
  activatedConvolutions,
  activatedProducts,
  hardSwishes,
  scaledProducts,
  separateHardSwishes,
  transposedProducts,
} from './epilogues.js';
import {
  biasGelus,
  fastGelus,
  gelus,
  layerNormalisations,
  quickGelus,
  skipNormalisations,
} from './functions.js';
import type { Rule } from './rewrite.js';
import {
  addedToAllProducts,
  addedToProducts,
  clippedOnce,
  commonSubexpressions,
  foldedIntoConvolutions,
  foldedPadding,
  joinedViews,
  transposedIntoGemm,
  withoutEffect,
} from './simplifications.js';
import {
  gathersToSplits,
  joinedTransposes,
  slicesToSplits,
  transposesBehindArithmetic,
  transposesBehindGathers,
} from './transposes.js';

const BASIC: readonly Rule[] = [
  withoutEffect,
  clippedOnce,
  transposedIntoGemm,
  foldedIntoConvolutions,
  foldedPadding,
  commonSubexpressions,
  addedToProducts,
  joinedViews,
  layerNormalisations,
  transposesBehindArithmetic,
  transposesBehindGathers,
  joinedTransposes,
];

const EXTENDED: readonly Rule[] = [
  addedToAllProducts,
  gathersToSplits,
  slicesToSplits,
  activatedProducts,
  hardSwishes,
  activatedConvolutions,
  fastGelus,
  gelus,
  biasGelus,
  skipNormalisations,
  quickGelus,
  scaledProducts,
  transposedProducts,
];

/** Rules of onnxruntime's CPU provider by level. The rules of a level are applied until they find nothing more. */
export const ONNXRUNTIME_CPU: Readonly<Record<'basic' | 'all', readonly (readonly Rule[])[]>> = {
  basic: [BASIC, [separateHardSwishes]],
  all: [BASIC, EXTENDED, [separateHardSwishes], [blockedLayout]],
};

/** Most times that the rules of a level are applied, as in onnxruntime. */
const MOST_ROUNDS = 10;

/** Rewrites a graph by the rules of each level in turn. */
export function applyLevels(graph: RewrittenGraph, levels: readonly (readonly Rule[])[]): void {
  for (const rules of levels) {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const before = graph.nodes();
      for (const rule of rules) rule(graph);
      const after = graph.nodes();
      if (after.length === before.length && after.every((node, i) => node === before[i])) break;
    }
  }
}
