import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { type Static, Type } from '#typebox';
import { InputError } from '../../base/errors.js';
import { readJsonFile } from '../../base/json-file.js';
import { version } from '../../base/version.js';
import { shippedModels } from '../../predictors/saved/model-folder.js';
import { type Dictionary, loadDictionary } from './dictionary.js';
import { g2pModel, g2pTheta } from './model.js';
import type { G2pForm } from './network.js';
import { Recogniser } from './recogniser.js';
import { type G2pTrainingHooks, type G2pTrainingOptions, trainG2p } from './training.js';

const MODEL_FILE = join(shippedModels, 'g2p.onnx');
const CARD_FILE = join(shippedModels, 'g2p.card.json');

const Errors = Type.Object({ wordErrorPercent: Type.Number(), phonemeErrorPercent: Type.Number() });
/** On the validation words, and on the test words. */
const Scores = Type.Object({ valid: Errors, test: Errors });
export type G2pScores = Static<typeof Scores>;

/** `models/g2p.card.json`. */
const G2pCard = Type.Object({
  description: Type.String(),
  version: Type.String({ description: 'Of tempograph, which trained it' }),
  data: Type.Object({
    source: Type.String(),
    licence: Type.String(),
    train: Type.Integer(),
    valid: Type.Integer(),
    test: Type.Integer(),
  }),
  training: Type.Object({
    form: Type.Object({ units: Type.Integer(), embedding: Type.Integer() }),
    epochs: Type.Integer(),
    batchSize: Type.Integer(),
    learningRate: Type.Number(),
    seed: Type.Integer(),
  }),
  scores: Scores,
});
export type G2pCard = Static<typeof G2pCard>;

/** How the shipped model was trained: half an hour on one core. */
const SHIPPED_TRAINING: G2pTrainingOptions = {
  form: { units: 128, embedding: 64 },
  epochs: 18,
  batchSize: 128,
  learningRate: 0.0025,
  seed: 1,
};

/**
 * Trains the shipped model again, and writes it with its card.
 *
 * @returns undefined if it was interrupted
 */
export async function trainShippedG2p(hooks: G2pTrainingHooks): Promise<G2pCard | undefined> {
  const words = await loadDictionary();
  const theta = await trainG2p(words.train, SHIPPED_TRAINING, hooks);
  const card = theta && (await writeShippedG2p(theta, words));
  if (card && hooks.checkpoint !== undefined) await rm(hooks.checkpoint, { force: true });
  return card;
}

/** Scores parameters and writes them as the shipped model. */
async function writeShippedG2p(theta: Float32Array, words: Dictionary): Promise<G2pCard> {
  const { form } = SHIPPED_TRAINING;
  const recogniser = await Recogniser.of(form, 1);
  const card: G2pCard = {
    description:
      'Letters to phonemes: two bidirectional LSTM layers, an LSTM decoder with attention; words of at most 12 letters, without stress',
    version,
    data: {
      source:
        'CMU Pronouncing Dictionary, npm cmu-pronouncing-dictionary 3.0.0; split 8 : 1 : 1 by a hash of the word',
      licence: 'ISC',
      train: words.train.length,
      valid: words.valid.length,
      test: words.test.length,
    },
    training: SHIPPED_TRAINING,
    scores: {
      valid: await recogniser.errors(theta, words.valid),
      test: await recogniser.errors(theta, words.test),
    },
  };
  await recogniser.release();
  await writeFileAtomic(MODEL_FILE, Buffer.from(await g2pModel(form, theta, version)));
  await writeFileAtomic(CARD_FILE, `${JSON.stringify(card, null, 2)}\n`);
  return card;
}

/**
 * The shipped model.
 *
 * @throws InputError if it is missing
 */
export async function loadShippedG2p(): Promise<{
  form: G2pForm;
  theta: Float32Array;
  onnx: Uint8Array;
  card: G2pCard;
}> {
  if (!existsSync(MODEL_FILE)) {
    throw new InputError('there is no such model; `tempograph models --device g2p` trains it', {
      file: MODEL_FILE,
    });
  }
  const onnx = await readFile(MODEL_FILE);
  const card = await readJsonFile(G2pCard, CARD_FILE);
  const { form } = card.training;
  return { form, theta: g2pTheta(form, onnx), onnx, card };
}
