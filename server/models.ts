import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../src/errors.js';
import { CARD_FILE, loadPredictor, MODEL_FILE, type SavedPredictor } from '../src/predictors/saved.js';
import { DeviceModel } from './device-model.js';
import type { ServiceMetrics } from './metrics.js';

/** How long the folder is taken to be unchanged after a look, ms. */
const LOOK_EVERY_MS = 1000;

/** A sub-folder that is not served, and why. */
export interface ModelProblem {
  readonly folder: string;
  readonly message: string;
}

export interface ModelFolderOptions {
  /** Folder whose sub-folders are predictors. */
  readonly folder: string;
  /** Architectures per device whose latency is remembered; 0 for none. */
  readonly cacheSize: number;
  readonly metrics: ServiceMetrics;
  /** Told once about each sub-folder that cannot be served. */
  readonly onProblem: (problem: ModelProblem) => void;
}

interface Entry {
  /** Changes when the model or its card does. */
  stamp: string;
  model?: DeviceModel;
  problem?: string;
}

/**
 * The predictors in a folder, by device. Predictors that are added, replaced or deleted while the service runs
 * are noticed within a second of a query; a replacement is loaded whole before it takes over, and the old one
 * goes on until then.
 */
export class ModelFolder {
  private readonly entries = new Map<string, Entry>();
  private devices = new Map<string, DeviceModel>();
  private lookedAtMs = 0;
  private looking: Promise<void> | undefined;

  constructor(private readonly options: ModelFolderOptions) {}

  /** All served models, sorted by device. */
  all(): DeviceModel[] {
    this.lookIfDue();
    return [...this.devices.values()];
  }

  /** The model that serves a device now. */
  get(device: string): DeviceModel | undefined {
    this.lookIfDue();
    return this.devices.get(device);
  }

  get problems(): ModelProblem[] {
    return [...this.entries].flatMap(([name, { problem }]) =>
      problem === undefined ? [] : [{ folder: join(this.options.folder, name), message: problem }],
    );
  }

  /** Resolves when the folder has been looked at within the last second. */
  async upToDate(): Promise<void> {
    this.lookIfDue();
    await this.looking;
  }

  /** Frees all models once their last queries are answered. */
  async close(): Promise<void> {
    await this.looking;
    const models = [...this.devices.values()];
    this.devices.clear();
    this.entries.clear();
    await Promise.all(models.map((model) => model.retire()));
  }

  private lookIfDue(): void {
    const nowMs = Date.now();
    if (this.looking || nowMs - this.lookedAtMs < LOOK_EVERY_MS) return;
    this.lookedAtMs = nowMs;
    this.looking = this.look().finally(() => {
      this.looking = undefined;
    });
  }

  private async look(): Promise<void> {
    const names = await this.subFolders();
    for (const name of names) await this.lookAt(name);
    for (const [name, { model }] of this.entries) {
      if (names.includes(name)) continue;
      this.entries.delete(name);
      this.retire(model);
    }
    this.index();
  }

  private async subFolders(): Promise<string[]> {
    const found = await readdir(this.options.folder, { withFileTypes: true }).catch(() => []);
    return found
      .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .sort();
  }

  /** Loads a sub-folder's predictor if it is new or has changed. */
  private async lookAt(name: string): Promise<void> {
    const folder = join(this.options.folder, name);
    const stamp = await stampOf(folder);
    const entry = this.entries.get(name) ?? { stamp: '' };
    if (entry.stamp === stamp) return;
    this.entries.set(name, entry);
    entry.stamp = stamp;
    try {
      const loaded = new DeviceModel(await load(folder), this.options.cacheSize, this.options.metrics);
      const before = entry.model;
      entry.model = loaded;
      entry.problem = undefined;
      this.index();
      this.retire(before);
    } catch (error) {
      this.report(name, entry, problemOf(error));
    }
  }

  /** Rebuilds the map from device to model; where two folders name the same device, the first serves it. */
  private index(): void {
    const devices = new Map<string, DeviceModel>();
    for (const name of [...this.entries.keys()].sort()) {
      const entry = this.entries.get(name)!;
      if (!entry.model) continue;
      const { device } = entry.model.card;
      if (devices.has(device)) this.report(name, entry, `another folder serves device ${device} already`);
      else devices.set(device, entry.model);
    }
    this.devices = new Map([...devices].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private report(name: string, entry: Entry, problem: string): void {
    if (entry.problem === problem) return;
    entry.problem = problem;
    this.options.onProblem({ folder: join(this.options.folder, name), message: problem });
  }

  private retire(model: DeviceModel | undefined): void {
    model?.retire().catch((error: Error) => {
      this.options.onProblem({ folder: model.card.device, message: `could not be freed: ${error.message}` });
    });
  }
}

/**
 * Loads a predictor and lets it predict its space's example, so that what is served has answered once.
 *
 * @throws InputError if the folder is broken, or the model does not fit its space
 */
async function load(folder: string): Promise<SavedPredictor> {
  const predictor = await loadPredictor(folder, { threads: 1 });
  const { space } = predictor;
  try {
    const [latencyMs] = await predictor.predict([space.parse(space.example)]);
    if (Number.isFinite(latencyMs)) return predictor;
    throw new Error(`it predicts ${latencyMs}`);
  } catch (error) {
    await predictor.release();
    throw new InputError(`the model does not answer for space ${space.name}: ${(error as Error).message}`, {
      file: join(folder, MODEL_FILE),
    });
  }
}

/** A text that changes whenever the model file or the card does. */
async function stampOf(folder: string): Promise<string> {
  const stamps = [MODEL_FILE, CARD_FILE].map(async (file) => {
    const found = await stat(join(folder, file)).catch(() => undefined);
    return found ? `${found.mtimeMs}/${found.size}/${found.ino}` : 'missing';
  });
  return (await Promise.all(stamps)).join(' ');
}

function problemOf(error: unknown): string {
  return error instanceof InputError ? error.message : `cannot be loaded: ${(error as Error).message}`;
}
