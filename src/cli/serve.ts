import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import closeWithGrace from 'close-with-grace';
import type { Command } from 'commander';
import { defaultDataFolder } from '../data-folder.js';
import { InputError } from '../errors.js';
import { shippedModels } from '../predictors/model-folder.js';
import { integer } from './options.js';

interface ServeFlags {
  port: number;
  host: string;
  models: string;
  cache: number;
  data: string;
}

/** `tempograph serve`: the HTTP service and its page, until interrupted. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('answer latency queries over HTTP, with a page')
    .option('--port <n>', 'port; 0 takes a free one (default: PORT, else 8080)', integer('port'))
    .option('--host <address>', 'address to listen on; 0.0.0.0 for all', '127.0.0.1')
    .option('--models <folder>', 'folder of predictors', shippedModels)
    .option('--cache <n>', 'architectures per device whose latency is remembered', integer('cache'), 20_000)
    .option('--data <folder>', 'where measurements, model versions and jobs are kept', defaultDataFolder())
    .addHelpText(
      'after',
      `
Measurements, model versions and jobs are kept in an embedded database in --data, or in the PostgreSQL (14 or
later) that DATABASE_URL names; then --data is a folder that all servers share.

Examples:
  $ tempograph serve --port 9000
  $ curl -s localhost:9000/v1/devices`,
    )
    .action(serve);
}

async function serve({ port = portFromEnvironment(), host, models, cache, data }: ServeFlags): Promise<void> {
  // Commands that don't serve shouldn't wait for the web framework to load.
  const { buildApp } = await import('../../server/app.js');
  const app = await buildApp({
    models,
    cacheSize: cache,
    data: resolve(data),
    databaseUrl: process.env.DATABASE_URL || undefined,
  });
  closeWithGrace({ delay: 10_000 }, async ({ err }) => {
    if (err) app.log.error(err);
    await app.close();
  });
  try {
    await app.listen({ port, host });
  } catch (error) {
    await app.close();
    throw new InputError(`cannot listen on ${host}:${port}: ${(error as Error).message}`, {
      field: '--port',
    });
  }
  const { body } = await app.inject('/v1/devices');
  const { devices } = JSON.parse(body) as { devices: { id: string }[] };
  const served = devices.map(({ id }) => id).join(', ') || `none (there is no predictor in ${models})`;
  const url = `http://${host === '0.0.0.0' ? 'localhost' : host}:${(app.server.address() as AddressInfo).port}`;
  console.log(`tempograph: listening on ${url} · devices: ${served} · API: ${url}/docs`);
}

function portFromEnvironment(): number {
  return process.env.PORT ? integer('port')(process.env.PORT) : 8080;
}
