import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import writeFileAtomic from 'write-file-atomic';
import { version } from '../base/version.js';
import { tfjsVersion } from '../nn/engines/tfjs.js';
import { LEVEL } from '../predictors/intervals/interval.js';
import { EMULATOR_FORMAT, modelVersion, savePredictor } from '../predictors/saved/saved.js';
import { calibrateEmulator } from './calibrate.js';
import type { EmulatorCard } from './card.js';
import { outputCount } from './columns.js';
import { type CommitteeOptions, fitCommittee } from './committee.js';
import { type EmulatorParts, emulatorModel } from './emulator-model.js';
import type { Fitted } from './fit.js';
import type { Runs } from './runs.js';
import { runsCsv } from './runs-csv.js';
import { scalingOf, standardised } from './scaling.js';
import { BLOCK_OPERATIONS, formOf } from './super-architecture.js';

/** File beside the model with the runs that it was learned from. */
export const RUNS_FILE = 'runs.csv';

/** One set of hyper-parameters for every simulator. */
export const EMULATOR_OPTIONS: CommitteeOptions = {
  folds: 5,
  steps: 2000,
  batchSize: 32,
  learningRate: 5e-3,
  weightDecay: 1e-3,
  architectureRate: 0.02,
  update: 'fixed',
  ranked: 8,
  draws: 7,
  seed: 1,
  threads: 1,
  parallel: 2,
};

export interface EmulatorTask {
  readonly name: string;
  readonly description: string;
  /** The file, command or built-in simulator that the runs come from. */
  readonly source: string;
  readonly runs: Runs;
  /** Number of runs that gave no answer. */
  readonly failed: number;
  readonly options?: Partial<CommitteeOptions>;
}

export interface EmulatorHooks {
  /** @param done share of the training, 0 to 1 */
  onProgress?(done: number): void;
  /** Ends the training with the signal's reason. Finished fits are kept for the next attempt. */
  readonly signal?: AbortSignal;
}

/**
 * Trains an emulator of a simulator from its runs and saves it: `model.onnx`, `card.json` and `runs.csv`. If
 * an earlier call was interrupted, its finished fits are reused.
 *
 * @throws the signal's reason
 */
export async function trainEmulator(
  folder: string,
  task: EmulatorTask,
  hooks: EmulatorHooks = {},
): Promise<EmulatorCard> {
  const { runs, name, description, source, failed } = task;
  const options = { ...EMULATOR_OPTIONS, ...task.options };
  await mkdir(folder, { recursive: true });
  const scaling = scalingOf(runs);
  const samples = standardised(runs, scaling);
  const form = formOf(runs.inputs.length, outputCount(runs.outputs));
  // The fits do not depend on how many fits and threads run at the same time.
  const { parallel: _, threads: __, seed, ...chosen } = options;
  const key = { version, form, options: { ...chosen, seed }, samples: hashOf(samples) };
  const checkpoints = fitCheckpoints(folder, JSON.stringify(key));
  const committee = await fitCommittee(form, samples, options, { ...hooks, ...checkpoints });
  const parts: EmulatorParts = { form, scaling, fits: committee.fits, columns: runs };
  const { scale, scores } = await calibrateEmulator(parts, committee, samples, runs, seed);
  const onnx = await emulatorModel(parts, scale);
  const csv = runsCsv(runs);
  const card: EmulatorCard = {
    format: EMULATOR_FORMAT,
    name,
    description,
    version: modelVersion(onnx),
    inputs: runs.inputs.map((input) => ({ ...input })),
    outputs: runs.outputs.map((output) => ({ ...output })),
    data: { source, sha256: createHash('sha256').update(csv).digest('hex'), runs: runs.count, failed },
    level: LEVEL,
    scores,
    architecture: {
      operations: [...BLOCK_OPERATIONS],
      probabilities: meanProbabilities(committee.fits),
      networks: options.folds * committee.fits[0].architectures.length,
    },
    seed,
    options: { ...chosen, form },
    versions: { tempograph: version, node: process.versions.node, tfjs: tfjsVersion },
    createdAt: new Date().toISOString(),
  };
  await writeFileAtomic(join(folder, RUNS_FILE), csv);
  await savePredictor(folder, onnx, card);
  await checkpoints.remove(options.folds);
  return card;
}

function meanProbabilities(fits: readonly Fitted[]): number[][] {
  return fits[0].probabilities.map((row, block) =>
    row.map(
      (_, k) => fits.reduce((sum, { probabilities }) => sum + probabilities[block][k], 0) / fits.length,
    ),
  );
}

function hashOf({ x, y }: { readonly x: Float32Array; readonly y: Float32Array }): string {
  return createHash('sha256').update(Buffer.from(x.buffer)).update(Buffer.from(y.buffer)).digest('hex');
}

/** Finished fits, kept beside the emulator. Those of another task are ignored. */
function fitCheckpoints(folder: string, key: string) {
  const fileOf = (fold: number) => join(folder, `.fit-${fold + 1}`);
  return {
    async known(fold: number): Promise<Fitted | undefined> {
      try {
        const saved = deserialize(await readFile(fileOf(fold))) as { key: string; fit: Fitted };
        return saved.key === key ? saved.fit : undefined;
      } catch {
        return undefined;
      }
    },
    onFit: (fold: number, fit: Fitted) => writeFileAtomic(fileOf(fold), serialize({ key, fit })),
    async remove(folds: number): Promise<void> {
      for (let fold = 0; fold < folds; fold++) await rm(fileOf(fold), { force: true });
    },
  };
}
