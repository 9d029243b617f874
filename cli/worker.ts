import { resolve } from 'node:path';
import closeWithGrace from 'close-with-grace';
import type { Command } from 'commander';
import { defaultDataFolder } from '../src/base/data-folder.js';
import { InputError } from '../src/base/errors.js';
import { shippedModels } from '../src/predictors/saved/model-folder.js';
import { integer } from './options.js';

interface WorkerFlags {
  models: string;
  data: string;
  threads?: number;
}

/** `tempograph worker`: runs the jobs of services on a shared PostgreSQL, until interrupted. */
export function registerWorker(command: Command): void {
  command
    .option('--models <folder>', 'folder of predictors, the same that the services have', shippedModels)
    .option('--data <folder>', 'for files of running jobs; shared with nobody', defaultDataFolder())
    .option('--threads <n>', 'of a training (default: all cores)', integer('threads', 1))
    .addHelpText(
      'after',
      `
DATABASE_URL names the PostgreSQL (14 or later). Any number of workers, on any machines, take jobs, one of each
kind at a time. A job whose worker is killed goes to another within half a minute, which continues where the store says
the first was: after the last kept half minute of a training, the last trial of an evaluation, the last network of a
search. After five attempts without progress it is given up. A worker that is stopped (Ctrl-C, SIGTERM) gives its
jobs back at once. Services with --no-jobs leave all jobs to workers. Traces of jobs are sent where
OTEL_EXPORTER_OTLP_ENDPOINT says, as by tempograph serve.

Example:
  $ DATABASE_URL=postgresql://tempograph@db/tempograph tempograph worker`,
    )
    .action(work);
}

async function work({ models, data, threads }: WorkerFlags): Promise<void> {
  const databaseUrl = process.env.DATABASE_URL;
  if (!databaseUrl) {
    throw new InputError(
      'name the PostgreSQL of the services; a service on an embedded store runs its jobs itself',
      {
        field: 'DATABASE_URL',
      },
    );
  }
  const { startWorker } = await import('../server/worker.js');
  const { startTracing } = await import('../server/tracing/start.js');
  const tracing = await startTracing((why) => console.error(`tempograph: ${why}`));
  const worker = startWorker({
    models,
    data: resolve(data),
    databaseUrl,
    threads,
    onProblem: (problem) => console.error(`tempograph: ${problem}`),
  });
  closeWithGrace({ delay: 10_000 }, async ({ err }) => {
    if (err) console.error(err);
    await worker.close();
    await tracing?.stop();
  });
  console.log('tempograph: worker waits for jobs');
}
