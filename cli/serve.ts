import { lookup } from 'node:dns/promises';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import closeWithGrace from 'close-with-grace';
import type { Command } from 'commander';
import { defaultDataFolder } from '../src/base/data-folder.js';
import { InputError } from '../src/base/errors.js';
import { isLoopback } from '../src/base/loopback.js';
import { shippedModels } from '../src/predictors/saved/model-folder.js';
import { spaceNamed } from '../src/spaces/registry.js';
import { endWithNpm } from './npm-script.js';
import { integer } from './options.js';

/** Requests a key may send per second if other machines can reach the service. */
const REQUESTS_PER_SECOND = 1000;

interface ServeFlags {
  port: number;
  host: string;
  models: string;
  space: string[];
  cache: number;
  data: string;
  jobs: boolean;
  requireKeys?: boolean;
  rateLimit?: number;
  trustProxy?: string;
}

/** `tempograph serve`: runs the HTTP service and its page until interrupted. */
export function registerServe(command: Command): void {
  command
    .option('--port <n>', 'port; 0 for any free one (default: PORT, otherwise 8080)', integer('port'))
    .option('--host <address>', 'address to listen on; 0.0.0.0 for all', '127.0.0.1')
    .option('--models <folder>', 'folder of predictors', shippedModels)
    .option(
      '--space <file...>',
      'files of your own search spaces that devices may be measured in: ./my-space.json',
      [],
    )
    .option('--cache <n>', 'architectures per device whose predictions are cached', integer('cache'), 20_000)
    .option('--data <folder>', 'folder for measurements, model versions and jobs', defaultDataFolder())
    .option('--no-jobs', 'run no jobs here; leave them to tempograph worker on the same PostgreSQL')
    .option('--require-keys', 'require API keys on this machine’s own address too')
    .option(
      '--rate-limit <n>',
      `requests per second that a key may send to this server (each server counts its own); 0 for no limit (default: 0 on this machine's own address, otherwise ${REQUESTS_PER_SECOND})`,
      integer('rate-limit'),
    )
    .option(
      '--trust-proxy <addresses>',
      'proxies whose X-Forwarded-For is trusted, separated by commas: addresses, networks, loopback, uniquelocal',
    )
    .addHelpText(
      'after',
      `
Measurements, model versions and jobs are kept in an embedded database in --data, or in the PostgreSQL (14 or later) that
DATABASE_URL names, which any number of servers and workers may share. In that case --data holds only copies.

On any address except this machine's own (localhost) every request needs an API key, and the service does not start until
there is a key with the role admin: see tempograph keys --help. TEMPOGRAPH_ADMIN_KEY sets one, which suits containers.
Without keys the service answers only requests for localhost, a loopback address or the name in --host, and refuses
changes that pages of other sites ask for through a browser on this machine.

To send traces of requests, queries and jobs to an OpenTelemetry collector, name it in OTEL_EXPORTER_OTLP_ENDPOINT
(http://localhost:4318). OpenTelemetry's other variables, such as OTEL_TRACES_SAMPLER, apply too. Traces need packages
that \`npm run tracing\` installs.

Examples:
  $ tempograph serve --port 9000
  $ curl -s localhost:9000/v1/devices`,
    )
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  const { port = portFromEnvironment(), host, models, cache, data } = flags;
  const databaseUrl = process.env.DATABASE_URL || undefined;
  if (!flags.jobs && !databaseUrl) {
    throw new InputError('without DATABASE_URL nothing else can run the jobs', { field: '--no-jobs' });
  }
  for (const file of flags.space) spaceNamed(file);
  const ownOnly = await isOwnAddress(host);
  if (!databaseUrl) await mustHaveFolder(resolve(data));
  // Other commands shouldn't wait for the web framework to load.
  const { buildApp } = await import('../server/app.js');
  const { startTracing } = await import('../server/tracing/start.js');
  const app = await buildApp({
    tracing: await startTracing((why) => console.error(`tempograph: ${why}`)),
    models,
    cacheSize: cache,
    data: resolve(data),
    databaseUrl,
    runJobs: flags.jobs,
    requireKeys: flags.requireKeys || !ownOnly,
    host,
    adminKey: process.env.TEMPOGRAPH_ADMIN_KEY || undefined,
    trustProxy: flags.trustProxy,
    warm: true,
    requestsPerSecond: flags.rateLimit ?? (ownOnly ? 0 : REQUESTS_PER_SECOND),
  }).catch((error: Error) => {
    if (!/^invalid (IP address|range)/.test(error.message)) throw error;
    throw new InputError(error.message, { field: '--trust-proxy' });
  });
  try {
    await app.listen({ port, host });
  } catch (error) {
    await app.close();
    throw new InputError(`cannot listen on ${host}:${port}: ${(error as Error).message}`, {
      field: '--port',
    });
  }
  // Not earlier: if listening fails the process ends by itself, and these handlers would make that a success.
  closeWithGrace({ delay: 10_000 }, async ({ err }) => {
    if (err) app.log.error(err);
    await app.close();
  });
  endWithNpm();
  const served = app.servedDevices().join(', ') || `none (there is no predictor in ${models})`;
  const name =
    { '0.0.0.0': 'localhost', '::': 'localhost' }[host] ?? (host.includes(':') ? `[${host}]` : host);
  const url = `http://${name}:${(app.server.address() as AddressInfo).port}`;
  console.log(`tempograph: listening on ${url} · devices: ${served} · API: ${url}/docs`);
}

/** Refuses a data folder that another process has open: the service could only answer predictions. */
async function mustHaveFolder(data: string): Promise<void> {
  const { FolderTaken, mustBeFree } = await import('../server/store/folder-lock.js');
  await mustBeFree(data).catch((error) => {
    throw error instanceof FolderTaken ? new InputError(error.message, { field: '--data' }) : error;
  });
}

/** Whether only this machine can reach a service that listens on a host. */
async function isOwnAddress(host: string): Promise<boolean> {
  const addresses = await lookup(host, { all: true }).catch(() => []);
  return addresses.length > 0 && addresses.every(({ address }) => isLoopback(address));
}

function portFromEnvironment(): number {
  return process.env.PORT ? integer('port')(process.env.PORT) : 8080;
}
