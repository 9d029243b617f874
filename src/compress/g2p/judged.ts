import { decodeModel } from '../../onnx/proto.js';
import type { Evaluator } from '../../search/evaluators/evaluator.js';
import { CompressibleModel } from '../compressible-model.js';
import { loadDictionary } from './dictionary.js';
import { g2pEvaluator } from './evaluator.js';
import { Recogniser } from './recogniser.js';
import { representativeWords } from './representative.js';
import { loadShippedG2p } from './shipped.js';

/**
 * The network from letters to phonemes that ships, and what judges its ranks: how many of some words of the development set are
 * said rightly, percent.
 *
 * @param words so many, which stand for the whole set
 * @param kept why recurrent matrices stay as they are, if they do
 * @throws InputError if the model, or the package of words, is not there
 */
export async function judgedG2p({
  words: count,
  seed,
  kept,
}: {
  readonly words: number;
  readonly seed: number;
  readonly kept?: string;
}): Promise<{ model: CompressibleModel; evaluator: Evaluator; release(): Promise<void> }> {
  const { valid } = await loadDictionary();
  const { form, theta, onnx } = await loadShippedG2p();
  const model = new CompressibleModel(decodeModel(onnx), kept);
  const recogniser = await Recogniser.of(form, 1);
  const words = representativeWords(valid, await recogniser.say(theta, valid), count, seed);
  return {
    model,
    evaluator: g2pEvaluator({ model, form, theta }, recogniser, words),
    release: () => recogniser.release(),
  };
}
