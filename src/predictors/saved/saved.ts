import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { InputError } from '../../base/errors.js';
import { parseJsonFile } from '../../base/json-file.js';
import * as ort from '../../base/onnxruntime.js';
import { readProblem } from '../../base/read-problem.js';
import { readRegularFile } from '../../base/regular-file.js';
import type { ModelSession, OpenSession } from '../../onnx/run/model-session.js';
import { declaredSpace } from '../../spaces/declared/declared-space.js';
import { spaceNamed } from '../../spaces/registry.js';
import type { Architecture, DeadOperations, SearchSpace } from '../../spaces/space.js';
import { feedsOf } from '../encodings/feeds.js';
import { IntervalModel } from '../intervals/interval-model.js';
import type { Predictor, SavedKind } from '../predictor.js';
import { savedKindNamed } from '../registry.js';
import { ModelCard } from './card.js';
import { assertPlainModel, outputOf } from './checked-model.js';

/** Number of architectures that go through the model at once: enough to keep both cores busy, and little memory. */
const CHUNK = 2048;

export const MODEL_FILE = 'model.onnx';
export const INTERVAL_FILE = 'interval.onnx';
export const CARD_FILE = 'card.json';

/** Format in the card of an emulator, whose folder is beside those of predictors. */
export const EMULATOR_FORMAT = 'tempograph-emulator/1';

/** Whether a folder holds an emulator instead of a predictor of architectures. */
export function holdsEmulator(folder: string): boolean {
  try {
    // Without O_NONBLOCK, opening a pipe would wait for a writer.
    const file = openSync(join(folder, CARD_FILE), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const begin = Buffer.alloc(100);
      return begin.toString('utf8', 0, readSync(file, begin)).includes(`"${EMULATOR_FORMAT}"`);
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

/** A predictor loaded from its folder: runs its `model.onnx`, and its `interval.onnx` if it has one. */
export interface SavedPredictor extends Predictor {
  readonly card: ModelCard;
  readonly space: SearchSpace;
  release(): Promise<void>;
}

/** Options for loading a predictor. */
export interface PredictorLoadOptions {
  /** Threads inside an operator; 2 by default. */
  readonly threads?: number;
  /** How models are opened; by default in this process. */
  readonly openSession?: OpenSession;
}

/** Runs a fitted model on architectures as executed by a device. */
export class OnnxPredictor implements Predictor {
  private constructor(
    private readonly session: ModelSession,
    private readonly kind: SavedKind,
    private readonly space: SearchSpace,
    private readonly deadOperations: DeadOperations,
  ) {}

  static async create(
    onnx: Uint8Array,
    kind: SavedKind,
    space: SearchSpace,
    deadOperations: DeadOperations,
    { threads = 2, openSession = ort.openSession }: PredictorLoadOptions = {},
  ): Promise<OnnxPredictor> {
    return new OnnxPredictor(await openSession(onnx, threads), kind, space, deadOperations);
  }

  async predict(architectures: readonly Architecture[]): Promise<Float64Array> {
    const predicted = new Float64Array(architectures.length);
    for (let start = 0; start < architectures.length; start += CHUNK) {
      const chunk = architectures.slice(start, start + CHUNK);
      predicted.set(await this.run(chunk), start);
    }
    return predicted;
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  private async run(chunk: readonly Architecture[]): Promise<Float32Array> {
    const feeds = feedsOf(this.kind.encoding, this.space, this.deadOperations, chunk);
    const outputs = await this.session.run(feeds);
    return outputOf(outputs, this.session.outputNames[0], chunk.length);
  }
}

/** First 12 hexadecimal digits of the SHA-256 of a model's bytes. */
export function modelVersion(onnx: Uint8Array): string {
  return createHash('sha256').update(onnx).digest('hex').slice(0, 12);
}

/** Path at which a model waits until the card that names it has been written, beside the model that it replaces. */
const waiting = (file: string, version: string) => `${file}.${version}`;
const WAITING = /^(model|interval)\.onnx\.[0-9a-f]{12}$/;

/**
 * Writes a predictor's folder, or replaces its content. The switch happens at once, when the card is written:
 * the new models are then beside the old ones, under names with their versions, where they are found if the
 * process is killed before it renames them.
 *
 * @param interval bytes of `interval.onnx`, if the card describes one
 */
export async function savePredictor(
  folder: string,
  onnx: Uint8Array,
  card: object,
  interval?: Uint8Array,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const models: [string, Uint8Array][] = [[MODEL_FILE, onnx]];
  if (interval) models.push([INTERVAL_FILE, interval]);
  const moves = models.map(([name, bytes]) => {
    const file = join(folder, name);
    return { file, bytes, from: waiting(file, modelVersion(bytes)) };
  });
  for (const { from, bytes } of moves) await writeFileAtomic(from, Buffer.from(bytes));
  await writeFileAtomic(join(folder, CARD_FILE), `${JSON.stringify(card, null, 2)}\n`);
  for (const { from, file } of moves) await rename(from, file);
  const left = (await readdir(folder)).filter((name) => WAITING.test(name));
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
}

/**
 * Loads a predictor from its folder.
 *
 * @throws InputError if a file is missing, the card is malformed, or the model is not the one that the card
 *   describes
 */
export async function loadPredictor(
  folder: string,
  options: PredictorLoadOptions = {},
): Promise<SavedPredictor> {
  const card = await readModelCard(folder);
  const onnx = await readModel(join(folder, MODEL_FILE), card.version);
  assertPlainModel(onnx, join(folder, MODEL_FILE));
  const space = card.spaceFile ? declaredSpace(card.spaceFile) : spaceNamed(card.space);
  const kind = await kindOf(card);
  const predictor = await OnnxPredictor.create(onnx, kind, space, card.deadOperations, options);
  const interval = await loadInterval(folder, card, space, kind, options).catch(async (error) => {
    await predictor.release();
    throw error;
  });
  return {
    card,
    space,
    predict: (architectures) => predictor.predict(architectures),
    spread: interval && ((architectures) => interval.spread(architectures)),
    async release() {
      await Promise.all([predictor.release(), interval?.release()]);
    },
  };
}

/** The kind of a saved predictor; analytic devices are only loaded for kinds that correct one. */
async function kindOf({ predictor, prior }: ModelCard): Promise<SavedKind> {
  if (!prior) return savedKindNamed(predictor);
  const { fittedAnalyticKind } = await import('../kinds/analytic-kind.js');
  return fittedAnalyticKind(prior);
}

async function loadInterval(
  folder: string,
  { interval, deadOperations }: ModelCard,
  space: SearchSpace,
  { intervalEncoding }: SavedKind,
  { openSession }: PredictorLoadOptions,
): Promise<IntervalModel | undefined> {
  if (!interval) return undefined;
  const onnx = await readModel(join(folder, INTERVAL_FILE), interval.version);
  assertPlainModel(onnx, join(folder, INTERVAL_FILE));
  return IntervalModel.create(onnx, space, deadOperations, interval.level, {
    encoding: intervalEncoding,
    openSession,
  });
}

/**
 * The bytes of a model that a card describes.
 *
 * @throws InputError if it is missing, or not that model
 */
export async function readModel(file: string, version: string): Promise<Buffer> {
  const waited = await readRegularFile(waiting(file, version)).catch(() => undefined);
  if (waited && modelVersion(waited) === version) return waited;
  const onnx = await readExisting(file);
  if (modelVersion(onnx) === version) return onnx;
  throw new InputError(`the model's hash is ${modelVersion(onnx)}, but its card describes ${version}`, {
    file,
  });
}

/**
 * Reads and checks a predictor's card.
 *
 * @param folder of the predictor
 * @throws InputError if the card is missing or malformed
 */
export async function readModelCard(folder: string): Promise<ModelCard> {
  const file = join(folder, CARD_FILE);
  const card = parseJsonFile(ModelCard, (await readExisting(file)).toString('utf8'), file);
  if (card.latency || card.target) return card;
  throw new InputError(
    'it has neither `latency` nor `target`, one of which must say what the model predicts',
    { file },
  );
}

async function readExisting(file: string): Promise<Buffer> {
  try {
    return await readRegularFile(file);
  } catch (error) {
    const problem = readProblem(error);
    if (problem === undefined) throw error;
    throw new InputError(`${problem}; a predictor's folder holds ${MODEL_FILE} and ${CARD_FILE}`, { file });
  }
}
