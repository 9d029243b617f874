import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stampOf } from '../models/file-stamp.js';
import { findCheckpoint, keepCheckpoint } from '../store/checkpoint-files.js';
import type { JobRow } from '../store/jobs.js';
import type { OpenStore } from '../store/store.js';

/** How often to check the files for changes, ms. */
const LOOK_EVERY_MS = 1000;

/**
 * Keeps a job's checkpoint, which its process writes to files on this machine, in the store too, so that any machine can
 * continue the job.
 */
export class JobCheckpoint {
  /** Stamps of the files in the store, by name. */
  private kept = new Map<string, string>();

  /**
   * @param folder folder of the job's files
   * @param isPart whether a file in it belongs to the checkpoint
   * @param everyMs how often changes are saved
   */
  constructor(
    private readonly store: OpenStore,
    private readonly job: JobRow,
    private readonly folder: string,
    private readonly isPart: (name: string) => boolean,
    private readonly everyMs: number,
  ) {}

  /** Recreates the folder from the store: files left on this machine may be from an older attempt. */
  async restore(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder, { recursive: true });
    for (const { name, content } of await findCheckpoint(this.store.database, this.job.id)) {
      await writeFile(join(this.folder, name), content);
    }
    this.kept = await this.stamps();
  }

  /** Saves changes while the job's process runs. */
  async keepDuring<T>(work: Promise<T>): Promise<T> {
    let keeping: Promise<void> | undefined;
    const timer = setInterval(
      () => {
        // What cannot be saved now is saved next time; the runner ends an attempt that no longer counts.
        keeping ??= this.keepChanged()
          .catch(() => {})
          .finally(() => {
            keeping = undefined;
          });
      },
      Math.min(LOOK_EVERY_MS, this.everyMs),
    );
    try {
      return await work;
    } finally {
      clearInterval(timer);
      await keeping;
    }
  }

  private async keepChanged(): Promise<void> {
    const { database, queue } = this.store;
    const stamps = await this.stamps();
    const changed = [...stamps.keys()].filter((name) => stamps.get(name) !== this.kept.get(name));
    // A missing file is being replaced by one that may not exist yet.
    if (changed.length === 0) return;
    const files = await Promise.all(
      changed.map(async (name) => ({ name, content: await readFile(join(this.folder, name)) })),
    );
    await database.transaction(async (sql) => {
      await queue.assertCurrent(sql, this.job);
      await keepCheckpoint(sql, this.job.id, files, [...stamps.keys()]);
      await queue.recordProgress(sql, this.job);
    });
    this.kept = stamps;
  }

  private async stamps(): Promise<Map<string, string>> {
    const names = (await readdir(this.folder)).filter(this.isPart);
    const stamps = await Promise.all(names.map((name) => stampOf(join(this.folder, name))));
    // A file that has vanished meanwhile is being replaced.
    return new Map(names.flatMap((name, i) => (stamps[i] === undefined ? [] : [[name, stamps[i]]])));
  }
}
