import { Random } from '../../base/random.js';
import type { Word } from './dictionary.js';
import { editDistance } from './error-rates.js';

/**
 * A few words on which models rank as on all: of words in the order of their length, and of how far the dense model is off,
 * every so many-eth is taken, so that each kind is there in its share.
 *
 * @param said what the dense model says of each word
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
