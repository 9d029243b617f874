import { join } from 'node:path';
import { InputError } from '../base/errors.js';
import { folderEntries } from '../base/folder-entries.js';
import { readJsonFile } from '../base/json-file.js';
import * as ort from '../base/onnxruntime.js';
import type { ModelSession, OpenSession } from '../onnx/run/model-session.js';
import { assertPlainModel, outputOf } from '../predictors/saved/checked-model.js';
import { CARD_FILE, holdsEmulator, MODEL_FILE, readModel } from '../predictors/saved/saved.js';
import { EmulatorCard } from './card.js';
import { outputCount } from './columns.js';

/** Number of inputs that go through the model at once. */
const CHUNK = 32;

/** The answers of an emulator in the simulator's units, each `[run, output column]`. */
export interface Emulation {
  readonly mean: Float32Array;
  /** Lower end of the 90 % interval. */
  readonly low: Float32Array;
  /** Upper end of the 90 % interval. */
  readonly high: Float32Array;
  /** Standard deviation over the networks. */
  readonly spread: Float32Array;
}

/** Names of the folders in a folder of predictors that hold emulators. */
export async function emulatorFolders(models: string): Promise<string[]> {
  return (await folderEntries(models))
    .filter(({ name }) => !name.startsWith('.') && holdsEmulator(join(models, name)))
    .map(({ name }) => name)
    .sort();
}

/** A trained model that answers in place of a simulator. */
export class Emulator {
  private constructor(
    readonly card: EmulatorCard,
    private readonly session: ModelSession,
  ) {}

  /**
   * Loads an emulator from its folder.
   *
   * @param openSession opens the model; by default in this process
   * @throws InputError if a file is missing, the card is malformed, or the model is not the one that it
   *   describes
   */
  static async load(folder: string, openSession: OpenSession = ort.openSession): Promise<Emulator> {
    const card = await readEmulatorCard(folder);
    const file = join(folder, MODEL_FILE);
    const onnx = await readModel(file, card.version);
    assertPlainModel(onnx, file);
    return new Emulator(card, await openSession(onnx, 1));
  }

  /**
   * Predicts the outputs of runs.
   *
   * @param x `[run, input]`, row-major, in the order of the card's inputs and in the simulator's units
   * @throws BadModel if the model's outputs do not have the expected form
   */
  async emulate(x: Float64Array): Promise<Emulation> {
    const { inputs, outputs } = this.card;
    const [width, columns] = [inputs.length, outputCount(outputs)];
    const count = x.length / width;
    const answer = () => new Float32Array(count * columns);
    const emulation = { mean: answer(), low: answer(), high: answer(), spread: answer() };
    for (let start = 0; start < count; start += CHUNK) {
      const chunk = Float32Array.from(x.subarray(start * width, (start + CHUNK) * width));
      const runs = chunk.length / width;
      const results = await this.session.run({ x: new ort.Tensor('float32', chunk, [runs, width]) });
      for (const [name, values] of Object.entries(emulation)) {
        const of = `${columns} numbers of ${runs} runs`;
        values.set(outputOf(results, name, runs * columns, of), start * columns);
      }
    }
    return emulation;
  }

  /** Names of a run's inputs that lie outside the range of the training runs. */
  outside(x: readonly number[]): string[] {
    return this.card.inputs.filter(({ low, high }, k) => x[k] < low || x[k] > high).map(({ name }) => name);
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** @throws InputError if it is missing, or not the card of an emulator */
export async function readEmulatorCard(folder: string): Promise<EmulatorCard> {
  const file = join(folder, CARD_FILE);
  const card = await readJsonFile(EmulatorCard, file);
  if (card.scores.length === card.outputs.length) return card;
  throw new InputError('it does not have a score for each output', { file });
}
