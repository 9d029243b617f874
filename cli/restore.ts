import { resolve } from 'node:path';
import type { Command } from 'commander';
import { defaultDataFolder } from '../src/base/data-folder.js';
import { orInterrupted } from './interruptible.js';
import { countBar } from './progress.js';

/** `tempograph restore`: fills a new store from a backup. */
export function registerRestore(command: Command): void {
  command
    .argument('<file>', 'a backup written by tempograph backup')
    .option(
      '--data <folder>',
      "a new or empty folder that becomes the service's data folder",
      defaultDataFolder(),
    )
    .addHelpText(
      'after',
      `
The store becomes the PostgreSQL that DATABASE_URL names, which must be empty, or without DATABASE_URL an embedded
database in --data. A backup of either can be restored to both. The whole file is checked first; if anything is wrong
with it, nothing is kept. A backup of an older version is brought up to date. Jobs that were running when it was made
wait for their next attempt.

Examples:
  $ tempograph restore backup.tar --data elsewhere && tempograph serve --data elsewhere
  $ DATABASE_URL=postgresql://db/new tempograph restore backup.tar`,
    )
    .action((file: string, { data }: { data: string }) =>
      orInterrupted('nothing was restored', (signal) => restoreFrom(file, data, signal)),
    );
}

async function restoreFrom(file: string, data: string, signal: AbortSignal): Promise<void> {
  const { restore } = await import('../server/backup/restore.js');
  const bar = countBar('rows');
  const onRows = (done: number, total: number) => {
    signal.throwIfAborted();
    bar.update(done, total);
  };
  const place = { folder: resolve(data), databaseUrl: process.env.DATABASE_URL || undefined };
  const { tables, rows, files } = await restore(place, file, onRows).finally(bar.stop);
  const count = rows.toLocaleString('en');
  const where = place.databaseUrl ? 'the PostgreSQL of DATABASE_URL' : place.folder;
  console.log(`restored ${count} rows of ${tables} tables, ${files} files beside the store, into ${where}`);
}
