import type { Word } from './dictionary.js';

/** Percent of words that are said wrongly, and of phonemes. */
export interface ErrorRates {
  readonly wordErrorPercent: number;
  /** Insertions, deletions and substitutions over the phonemes of what should be said. */
  readonly phonemeErrorPercent: number;
}

/** A word is right if any of its pronunciations is said; its phonemes are held against the one that is nearest. */
export function errorRates(words: readonly Word[], said: readonly (readonly number[])[]): ErrorRates {
  let [wrong, edits, phonemes] = [0, 0, 0];
  words.forEach(({ pronunciations }, i) => {
    const distances = pronunciations.map((right) => editDistance(right, said[i]));
    const nearest = distances.indexOf(Math.min(...distances));
    if (distances[nearest] > 0) wrong++;
    edits += distances[nearest];
    phonemes += pronunciations[nearest].length;
  });
  return {
    wordErrorPercent: (100 * wrong) / words.length,
    phonemeErrorPercent: (100 * edits) / phonemes,
  };
}

/** Fewest insertions, deletions and substitutions from one sequence to another (Levenshtein). */
export function editDistance(from: readonly number[], to: readonly number[]): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (const [i, symbol] of from.entries()) {
    const next = [i + 1];
    for (const [j, other] of to.entries()) {
      next.push(Math.min(row[j + 1] + 1, next[j] + 1, row[j] + Number(symbol !== other)));
    }
    row = next;
  }
  return row[to.length];
}
