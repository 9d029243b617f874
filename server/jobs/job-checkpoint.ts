import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stampOf } from '../models/file-stamp.js';
import { findCheckpoint, keepCheckpoint } from '../store/checkpoint-files.js';
import type { JobRow } from '../store/jobs.js';
import type { OpenStore } from '../store/store.js';

/** How often the files are looked at if they are written less often, ms. */
const LOOK_EVERY_MS = 1000;

/**
 * A job's checkpoint, which its process writes to files of this machine: kept in the store, so that whoever takes the
 * job over goes on from it.
 */
export class JobCheckpoint {
  /** Stamps of the files that are in the store, by name. */
  private kept = new Map<string, string>();

  /**
   * @param folder of the job's files
   * @param isPart which names in it are the checkpoint's
   * @param everyMs how often they are written
   */
  constructor(
    private readonly store: OpenStore,
    private readonly job: JobRow,
    private readonly folder: string,
    private readonly isPart: (name: string) => boolean,
    private readonly everyMs: number,
  ) {}

  /** Makes the folder anew with what is in the store: what is left on this machine may be an older attempt's. */
  async restore(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder, { recursive: true });
    for (const { name, content } of await findCheckpoint(this.store.database, this.job.id)) {
      await writeFile(join(this.folder, name), content);
    }
    this.kept = await this.stamps();
  }

  /** Keeps what changes while the job's process runs. */
  async keepDuring<T>(work: Promise<T>): Promise<T> {
    let keeping: Promise<void> | undefined;
    const timer = setInterval(
      () => {
        // What the store cannot take now it gets the next time; an attempt that no longer counts is ended by its runner.
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
    // Of a file that is gone the next takes the place, which may not be there yet.
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
    // One that is gone meanwhile is replaced by another.
    return new Map(names.flatMap((name, i) => (stamps[i] === undefined ? [] : [[name, stamps[i]]])));
  }
}
