import { resolve } from 'node:path';
import type { Command } from 'commander';
import { defaultDataFolder } from '../src/base/data-folder.js';
import { orInterrupted } from './interruptible.js';
import { prepareOutput } from './output-file.js';
import { countBar } from './progress.js';

interface BackupFlags {
  out: string;
  data: string;
}

/** `tempograph backup`: everything the service keeps, in one file. */
export function registerBackup(command: Command): void {
  command
    .requiredOption('--out <file>', 'tar file to write; gzipped if its name ends in .gz')
    .option('--data <folder>', "the service's data folder", defaultDataFolder())
    .addHelpText(
      'after',
      `
The file holds the measurements, devices, model versions with their files, jobs, searches, spaces, keys (their hashes),
audit log and followed predictions as of one moment, and the accuracy tables and frontiers in --data. It does not hold
the predictors in --models: copy those yourself.

The store is the PostgreSQL that DATABASE_URL names, and services may keep running on it. Without DATABASE_URL it is the
embedded database in --data, which only one process at a time can open: stop the service first.

Examples:
  $ tempograph backup --out backup.tar
  $ DATABASE_URL=postgresql://db/tempograph tempograph backup --out "$(date +%F).tar.gz"`,
    )
    .action((flags: BackupFlags) => orInterrupted('nothing was written', (signal) => backup(flags, signal)));
}

async function backup({ out, data }: BackupFlags, signal: AbortSignal): Promise<void> {
  await prepareOutput(out, '--out');
  const { backUp } = await import('../server/backup/back-up.js');
  const bar = countBar('rows');
  const onRows = (done: number, total: number) => {
    signal.throwIfAborted();
    bar.update(done, total);
  };
  const place = { folder: resolve(data), databaseUrl: process.env.DATABASE_URL || undefined };
  const { tables, rows, files } = await backUp(place, out, onRows).finally(bar.stop);
  const count = rows.toLocaleString('en');
  console.log(`wrote ${out}: ${count} rows of ${tables} tables, ${files} files beside the store`);
}
