import { Random } from '../../base/random.js';
import type { Word } from './dictionary.js';
import { editDistance } from './error-rates.js';

/**
 * A small sample of words that ranks models as all words do. Words are sorted by length, then by the dense
 * model's errors, and taken at regular intervals, so that every kind is represented in proportion.
 *
 * @param said the dense model's phonemes for each word
 */
export function representativeWords(
  words: readonly Word[],
  said: readonly (readonly number[])[],
  count: number,
  seed: number,
): Word[] {
  const random = new Random(seed);
  const ordered = words
    .map((word, i) => ({
      word,
      off: Math.min(...word.pronunciations.map((right) => editDistance(right, said[i]))),
      tie: random.uniform(),
    }))
    .sort((a, b) => a.word.spelling.length - b.word.spelling.length || a.off - b.off || a.tie - b.tie);
  const stride = words.length / count;
  const start = random.uniform() * stride;
  return Array.from({ length: count }, (_, k) => ordered[Math.floor(start + k * stride)].word);
}
