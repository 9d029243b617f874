import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegularFile } from '../../src/base/regular-file.js';
import type { Sql } from '../store/database.js';
import type { StoredFile } from '../store/stored-file.js';
import { digestOf, findFiles } from '../store/version-files.js';
import { predictorStamp } from './file-stamp.js';

/**
 * Copies of model versions on this machine's disk, each in a folder named by the digest of its files. Missing or damaged
 * ones are restored from the store.
 */
export class VersionFolder {
  /** Stamps of the files when they were found intact, by digest, to detect later changes. */
  private readonly whole = new Map<string, string>();

  constructor(readonly folder: string) {}

  pathOf(digest: string): string {
    return join(this.folder, digest);
  }

  /**
   * Makes sure that a version is present and intact.
   *
   * @returns false if it is not, and the store does not have its files either
   */
  async fetch(sql: Sql, digest: string): Promise<boolean> {
    const folder = this.pathOf(digest);
    const stamp = await predictorStamp(folder);
    if (this.whole.get(digest) === stamp) return true;
    if (await this.holds(digest)) {
      this.whole.set(digest, stamp);
      return true;
    }
    const files = await findFiles(sql, digest);
    if (digestOf(files) !== digest) return false;
    await this.write(digest, files);
    this.whole.set(digest, await predictorStamp(folder));
    return true;
  }

  private async holds(digest: string): Promise<boolean> {
    return digestOf(await filesIn(this.pathOf(digest)).catch(() => [])) === digest;
  }

  private async write(digest: string, files: readonly StoredFile[]): Promise<void> {
    const made = join(this.folder, `.${randomUUID()}`);
    await mkdir(made, { recursive: true });
    try {
      for (const { name, content } of files) await writeFile(join(made, name), content, { flush: true });
      await rm(this.pathOf(digest), { recursive: true, force: true });
      await rename(made, this.pathOf(digest));
    } catch (error) {
      await rm(made, { recursive: true, force: true });
      // Another process may have written the folder first.
      if (!(await this.holds(digest))) throw error;
    }
  }
}

export async function filesIn(folder: string): Promise<StoredFile[]> {
  const names = await readdir(folder);
  return Promise.all(
    names.map(async (name) => ({ name, content: await readRegularFile(join(folder, name)) })),
  );
}
