import type { RewrittenGraph } from '../rewritten-graph.js';
import { blockedLayout } from './blocked-layout.js';
import {
  activatedConvolutions,
  activatedProducts,
  biasGelus,
  gelus,
  layerNormalisations,
  quickGelus,
  scaledProducts,
  skipNormalisations,
  summedConvolutions,
  transposedProducts,
} from './fusions.js';
import type { Rule } from './rewrite.js';
import {
  addedToProducts,
  clippedOnce,
  commonSubexpressions,
  foldedIntoConvolutions,
  foldedPadding,
  joinedViews,
  transposedIntoGemm,
  withoutEffect,
} from './simplifications.js';

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
];

const EXTENDED: readonly Rule[] = [
  activatedProducts,
  activatedConvolutions,
  summedConvolutions,
  gelus,
  biasGelus,
  skipNormalisations,
  quickGelus,
  scaledProducts,
  transposedProducts,
];

/** Rules of onnxruntime's CPU provider, level by level: those of one are applied until they find nothing more. */
export const ONNXRUNTIME_CPU: Readonly<Record<'basic' | 'all', readonly (readonly Rule[])[]>> = {
  basic: [BASIC],
  all: [BASIC, EXTENDED, [blockedLayout]],
};

/** As onnxruntime: at most so many times. */
const ROUNDS = 10;

export function applyLevels(graph: RewrittenGraph, levels: readonly (readonly Rule[])[]): void {
  for (const rules of levels) {
    for (let round = 0; round < ROUNDS; round++) {
      const before = graph.nodes();
      for (const rule of rules) rule(graph);
      const after = graph.nodes();
      if (after.length === before.length && after.every((node, i) => node === before[i])) break;
    }
  }
}
