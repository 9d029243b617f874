import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { dataPaths } from '../../src/base/data-folder.js';
import { quote } from '../../src/base/errors.js';
import { readRegularFile } from '../../src/base/regular-file.js';
import { followSpaceFolder, spaceProblem } from '../../src/spaces/declared/space-files.js';
import { diskFullOr } from '../store/disk-space.js';
import { currentSpaces } from '../store/spaces.js';
import type { OpenStore, Store } from '../store/store.js';

/** How often to look for uploads to other servers, ms. */
const LOOK_EVERY_MS = 2000;

/**
 * Keeps a folder with the files of the uploaded spaces in the store, from which this process, its threads and its jobs
 * read them.
 */
export class StoredSpaces {
  private readonly folder: string;
  private timer: NodeJS.Timeout | undefined;
  private syncing: Promise<void> = Promise.resolve();
  /** Problems of spaces that are no longer valid; each is reported once. */
  private readonly told = new Set<string>();

  constructor(
    store: Store,
    private readonly onProblem: (message: string) => void,
  ) {
    this.folder = dataPaths(store.folder).spaces;
    followSpaceFolder(this.folder);
    store.onOpen((open) => {
      const look = () => this.sync(open).catch((error: Error) => onProblem(error.message));
      clearInterval(this.timer);
      this.timer = setInterval(look, LOOK_EVERY_MS);
      this.timer.unref();
      return look();
    });
  }

  /**
   * Resolves when this process knows the spaces in the store.
   *
   * @throws DiskFull if a file cannot be written
   */
  sync(open: OpenStore): Promise<void> {
    this.syncing = this.syncing
      .catch(() => {})
      .then(() => this.write(open))
      .catch((error) => {
        throw diskFullOr(error, this.folder);
      });
    return this.syncing;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.syncing.catch(() => {});
  }

  /** Reports a space that an earlier version accepted but that breaks a newer rule. */
  private tellProblem(name: string): void {
    const problem = spaceProblem(name)?.message;
    if (problem === undefined || this.told.has(problem)) return;
    this.told.add(problem);
    this.onProblem(`the uploaded space ${quote(name)} cannot be used: ${problem}`);
  }

  private async write({ database }: OpenStore): Promise<void> {
    const wanted = new Map((await currentSpaces(database)).map(({ name, file }) => [`${name}.json`, file]));
    if (wanted.size > 0) await mkdir(this.folder, { recursive: true });
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (name.endsWith('.json') && !wanted.has(name)) await rm(join(this.folder, name), { force: true });
    }
    for (const [name, file] of wanted) {
      const path = join(this.folder, name);
      const text = JSON.stringify(file);
      const kept = await readRegularFile(path).catch(() => undefined);
      if (kept?.toString('utf8') !== text) await writeFileAtomic(path, text);
    }
    for (const file of wanted.keys()) this.tellProblem(file.slice(0, -'.json'.length));
  }
}
