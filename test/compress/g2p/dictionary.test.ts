import assert from 'node:assert/strict';
import { it } from 'node:test';
import { lettersOf, PHONEMES, pairsOf, wordsOf } from '../../../src/compress/g2p/dictionary.js';
import { editDistance, errorRates } from '../../../src/compress/g2p/error-rates.js';
import { representativeWords } from '../../../src/compress/g2p/representative.js';

const said = (text: string) => text.split(' ').map((symbol) => PHONEMES.indexOf(symbol) + 1);

it('words have all their pronunciations, without stress and comments, each once', () => {
  const words = wordsOf({
    read: 'R IY1 D',
    'read(2)': 'R EH1 D # past',
    "it's": 'IH1 T S',
    "it's(2)": 'IH0 T S',
    '3d': 'TH R IY1 D IY2',
    unpronounceablest: 'AH0 N',
    foreign: 'Q X',
  });
  assert.deepEqual(words, [
    { spelling: 'read', pronunciations: [said('R IY D'), said('R EH D')] },
    { spelling: "it's", pronunciations: [said('IH T S')] },
  ]);
  assert.deepEqual([...lettersOf(words)].slice(12, 17), [9, 20, 27, 19, 0]);
  const { letters, phonemes, count } = pairsOf(words);
  assert.deepEqual([count, letters.length, phonemes.length], [3, 36, 39]);
  assert.deepEqual([...phonemes.subarray(13, 17)], [...said('R EH D'), 0]);
});

it('a word is right if any of its pronunciations is said; phonemes count against the nearest', () => {
  const words = wordsOf({ read: 'R IY1 D', 'read(2)': 'R EH1 D', cat: 'K AE1 T' });
  const rates = errorRates(words, [said('R EH D'), said('K AE T S')]);
  assert.deepEqual(rates, { wordErrorPercent: 50, phonemeErrorPercent: 100 / 6 });
  // "kitten" to "sitting" takes three changes (Levenshtein).
  const numbers = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));
  assert.equal(editDistance(numbers('kitten'), numbers('sitting')), 3);
});

it('representative words have each length in its share', () => {
  const words = Array.from({ length: 100 }, (_, i) => ({
    spelling: 'a'.repeat(1 + (i % 4)),
    pronunciations: [[1 + (i % 3)]],
  }));
  const some = representativeWords(
    words,
    words.map(() => [1]),
    20,
    1,
  );
  assert.equal(new Set(some).size, 20);
  for (const length of [1, 2, 3, 4]) {
    assert.equal(some.filter(({ spelling }) => spelling.length === length).length, 5);
  }
});
