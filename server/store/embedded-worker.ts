// Runs PGlite in a thread of its own: PostgreSQL as WebAssembly computes in the calling thread, for seconds while it opens
// and for tens of milliseconds per query, during which no prediction would be answered.
import { existsSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { packageRoot } from '../../src/base/package-root.js';
import { DURABLE_PARAMETERS, syncFiles, syncForReal } from './durable-files.js';

export interface EmbeddedRequest {
  readonly id: number;
  readonly text: string;
  /** Without values the text may hold several statements. */
  readonly values?: readonly unknown[];
}

export type EmbeddedAnswer =
  | { readonly id: number; readonly rows: unknown[] }
  | { readonly id: number; readonly error: string; readonly code?: string };

/** An empty database, if the build has made one. */
const EMPTY = join(packageRoot, 'dist', 'empty-database');

const port = parentPort!;
const folder = workerData as string;

const database = await open();

port.on('message', async (request: EmbeddedRequest | 'close') => {
  if (request === 'close') {
    await database.close();
    port.close();
    return;
  }
  const { id, text, values } = request;
  try {
    const result = values ? await database.query(text, [...values]) : (await database.exec(text)).at(-1);
    port.postMessage({ id, rows: result?.rows ?? [] } satisfies EmbeddedAnswer);
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    port.postMessage({ id, error: message, code } satisfies EmbeddedAnswer);
  }
});
port.postMessage('open');

async function open(): Promise<PGlite> {
  const begun = Date.now();
  // A partly made database contains nothing, and is made again.
  const making = `${folder}.making`;
  if (existsSync(making)) await rm(folder, { recursive: true, force: true });
  if (!existsSync(folder)) {
    await writeFile(making, '');
    // Without an empty database to copy, a new one is made.
    if (existsSync(EMPTY)) {
      await cp(EMPTY, folder, { recursive: true }).catch(() => rm(folder, { recursive: true, force: true }));
    }
  } else if (!existsSync(join(folder, 'PG_VERSION'))) {
    // PGlite would otherwise create a new database here.
    throw new Error('it holds no PG_VERSION, so it is not a whole database');
  }
  try {
    const opened = await PGlite.create({ dataDir: folder, startParams: DURABLE_PARAMETERS });
    syncForReal(opened, folder);
    // Syncs copied files and those repaired after a crash; file systems round times down.
    await syncFiles(folder, begun - 2000);
    await rm(making, { force: true });
    return opened;
  } catch (error) {
    // PGlite sometimes throws values that are not errors.
    throw error instanceof Error ? error : new Error(JSON.stringify(error));
  }
}
