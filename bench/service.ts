import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import autocannon from 'autocannon';
import Table from 'cli-table3';
import { quantileSorted } from 'simple-statistics';
import { packageRoot } from '../src/package-root.js';
import { listModels, shippedModels } from '../src/predictors/model-folder.js';
import { Random } from '../src/random.js';
import { spaceNamed } from '../src/spaces/index.js';

const CONNECTIONS = 64;
const WARM_UP_SECONDS = 2;
const SECONDS = 5;
const LONE_QUERIES = 1000;

interface Server {
  readonly url: string;
  readonly process: ChildProcess;
}

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
 * (which is off), with a bare route that runs the model once per request beside it, and the cache's gain.
 */
export async function serviceBench(models = shippedModels): Promise<void> {
  const entries = (await listModels(models)).filter((entry) => 'card' in entry);
  const cells = entries.filter(({ card }) => card.space === 'nasbench201');
  const entry = cells.find(({ card }) => card.predictor === 'gcn') ?? cells[0];
  if (!entry) {
    console.log(`service: skipped, there is no predictor in ${models}`);
    return;
  }
  const { device, space, predictor } = entry.card;
  console.log(`HTTP service: ${predictor} for ${device}, cache off but in the last column`);
  const architectures = shuffledArchitectures(space);
  const commands = {
    tempograph: [cli, 'serve', '--port', '0', '--cache', '0', '--models', models],
    bare: [bareRoute, entry.folder],
    cached: [cli, 'serve', '--port', '0', '--models', models],
  };
  const ours = await measure(await start(commands.tempograph), device, architectures);
  const bare = await measure(await start(commands.bare), device, architectures);
  const cached = await measure(await start(commands.cached), device, architectures);
  print(ours, bare, cached);
}

const cli = join(packageRoot, 'scripts', 'tempograph.mjs');
const bareRoute = join(packageRoot, 'dist', 'bench', 'bare-route.js');

async function start(args: readonly string[]): Promise<Server> {
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const text of process_.stdout.iterator({ destroyOnReturn: false })) {
    output += text;
    const url = output.match(/listening on (http:\S+)/)?.[1];
    if (url) return { url, process: process_ };
  }
  throw new Error(`the server did not start: ${output}`);
}

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

/** Loads the server; each connection asks about architectures of its own. */
async function fire(
  url: string,
  device: string,
  architectures: readonly string[],
  perRequest: number,
  connections: number,
  seconds: number,
): Promise<autocannon.Result> {
  const bodies = Array.from({ length: Math.floor(architectures.length / perRequest) }, (_, i) =>
    JSON.stringify({ device, architectures: architectures.slice(i * perRequest, (i + 1) * perRequest) }),
  );
  const share = Math.floor(bodies.length / connections);
  let client = 0;
  const result = await autocannon({
    url: `${url}/v1/predict`,
    connections,
    duration: seconds,
    setupClient(connection) {
      const own = bodies.slice(client * share, (client + 1) * share);
      client++;
      connection.setRequests(
        own.map((body) => ({ method: 'POST', body, headers: { 'content-type': 'application/json' } })),
      );
    },
  });
  if (result.non2xx + result.errors > 0) {
    throw new Error(`${result.non2xx} requests were refused and ${result.errors} failed`);
  }
  return result;
}

/** Median time of queries one after another on one connection, ms. */
async function loneQueries(url: string, device: string, architectures: readonly string[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  for (const architecture of architectures.slice(0, LONE_QUERIES)) {
    const body = JSON.stringify({ device, architectures: [architecture] });
    const start = performance.now();
    await post(`${url}/v1/predict`, body, agent);
    times.push(performance.now() - start);
  }
  agent.destroy();
  times.sort((a, b) => a - b);
  return quantileSorted(times, 0.5);
}

function post(url: string, body: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', resolve);
    })
      .on('error', reject)
      .end(body);
  });
}

function shuffledArchitectures(spaceName: string): string[] {
  const space = spaceNamed(spaceName);
  const order = new Random(1).permutation(space.size);
  return Array.from(order, (index) => space.format(space.at(index)));
}

function print(ours: Measured, bare: Measured, cached: Measured): void {
  const table = new Table({
    head: ['', 'tempograph', 'bare route', 'ratio', 'wanted', 'cache on'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  const row = (name: string, key: keyof Measured, digits: number, wanted: string) => {
    const text = (value: number) =>
      value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
    table.push([
      name,
      text(ours[key]),
      text(bare[key]),
      (ours[key] / bare[key]).toFixed(2),
      wanted,
      text(cached[key]),
    ]);
  };
  row(`single queries/s, ${CONNECTIONS} connections`, 'singlesPerSecond', 0, '≥ 10,000');
  row('their p99, ms', 'singlesP99Ms', 1, '< 15');
  row('architectures/s, batches of 1,000', 'batchedPerSecond', 0, '≥ 80,000');
  row('lone query, p50, ms', 'loneP50Ms', 2, '< 1.5');
  console.log(table.toString());
}
