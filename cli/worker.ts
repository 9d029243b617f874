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

/** `tempograph worker`: runs the jobs of services on a shared PostgreSQL until interrupted. */
export function registerWorker(command: Command): void {
  command
    .option('--models <folder>', 'folder of predictors, the same as that of the services', shippedModels)
    .option('--data <folder>', 'folder for files of running jobs; must not be shared', defaultDataFolder())
    .option('--threads <n>', 'threads of a training (default: all cores)', integer('threads', 1))
    .addHelpText(
      'after',
      `
DATABASE_URL names the PostgreSQL (14 or later). Any number of workers on any machines take jobs, each worker one of each
kind at a time. If a worker is killed, its job goes to another within half a minute, which continues from the progress in
the store: a training from a checkpoint made every half minute, an evaluation after its last trial, a search after its
last network. A job is given up after five attempts without progress. A worker that is stopped (Ctrl-C, SIGTERM) gives
its jobs back at once. Services with --no-jobs leave all jobs to workers. Traces of jobs are sent to
OTEL_EXPORTER_OTLP_ENDPOINT, as by tempograph serve.

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
  console.log('tempograph: worker is waiting for jobs');
}
