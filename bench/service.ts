import { once } from 'node:events';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { quantileSorted } from 'simple-statistics';
import { plainTable } from '../cli/table.js';
import { packageRoot } from '../src/base/package-root.js';
import { listModels, shippedModels } from '../src/predictors/saved/model-folder.js';
import { mixedLoad } from './mixed-load.js';
import type { BenchOptions } from './pieces.js';
import { cli, fire, type Server, sendPost, shuffledArchitectures, start } from './service-client.js';
import { onEmbeddedStore, whileTraining } from './service-load.js';

const CONNECTIONS = 64;
const WARM_UP_SECONDS = 2;
const SECONDS = 5;
const LONE_QUERIES = 1000;
const LOAD_SECONDS = 60;

interface Measured {
  /** Requests with one architecture each, 64 connections. */
  readonly singlesPerSecond: number;
  readonly singlesP99Ms: number;
  /** Architectures in requests of 1,000, 4 connections. */
  readonly batchedPerSecond: number;
  /** A query alone on an idle server. */
  readonly loneP50Ms: number;
}

/**
 * Measures the service over loopback, client and server on the same cores, every query missing the cache
 * (which is off), with a bare route that runs the model once per request beside it, and the cache's gain. Then what is
 * left of single queries while a training runs, and whether a service under mixed load makes mistakes or grows, on the
 * embedded store. `only` names parts: queries, training, load.
 */
export async function serviceBench(
  { only, seconds = LOAD_SECONDS }: BenchOptions,
  models = shippedModels,
): Promise<void> {
  const entries = (await listModels(models)).filter((entry) => 'card' in entry);
  const cells = entries.filter(({ card }) => card.space === 'nasbench201');
  const entry = cells.find(({ card }) => card.predictor === 'gcn') ?? cells[0];
  if (!entry) {
    console.log(`service: skipped, there is no predictor in ${models}`);
    return;
  }
  const { device, space, predictor } = entry.card;
  console.log(`HTTP service: ${predictor} for ${device}, cache off except in the last column`);
  const isWanted = (part: string) => !only || only.includes(part);
  const architectures = shuffledArchitectures(space);
  const commands = {
    tempograph: [cli, 'serve', '--port', '0', '--cache', '0', '--models', models],
    bare: [bareRoute, entry.folder],
    cached: [cli, 'serve', '--port', '0', '--models', models],
  };
  if (isWanted('queries')) {
    const ours = await measure(await start(commands.tempograph), device, architectures);
    const bare = await measure(await start(commands.bare), device, architectures);
    const cached = await measure(await start(commands.cached), device, architectures);
    print(ours, bare, cached);
  }
  const asked = { device, space, architectures };
  if (isWanted('training')) await onEmbeddedStore(models, (server) => whileTraining(server, asked));
  if (isWanted('load')) await onEmbeddedStore(models, (server) => mixedLoad(server, asked, seconds));
}

const bareRoute = join(packageRoot, 'dist', 'bench', 'bare-route.js');

async function measure(server: Server, device: string, architectures: readonly string[]): Promise<Measured> {
  try {
    const loneP50Ms = await loneQueries(server.url, device, architectures);
    await fire(server.url, device, architectures, 1, CONNECTIONS, WARM_UP_SECONDS);
    const singles = await fire(server.url, device, architectures, 1, CONNECTIONS, SECONDS);
    const batches = await fire(server.url, device, architectures, 1000, 4, SECONDS);
    return {
      singlesPerSecond: singles.requests.average,
      singlesP99Ms: singles.latency.p99,
      batchedPerSecond: 1000 * batches.requests.average,
      loneP50Ms,
    };
  } finally {
    server.process.kill();
    await once(server.process, 'exit');
  }
}

/** Median time of queries one after another on one connection, ms. */
async function loneQueries(url: string, device: string, architectures: readonly string[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  for (const architecture of architectures.slice(0, LONE_QUERIES)) {
    const body = JSON.stringify({ device, architectures: [architecture] });
    const start = performance.now();
    await sendPost(`${url}/v1/predict`, body, agent);
    times.push(performance.now() - start);
  }
  agent.destroy();
  times.sort((a, b) => a - b);
  return quantileSorted(times, 0.5);
}

function print(ours: Measured, bare: Measured, cached: Measured): void {
  const table = plainTable(['', 'tempograph', 'bare route', 'ratio', 'target', 'cache on'], {
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
  });
  const row = (name: string, key: keyof Measured, digits: number, target: string) => {
    const text = (value: number) =>
      value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
    table.push([
      name,
      text(ours[key]),
      text(bare[key]),
      (ours[key] / bare[key]).toFixed(2),
      target,
      text(cached[key]),
    ]);
  };
  row(`single queries/s, ${CONNECTIONS} connections`, 'singlesPerSecond', 0, '≥ 10,000');
  row('p99 of these, ms', 'singlesP99Ms', 1, '< 15');
  row('architectures/s, batches of 1,000', 'batchedPerSecond', 0, '≥ 80,000');
  row('one query at a time, p50, ms', 'loneP50Ms', 2, '< 1.5');
  console.log(table.toString());
}
