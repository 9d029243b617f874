import { join } from 'node:path';
import { InputError, quote } from '../../src/base/errors.js';
import { folderEntries } from '../../src/base/folder-entries.js';
import type { Limits } from '../../src/base/limited-process/watched.js';
import { Random } from '../../src/base/random.js';
import { LATENCY, metricKey } from '../../src/metrics/metric.js';
import { IsolatedSessions } from '../../src/onnx/run/isolated-sessions.js';
import type { OpenSession } from '../../src/onnx/run/model-session.js';
import { holdsKernels } from '../../src/predictors/kernels/kernels-folder.js';
import { targetOf } from '../../src/predictors/saved/card.js';
import {
  holdsEmulator,
  loadPredictor,
  MODEL_FILE,
  type SavedPredictor,
} from '../../src/predictors/saved/saved.js';
import type { ServiceMetrics } from '../monitoring/metrics.js';
import { predictorStamp } from './file-stamp.js';
import { mayBe, ServedPredictor } from './served-predictor.js';

/** How long the folder is assumed unchanged after a check, ms. */
const LOOK_EVERY_MS = 1000;

/** Visible text of a length that requests may have. */
const DEVICE_NAME = /^(?=.*\S)[^\p{Cc}\p{Cs}]{1,200}$/u;

/** A subfolder that is not served, and why. */
export interface ModelProblem {
  readonly folder: string;
  readonly message: string;
}

export interface ModelFolderOptions {
  /** Folders whose subfolders are predictors; if two have one for the same device and metric, the first serves. */
  readonly folders: readonly string[];
  /** Architectures per predictor whose value is cached; 0 for none. */
  readonly cacheSize: number;
  readonly metrics: ServiceMetrics;
  /** Limits of a run; by default those of `IsolatedSessions`. */
  readonly limits?: Limits;
  /** Called once for each subfolder that cannot be served. */
  readonly onProblem: (problem: ModelProblem) => void;
}

interface Entry {
  /** Index of the folder of predictors it is in. */
  readonly rank: number;
  /** Changes when one of its files changes. */
  stamp: string;
  model?: ServedPredictor;
  problem?: string;
}

/**
 * The predictors in several folders, by device and metric. Changes while the service runs are noticed within a second of
 * a query; a replacement is loaded completely before it takes over from the old predictor.
 */
export class ModelFolder {
  /** Entries by subfolder. */
  private readonly entries = new Map<string, Entry>();
  private served = new Map<string, ServedPredictor>();
  private lookedAtMs = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | undefined;
  /** Whether the folders have been read once; until then there are no queries that a model could hold up. */
  private isServing = false;
  private readonly sessions: IsolatedSessions;

  constructor(private readonly options: ModelFolderOptions) {
    this.sessions = new IsolatedSessions(options.limits);
  }

  /** All served models, sorted by device, latency before other metrics. */
  all(): ServedPredictor[] {
    this.lookIfDue();
    return [...this.served.values()];
  }

  /** The model that currently predicts a metric of a device. */
  get(device: string, metric: string = LATENCY.name): ServedPredictor | undefined {
    return this.named(servedName(device, metric));
  }

  /** The model with a name such as `board` or `board@energy`. */
  named(name: string): ServedPredictor | undefined {
    this.lookIfDue();
    return this.served.get(name);
  }

  /** A model of a device: that of its latency, if there is one. */
  anyOf(device: string): ServedPredictor | undefined {
    return this.get(device) ?? this.all().find(({ card }) => card.device === device);
  }

  /** The model of a device and metric in the last folder, whichever model serves. */
  shipped(device: string, metric: string = LATENCY.name): ServedPredictor | undefined {
    const last = this.options.folders.length - 1;
    const entries = [...this.entries.values()];
    return entries.find(
      ({ rank, model }) =>
        rank === last && model !== undefined && nameOf(model) === servedName(device, metric),
    )?.model;
  }

  get problems(): ModelProblem[] {
    return [...this.entries].flatMap(([folder, { problem }]) =>
      problem === undefined ? [] : [{ folder, message: problem }],
    );
  }

  /** Checks the folders again now. */
  async refresh(): Promise<void> {
    await this.looking;
    this.lookedAtMs = Number.NEGATIVE_INFINITY;
    await this.upToDate();
  }

  /** Resolves when the folders have been checked within the last second. */
  async upToDate(): Promise<void> {
    this.lookIfDue();
    await this.looking;
  }

  /** Frees all models once their last queries are answered. */
  async close(): Promise<void> {
    await this.looking;
    const models = [...this.served.values()];
    this.served.clear();
    this.entries.clear();
    await Promise.all(models.map((model) => model.retire()));
    this.sessions.close();
  }

  private lookIfDue(): void {
    const nowMs = performance.now();
    if (this.looking || nowMs - this.lookedAtMs < LOOK_EVERY_MS) return;
    this.lookedAtMs = nowMs;
    this.looking = this.look().finally(() => {
      this.looking = undefined;
    });
  }

  private async look(): Promise<void> {
    const seen = new Set<string>();
    for (const [rank, folder] of this.options.folders.entries()) {
      try {
        for (const name of await subFolders(folder)) {
          seen.add(join(folder, name));
          await this.lookAt(join(folder, name), rank);
        }
      } catch (error) {
        // Its models keep serving: the folder may be unreachable only for a while.
        for (const [known, entry] of this.entries) if (entry.rank === rank) seen.add(known);
        const entry = this.entries.get(folder) ?? { rank, stamp: '' };
        this.entries.set(folder, entry);
        seen.add(folder);
        this.report(folder, entry, `the folder cannot be read: ${(error as Error).message}`);
      }
    }
    for (const [folder, { model }] of this.entries) {
      if (seen.has(folder)) continue;
      this.entries.delete(folder);
      this.retire(model);
    }
    this.index();
    this.isServing = true;
  }

  /** Loads a subfolder's predictor if it is new or has changed. */
  private async lookAt(folder: string, rank: number): Promise<void> {
    const stamp = await predictorStamp(folder);
    const entry = this.entries.get(folder) ?? { rank, stamp: '' };
    if (entry.stamp === stamp) return;
    this.entries.set(folder, entry);
    entry.stamp = stamp;
    try {
      const { cacheSize, metrics } = this.options;
      const onBad = (reason: string) => this.setAside(folder, loaded, reason);
      const loaded: ServedPredictor = new ServedPredictor(
        folder,
        await this.load(folder),
        cacheSize,
        metrics,
        onBad,
      );
      const before = entry.model;
      entry.model = loaded;
      entry.problem = undefined;
      this.index();
      this.retire(before);
    } catch (error) {
      this.report(folder, entry, problemOf(error));
    }
  }

  /** Loads a predictor; while others serve, first in a process apart from them, so that it cannot hold them up. */
  private async load(folder: string): Promise<SavedPredictor> {
    if (this.isServing) {
      const trial = new IsolatedSessions(this.options.limits);
      try {
        await load(folder, trial);
      } finally {
        trial.close();
      }
    }
    return load(folder, this.sessions);
  }

  /** Stops serving a model until its files change. */
  private setAside(folder: string, model: ServedPredictor, reason: string): void {
    const entry = this.entries.get(folder);
    if (entry?.model !== model) return;
    entry.model = undefined;
    this.index();
    this.report(folder, entry, reason);
    this.retire(model);
  }

  /** Rebuilds the map of models; of two subfolders for the same device and metric the first counts. */
  private index(): void {
    const chosen = new Map<string, Entry>();
    const ordered = [...this.entries].sort(([a, x], [b, y]) => x.rank - y.rank || (a < b ? -1 : 1));
    for (const [folder, entry] of ordered) {
      if (!entry.model) continue;
      const name = nameOf(entry.model);
      const first = chosen.get(name);
      if (!first) {
        chosen.set(name, entry);
        if (entry.problem === taken(name)) entry.problem = undefined;
      } else if (first.rank === entry.rank) this.report(folder, entry, taken(name));
    }
    const served = [...chosen].map(([name, { model }]): [string, ServedPredictor] => [name, model!]);
    this.served = new Map(served.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private report(folder: string, entry: Entry, problem: string): void {
    if (entry.problem === problem) return;
    entry.problem = problem;
    this.options.onProblem({ folder, message: problem });
  }

  private retire(model: ServedPredictor | undefined): void {
    model?.retire().catch((error: Error) => {
      this.options.onProblem({ folder: model.card.device, message: `could not be freed: ${error.message}` });
    });
  }
}

/** The single name of a device's predictor of a metric: `board`, `board@energy`. */
export function servedName(device: string, metric: string): string {
  return metric === LATENCY.name ? device : `${device}@${metric}`;
}

const nameOf = ({ card, metric }: ServedPredictor) => servedName(card.device, metricKey(metric));

/** The problem of a sound predictor that is the second with its name. */
function taken(name: string): string {
  return `another folder already serves device ${name}`;
}

/** Names of the subfolders of a folder, including links to folders. */
async function subFolders(folder: string): Promise<string[]> {
  return (await folderEntries(folder))
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .filter((name) => !holdsKernels(join(folder, name)) && !holdsEmulator(join(folder, name)))
    .sort();
}

/**
 * Loads a predictor and tests it on several architectures of its space before it serves.
 *
 * @throws InputError if the folder is broken, or the model does not fit its space
 */
async function load(folder: string, sessions: IsolatedSessions): Promise<SavedPredictor> {
  const openSession: OpenSession = (onnx, threads) => sessions.open(onnx, threads);
  const predictor = await loadPredictor(folder, { threads: 1, openSession });
  const { space, card } = predictor;
  const random = new Random(1);
  const some = [space.parse(space.example), ...Array.from({ length: 15 }, () => space.sample(random))];
  try {
    if (!DEVICE_NAME.test(card.device))
      throw new Error(`${quote(card.device)} is not a valid name for a device`);
    const values = await predictor.predict(some);
    const bad = values.findIndex((value) => !mayBe(value, targetOf(card).metric));
    if (bad >= 0) throw new Error(`it predicts ${values[bad]} for ${space.format(some[bad])}`);
    const spread = await predictor.spread?.(some);
    const ends = spread && [...spread.logLow, ...spread.logHigh, ...spread.unfamiliarity];
    if (ends?.some(Number.isNaN)) throw new Error('the ends of its intervals are not numbers');
    return predictor;
  } catch (error) {
    await predictor.release();
    throw new InputError(`the model does not answer for space ${space.name}: ${(error as Error).message}`, {
      file: join(folder, MODEL_FILE),
    });
  }
}

function problemOf(error: unknown): string {
  return error instanceof InputError ? error.message : `cannot be loaded: ${(error as Error).message}`;
}
