import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { dataPaths } from '../../src/base/data-folder.js';
import { diskFullOr } from '../store/disk-space.js';
import type { OpenStore, Store } from '../store/store.js';
import { promotedDigests } from '../store/versions.js';
import { type ModelFolder, servedName } from './model-folder.js';
import { VersionFolder } from './version-folder.js';

/** How often to check for promotions by other processes, and for missing or damaged files, ms. */
const LOOK_EVERY_MS = 2000;

/**
 * Keeps a folder of links, one per device and metric, to the promoted versions in the store. Models are served from these
 * links, so a service that has just started, or cannot open its store, serves what was promoted last. Links are replaced
 * by renaming, so a link always leads to a complete version.
 */
export class PromotedModels {
  private timer: NodeJS.Timeout | undefined;
  private syncing: Promise<void> = Promise.resolve();
  private readonly serving: string;
  private readonly versions: VersionFolder;
  /** The promotions loaded. */
  private linked: string | undefined;

  constructor(
    store: Store,
    private readonly models: ModelFolder,
    private readonly onProblem: (message: string) => void,
  ) {
    const { serving, versions } = dataPaths(store.folder);
    this.serving = serving;
    this.versions = new VersionFolder(versions);
    store.onOpen((open) => {
      const look = () => this.sync(open).catch((error: Error) => this.onProblem(error.message));
      look();
      clearInterval(this.timer);
      this.timer = setInterval(look, LOOK_EVERY_MS);
      this.timer.unref();
    });
  }

  /**
   * Resolves when the versions promoted in the store are served.
   *
   * @throws DiskFull if a version's files cannot be written; the previous version keeps serving
   */
  sync(open: OpenStore): Promise<void> {
    this.syncing = this.syncing
      .catch(() => {})
      .then(() => this.relink(open))
      .catch((error) => {
        throw diskFullOr(error, this.versions.folder);
      });
    return this.syncing;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.syncing.catch(() => {});
  }

  private async relink({ database }: OpenStore): Promise<void> {
    const { serving, versions } = this;
    const wanted = new Map(
      (await promotedDigests(database)).map(({ device, metric, digest }) => [
        linkName(device, metric),
        digest,
      ]),
    );
    await mkdir(serving, { recursive: true });
    for (const name of await readdir(serving)) {
      if (wanted.has(name)) continue;
      await rm(join(serving, name), { force: true });
    }
    const missing: string[] = [];
    for (const [name, digest] of wanted) {
      if (!(await versions.fetch(database, digest))) missing.push(`${name} (${versions.pathOf(digest)})`);
      const [link, target] = [join(serving, name), versions.pathOf(digest)];
      if ((await readlink(link).catch(() => undefined)) === target) continue;
      const made = join(serving, `.${randomUUID()}`);
      await symlink(target, made, 'junction');
      await rename(made, link);
    }
    if (missing.length > 0) {
      this.onProblem(
        `promoted versions are damaged or missing, and the store does not have their files either: ${missing.join(', ')}; put the folders back, promote other versions, or roll back`,
      );
    }
    // Another server may have made the links, so they do not tell what this one has loaded.
    const linked = JSON.stringify([...wanted].sort());
    if (linked !== this.linked) await this.models.refresh();
    this.linked = linked;
  }
}

/** `board`, `board@energy`, `board@co2%3Ag`: devices have no `@` in their names, and units may have a slash. */
function linkName(device: string, metric: string): string {
  return servedName(device, encodeURIComponent(metric));
}
