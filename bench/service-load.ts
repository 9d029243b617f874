import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from 'simple-statistics';
import { cli, fire, type Server, send, sendPost, start } from './service-client.js';

const CONNECTIONS = 64;
const PHASE_SECONDS = 5;
const TURNS = 5;
/** Measured by the benchmark itself. */
export const BOARD = 'bench';

/** What is asked: about networks of a space, on a device that is served. */
export interface Asked {
  readonly device: string;
  readonly space: string;
  readonly architectures: readonly string[];
}

/** Runs something with a service on an embedded store of its own, which is ready; its cache is off. */
export async function onEmbeddedStore(
  models: string,
  body: (server: Server) => Promise<void>,
): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'tempograph-load-'));
  const server = await start([
    cli,
    'serve',
    '--port',
    '0',
    '--cache',
    '0',
    '--models',
    models,
    '--data',
    data,
  ]);
  try {
    await storeIsOpen(server);
    await body(server);
  } finally {
    server.process.kill();
    await once(server.process, 'exit');
    await rm(data, { recursive: true, force: true });
  }
}

async function storeIsOpen({ url }: Server): Promise<void> {
  for (;;) {
    const { store } = (await (await fetch(`${url}/readyz`)).json()) as { store: { state: string } };
    if (store.state === 'ready') return;
    if (store.state === 'failed') throw new Error('the store cannot be opened');
    await sleep(200);
  }
}

/** Single queries without and with a training on the same cores, by turns, and what share of them is left. */
export async function whileTraining({ url }: Server, { device, space, architectures }: Asked): Promise<void> {
  const singles = async () => {
    const { requests, latency } = await fire(url, device, architectures, 1, CONNECTIONS, PHASE_SECONDS);
    return { perSecond: requests.average, p99Ms: latency.p99 };
  };
  await sendPost(
    `${url}/v1/devices/${BOARD}/measurements`,
    uploadOf(space, 'all', architectures.slice(0, 600)),
  );
  await singles();
  const [alone, beside]: Awaited<ReturnType<typeof singles>>[][] = [[], []];
  for (let turn = 0; turn < TURNS; turn++) {
    alone.push(await singles());
    const stop = await startTraining(url);
    beside.push(await singles());
    await stop();
  }
  const middle = (phases: typeof alone, key: keyof (typeof alone)[0]) =>
    median(phases.map((phase) => phase[key]));
  const text = (phases: typeof alone) =>
    `${Math.round(middle(phases, 'perSecond'))}/s (p99 ${middle(phases, 'p99Ms')} ms)`;
  const shares = alone.map(({ perSecond }, turn) => (100 * beside[turn].perSecond) / perSecond);
  console.log(
    `Single queries on the embedded store, medians of ${TURNS} turns: ${text(alone)} alone, ${text(beside)} during a ` +
      `training: ${median(shares).toFixed(0)} % of the rate (${shares.map((share) => share.toFixed(0)).join(', ')}; target: ≥ 60)`,
  );
}

/** Begins a training that lasts. @returns stops it; throws if it has not lasted until then */
async function startTraining(url: string): Promise<() => Promise<void>> {
  const request = JSON.stringify({ epochs: 10_000 });
  const { id } = JSON.parse(await sendPost(`${url}/v1/devices/${BOARD}/train`, request)) as { id: string };
  const jobNow = async () => {
    const job = await send('GET', `${url}/v1/jobs/${id}`, '');
    return JSON.parse(job) as { state: string; progress: unknown; error: string | null };
  };
  let now = await jobNow();
  while (now.state === 'queued' || (now.state === 'running' && now.progress === null)) {
    await sleep(200);
    now = await jobNow();
  }
  return async () => {
    const { state, error } = await jobNow();
    if (state !== 'running')
      throw new Error(`the training was to run all the while, and is ${state} (${error})`);
    await send('DELETE', `${url}/v1/jobs/${id}`, '');
    await sleep(1000);
  };
}

/** Latencies that a GCN has something to learn from: a millisecond, and one more per convolution of 3×3. */
export function uploadOf(space: string, key: string, architectures: readonly string[]): string {
  const measurements = architectures.map((architecture) => ({
    architecture,
    latencyMs: 1 + architecture.split('3x3').length,
  }));
  return JSON.stringify({ key, space, measurements });
}
