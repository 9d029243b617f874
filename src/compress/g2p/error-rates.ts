import type { Word } from './dictionary.js';

/** Percentage of words, and of phonemes, that are predicted incorrectly. */
export interface ErrorRates {
  readonly wordErrorPercent: number;
  /** Insertions, deletions and substitutions, divided by the number of phonemes in the reference. */
  readonly phonemeErrorPercent: number;
}

/**
 * A word is correct if it matches any of its pronunciations. Phoneme errors are counted against the nearest
 * pronunciation.
 */
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
