import { InputError } from '../../base/errors.js';
import { Random, seedOf } from '../../base/random.js';

/** Longer words (2.6 % of the dictionary) are left out, because every word takes as many steps as the longest. */
export const MOST_LETTERS = 12;
export const MOST_PHONEMES = 12;

/** Letter codes, from 1; 0 marks places after the word's end. */
export const LETTERS = "abcdefghijklmnopqrstuvwxyz'";
/** ARPAbet phoneme codes, from 1; 0 ends a word. */
export const PHONEMES: readonly string[] =
  'AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH'.split(
    ' ',
  );

/** A word and its possible pronunciations. */
export interface Word {
  readonly spelling: string;
  /** Phoneme codes without stress; each distinct pronunciation once. */
  readonly pronunciations: readonly (readonly number[])[];
}

/** Words for training, validation and testing. All pronunciations of a word are in one part. */
export interface Dictionary {
  readonly train: readonly Word[];
  readonly valid: readonly Word[];
  readonly test: readonly Word[];
}

/** One word in ten is for validation, and one for testing. */
const SHARES = 10;

/**
 * Loads the CMU Pronouncing Dictionary (Carnegie Mellon University) from the npm package
 * `cmu-pronouncing-dictionary`: words of letters and apostrophes up to the maximum length, split 8 : 1 : 1 by
 * a hash of the word.
 *
 * @throws InputError if the package is not installed
 */
export async function loadDictionary(): Promise<Dictionary> {
  const name = 'cmu-pronouncing-dictionary';
  const loaded: unknown = await import(name).catch(() => {
    throw new InputError(
      `the words are in the npm package ${name}; install it beside tempograph: npm install ${name}`,
    );
  });
  return splitWords(wordsOf((loaded as { dictionary: Readonly<Record<string, string>> }).dictionary));
}

/**
 * Words from a dictionary that maps spellings (`read(2)` is a second pronunciation of `read`) to phonemes
 * with stress (`R EH1 D`).
 */
export function wordsOf(entries: Readonly<Record<string, string>>): Word[] {
  const pronunciations = new Map<string, Map<string, readonly number[]>>();
  for (const [entry, said] of Object.entries(entries)) {
    const spelling = entry.replace(/\(\d+\)$/, '');
    if (!/^[a-z']+$/.test(spelling)) continue;
    const symbols = said.replace(/#.*$/, '').trim().split(/\s+/);
    const numbers = symbols.map((symbol) => PHONEMES.indexOf(symbol.replace(/\d$/, '')) + 1);
    if (numbers.includes(0)) continue;
    const known = pronunciations.get(spelling) ?? new Map();
    pronunciations.set(spelling, known.set(numbers.join(), numbers));
  }
  const words = Array.from(pronunciations, ([spelling, known]) => ({
    spelling,
    pronunciations: [...known.values()],
  }));
  return words.filter(
    (word) =>
      word.spelling.length <= MOST_LETTERS &&
      word.pronunciations.every(({ length }) => length <= MOST_PHONEMES),
  );
}

function splitWords(words: readonly Word[]): Dictionary {
  // The hash alone would correlate with the spelling; the random generator seeded with it does not.
  const shareOf = ({ spelling }: Word) => new Random(seedOf(spelling)).integer(SHARES);
  return {
    train: words.filter((word) => shareOf(word) > 1),
    valid: words.filter((word) => shareOf(word) === 1),
    test: words.filter((word) => shareOf(word) === 0),
  };
}

/** Letter codes, `[words, MOST_LETTERS]`. */
export function lettersOf(words: readonly Word[]): Float32Array {
  const letters = new Float32Array(words.length * MOST_LETTERS);
  words.forEach(({ spelling }, row) => {
    for (let i = 0; i < spelling.length; i++) {
      letters[row * MOST_LETTERS + i] = LETTERS.indexOf(spelling[i]) + 1;
    }
  });
  return letters;
}

/**
 * Every pronunciation with its word: letters `[pairs, MOST_LETTERS]`, phonemes `[pairs, MOST_PHONEMES + 1]`,
 * ended by 0.
 */
export function pairsOf(words: readonly Word[]): {
  letters: Float32Array;
  phonemes: Float32Array;
  count: number;
} {
  const spelled = words.flatMap((word) => word.pronunciations.map(() => word));
  const said = words.flatMap(({ pronunciations }) => pronunciations);
  const phonemes = new Float32Array(said.length * (MOST_PHONEMES + 1));
  said.forEach((numbers, row) => {
    phonemes.set(numbers, row * (MOST_PHONEMES + 1));
  });
  return { letters: lettersOf(spelled), phonemes, count: said.length };
}
