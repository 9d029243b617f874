import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Static, Type } from '#typebox';
import { InputError } from '../base/errors.js';
import { readJsonFile } from '../base/json-file.js';
import { unreadable } from '../base/read-problem.js';
import { readRegularFile } from '../base/regular-file.js';
import { writeOutput } from '../base/write-output.js';
import { parameterCount } from '../nn/network.js';
import { chainSpace } from './chain-space.js';
import { type ChainSkeleton, chainSupernet } from './chain-supernet.js';
import { firstImages, type ImageSet, type Images, imagesAt, prepared, readImages } from './images.js';
import { type OneShotEvaluator, oneShotEvaluator } from './one-shot.js';
import { skeletonFor } from './skeleton.js';

const Count = Type.Integer({ minimum: 1 });

/** `one-shot.json`, what a supernet was trained on and how. */
const OneShotCard = Type.Object({
  format: Type.Literal('tempograph-one-shot/1'),
  /** As `readImages` takes them. */
  data: Type.String(),
  /** Of the training images. */
  images: Count,
  channels: Type.Array(Count, { minItems: 3, maxItems: 3 }),
  epochs: Type.Integer({ minimum: 0 }),
  batchSize: Count,
  seed: Type.Integer(),
  /** Mean loss of each epoch. */
  losses: Type.Array(Type.Number()),
  /** Of the paths that were trained, forward. */
  macs: Type.Number(),
  /** SHA-256 of the weights' file. */
  weights: Type.String(),
});
export type OneShotCard = Static<typeof OneShotCard>;

const files = (folder: string) => ({
  card: join(folder, 'one-shot.json'),
  weights: join(folder, 'weights.f32'),
  space: spaceOfOneShot(folder),
});

/** The file of the space whose chains a supernet judges. */
export const spaceOfOneShot = (folder: string): string => join(folder, 'space.json');

/** Every fifth of the training images judges paths, at most so many. */
const JUDGED = { every: 5, most: 2000 };

/** The training images of a supernet: those that its weights learn, and those that judge its paths. */
export function learnedAndJudged(train: Images): { readonly learned: Images; readonly judged: Images } {
  const rows = [...train.labels.keys()];
  const isJudged = (row: number) => row % JUDGED.every === 0;
  return {
    learned: imagesAt(
      train,
      rows.filter((row) => !isJudged(row)),
    ),
    judged: imagesAt(train, rows.filter(isJudged).slice(0, JUDGED.most)),
  };
}

/** Images as a supernet of chains takes them, and the space of chains for them. */
export async function oneShotImages({
  data,
  images,
  channels,
}: Pick<OneShotCard, 'data' | 'images' | 'channels'>): Promise<{
  readonly set: ImageSet;
  readonly skeleton: ChainSkeleton;
}> {
  const all = prepared(await readImages(data));
  return { set: firstImages(all, images), skeleton: skeletonFor(all, channels) };
}

/** Writes a trained supernet into a folder, the card last. */
export async function writeOneShot(
  folder: string,
  card: Omit<OneShotCard, 'weights' | 'format'>,
  skeleton: ChainSkeleton,
  theta: Float32Array,
): Promise<void> {
  const names = files(folder);
  const weights = new Uint8Array(theta.buffer, theta.byteOffset, theta.byteLength);
  await writeOutput(names.weights, weights);
  await writeOutput(names.space, `${JSON.stringify(chainSpace(skeleton).file, null, 2)}\n`);
  const whole: OneShotCard = { format: 'tempograph-one-shot/1', ...card, weights: hashOf(weights) };
  await writeOutput(names.card, `${JSON.stringify(whole, null, 2)}\n`);
}

/**
 * What a folder's supernet was trained on and how.
 *
 * @throws InputError if there is none
 */
export async function readOneShotCard(folder: string): Promise<OneShotCard> {
  return readJsonFile(OneShotCard, files(folder).card);
}

/**
 * Judges chains by the weights in a folder; its images are read from where they were.
 *
 * @throws InputError if a file is missing or damaged, or the images are others
 */
export async function openOneShot(folder: string): Promise<OneShotEvaluator> {
  const card = await readOneShotCard(folder);
  const { weights: file } = files(folder);
  const bytes = await readRegularFile(file).catch((error) => {
    throw unreadable(error, file);
  });
  if (hashOf(bytes) !== card.weights) {
    throw new InputError('these are not the weights that one-shot.json was written for', { file });
  }
  const { set, skeleton } = await oneShotImages(card);
  const wanted = parameterCount(chainSupernet(skeleton));
  if (bytes.length !== 4 * wanted) {
    const problem = `its supernet has ${bytes.length / 4} weights, and one for ${card.data} has ${wanted}`;
    throw new InputError(problem, { file });
  }
  const theta = new Float32Array(wanted);
  new Uint8Array(theta.buffer).set(bytes);
  const describedAs = `one-shot ${folder}, weights ${card.weights.slice(0, 12)}`;
  return oneShotEvaluator(skeleton, theta, learnedAndJudged(set.train), describedAs);
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
