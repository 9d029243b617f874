import * as ort from '../../../src/base/onnxruntime.js';
import { lettersOf, type Word } from '../../../src/compress/g2p/dictionary.js';
import { STEPS } from '../../../src/compress/g2p/network.js';

/** Words that are said letter by letter: a is 1, b is 2. */
export const words: Word[] = ['ab', 'ba', 'aab', 'bba', 'abab', 'a', 'b', 'bab'].map((spelling) => ({
  spelling,
  pronunciations: [Array.from(spelling, (letter) => (letter === 'a' ? 1 : 2))],
}));

/** What a model says of words. */
export async function spoken(onnx: Uint8Array, some: readonly Word[]): Promise<number[][]> {
  const session = await ort.openSession(onnx, 1);
  const { phonemes } = await session.run({
    letters: new ort.Tensor('float32', lettersOf(some), [some.length, 12]),
  });
  await session.release();
  const numbers = Array.from(phonemes.data as Float32Array);
  return some.map((_, row) => {
    const steps = numbers.slice(row * STEPS, (row + 1) * STEPS);
    return steps.slice(0, steps.indexOf(0) < 0 ? STEPS : steps.indexOf(0));
  });
}
