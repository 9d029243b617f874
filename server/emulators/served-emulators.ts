import { join } from 'node:path';
import { dataPaths } from '../../src/base/data-folder.js';
import { InputError, quote } from '../../src/base/errors.js';
import type { EmulatorCard } from '../../src/emulate/card.js';
import { Emulator, emulatorFolders, readEmulatorCard } from '../../src/emulate/emulator.js';
import { IsolatedSessions } from '../../src/onnx/run/isolated-sessions.js';
import { BadModel } from '../../src/onnx/run/model-session.js';
import { ApiError } from '../http/errors.js';
import { VersionFolder } from '../models/version-folder.js';
import { trainedEmulators } from '../store/emulators.js';
import type { Store } from '../store/store.js';

/** A loaded emulator, and the number of its users. */
interface Loaded {
  readonly version: string;
  readonly emulator: Promise<Emulator>;
  users: number;
  replaced: boolean;
}

/** An emulator that is no longer used, and why. */
interface SetAside {
  readonly version: string;
  readonly reason: string;
}

/** The emulators made by jobs and those in folders of predictors; if two have the same name, the first counts. */
export class ServedEmulators {
  private readonly loaded = new Map<string, Loaded>();
  /** By folder. */
  private readonly setAside = new Map<string, SetAside>();
  private readonly sessions = new IsolatedSessions();

  private readonly versions: VersionFolder | undefined;

  constructor(
    private readonly folders: readonly string[],
    private readonly store?: Store,
  ) {
    this.versions = store && new VersionFolder(dataPaths(store.folder).versions);
  }

  /** Cards by name, and folders with an unreadable card or a failed model. */
  async list(): Promise<{
    cards: Map<string, { folder: string; card: EmulatorCard }>;
    problems: { folder: string; message: string }[];
  }> {
    const cards = new Map<string, { folder: string; card: EmulatorCard }>();
    const problems: { folder: string; message: string }[] = [];
    const add = async (name: string, folder: string) => {
      try {
        const card = await readEmulatorCard(folder);
        const failed = this.setAside.get(folder);
        if (failed?.version === card.version) problems.push({ folder: name, message: failed.reason });
        if (!cards.has(card.name)) cards.set(card.name, { folder, card });
      } catch (error) {
        problems.push({ folder: name, message: (error as Error).message });
      }
    };
    try {
      for (const { name, folder } of await this.trained()) await add(name, folder);
    } catch (error) {
      problems.push({ folder: 'the store', message: (error as Error).message });
    }
    for (const models of this.folders) {
      for (const name of await emulatorFolders(models)) await add(name, join(models, name));
    }
    return { cards, problems };
  }

  /** Those made by jobs, with their files on this machine. */
  private async trained(): Promise<{ name: string; folder: string }[]> {
    const { store, versions } = this;
    if (!store || !versions) return [];
    const { database } = await store.ready();
    const trained = await trainedEmulators(database);
    for (const { digest } of trained) await versions.fetch(database, digest);
    return trained.map(({ name, digest }) => ({ name, folder: versions.pathOf(digest) }));
  }

  /** @throws ApiError 404 listing the emulators known */
  async cardOf(name: string): Promise<{ folder: string; card: EmulatorCard }> {
    const { cards } = await this.list();
    const found = cards.get(name);
    if (found) return found;
    const known = [...cards.keys()].join(', ') || 'none';
    throw new ApiError(404, 'unknown_emulator', `there is no emulator ${quote(name)}; emulators: ${known}`);
  }

  /**
   * Lends an emulator, in its current version, for the duration of some work.
   *
   * @throws ApiError 404 if there is none; 422 with the reason if it is, or was found to be, damaged
   */
  async using<Result>(name: string, work: (emulator: Emulator) => Promise<Result>): Promise<Result> {
    const { folder, card } = await this.cardOf(name);
    const failed = this.setAside.get(folder);
    if (failed?.version === card.version) throw damaged(failed.reason);
    const before = this.loaded.get(folder);
    let loaded = before;
    if (loaded?.version !== card.version) {
      loaded = { version: card.version, emulator: this.load(folder), users: 0, replaced: false };
      this.loaded.set(folder, loaded);
      if (before) await this.retire(before);
    }
    loaded.users++;
    try {
      return await work(await loaded.emulator);
    } catch (error) {
      // Loading is tried again after a failure.
      const failed = await loaded.emulator.then(
        () => false,
        () => true,
      );
      if (failed && this.loaded.get(folder) === loaded) this.loaded.delete(folder);
      if (error instanceof BadModel) {
        this.setAside.set(folder, { version: card.version, reason: error.message });
      }
      if (error instanceof BadModel || error instanceof InputError) throw damaged(error.message);
      throw error;
    } finally {
      loaded.users--;
      if (loaded.replaced) await this.retire(loaded);
    }
  }

  async close(): Promise<void> {
    const all = [...this.loaded.values()];
    this.loaded.clear();
    await Promise.all(all.map((each) => this.retire(each)));
    this.sessions.close();
  }

  /**
   * Loads an emulator whose model runs in a process of its own, and tests that it answers.
   *
   * @throws InputError or BadModel as `Emulator` does; BadModel if its answers are not numbers
   */
  private async load(folder: string): Promise<Emulator> {
    const emulator = await Emulator.load(folder, (onnx, threads) => this.sessions.open(onnx, threads));
    try {
      const { inputs } = emulator.card;
      const middle = inputs.map(({ low, high, log }) => (log ? Math.sqrt(low * high) : (low + high) / 2));
      const answers = await emulator.emulate(Float64Array.from([...middle, ...middle]));
      if (Object.values(answers).every((values) => values.every(Number.isFinite))) return emulator;
      throw new BadModel('its answers in the middle of its ranges are not numbers');
    } catch (error) {
      await emulator.release();
      throw error;
    }
  }

  /** Frees a model once it has no users. */
  private async retire(loaded: Loaded): Promise<void> {
    loaded.replaced = true;
    if (loaded.users > 0) return;
    await loaded.emulator.then((emulator) => emulator.release()).catch(() => undefined);
  }
}

function damaged(reason: string): ApiError {
  return new ApiError(422, 'damaged_emulator', reason);
}
