import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { mean, median } from 'simple-statistics';
import { cli, fire, post, type Server, send, start } from './service-client.js';

const CONNECTIONS = 64;
const PHASE_SECONDS = 5;
const TURNS = 5;
/** Before the mixed load is counted; the memory of a server that has just begun to be busy still grows. */
const WARM_UP_SECONDS = 20;
/** Measured by the benchmark itself. */
const BOARD = 'bench';

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
  await post(`${url}/v1/devices/${BOARD}/measurements`, uploadOf(space, 'all', architectures.slice(0, 600)));
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
    `single queries on the embedded store, medians of ${TURNS} turns: ${text(alone)} alone, ${text(beside)} beside a ` +
      `training: ${median(shares).toFixed(0)} % are left (${shares.map((share) => share.toFixed(0)).join(', ')}; wanted: ≥ 60)`,
  );
}

/** Begins a training that lasts. @returns stops it; throws if it has not lasted until then */
async function startTraining(url: string): Promise<() => Promise<void>> {
  const request = JSON.stringify({ epochs: 10_000 });
  const { id } = JSON.parse(await post(`${url}/v1/devices/${BOARD}/train`, request)) as { id: string };
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

/** Queries, batches, uploads and looks at measurements and jobs, all at the same time; counts what goes wrong. */
export async function mixedLoad(
  server: Server,
  { device, space, architectures }: Asked,
  seconds: number,
): Promise<void> {
  const { url } = server;
  await post(`${url}/v1/devices/${BOARD}/measurements`, uploadOf(space, 'first', architectures.slice(0, 20)));
  const agent = new Agent({ keepAlive: true });
  const counts: Record<string, number> = { queries: 0, batches: 0, uploads: 0, lists: 0 };
  const errors = new Map<string, number>();
  const end = performance.now() + 1000 * (WARM_UP_SECONDS + seconds);
  let next = 0;
  const some = (count: number) => {
    next = (next + count) % (architectures.length - count);
    return architectures.slice(next, next + count);
  };
  const predict = (count: number) =>
    post(`${url}/v1/predict`, JSON.stringify({ device, architectures: some(count) }), agent);
  const repeat = async (what: string, pauseMs: number, work: (k: number) => Promise<unknown>) => {
    for (let k = 0; performance.now() < end; k++) {
      try {
        await work(k);
        counts[what]++;
      } catch (error) {
        const message = `${what}: ${(error as Error).message}`;
        errors.set(message, (errors.get(message) ?? 0) + 1);
      }
      if (pauseMs > 0) await sleep(pauseMs);
    }
  };
  const loads = [
    ...Array.from({ length: 16 }, () => repeat('queries', 0, () => predict(1))),
    repeat('batches', 50, () => predict(1000)),
    repeat('uploads', 500, (k) =>
      post(`${url}/v1/devices/${BOARD}/measurements`, uploadOf(space, `mixed ${k}`, some(20)), agent),
    ),
    repeat('lists', 250, async () => {
      await send('GET', `${url}/v1/jobs`, '', agent);
      await send('GET', `${url}/v1/devices/${BOARD}/measurements?limit=100`, '', agent);
    }),
  ];
  await sleep(1000 * WARM_UP_SECONDS);
  for (const what of Object.keys(counts)) counts[what] = 0;
  const memoryMb = [await residentMb(url)];
  while (performance.now() < end - 1000) {
    await sleep(1000);
    memoryMb.push(await residentMb(url));
  }
  await Promise.all(loads);
  agent.destroy();
  // Means, as garbage comes and goes.
  const tenth = Math.ceil(memoryMb.length / 10);
  const [first, last] = [mean(memoryMb.slice(0, tenth)), mean(memoryMb.slice(-tenth))];
  const done = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  const failed = [...errors.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `mixed load on the embedded store, ${seconds} s after a warm-up of ${WARM_UP_SECONDS} s: ${done.join(', ')}; ` +
      `${failed} errors (wanted: 0); memory ${first.toFixed(0)} MB in the first tenth, ${last.toFixed(0)} MB in the ` +
      `last (${(100 * (last / first - 1)).toFixed(1)} %, wanted: ±10 %), at most ${Math.max(...memoryMb).toFixed(0)} MB`,
  );
  for (const [message, count] of errors) console.log(`${count} × ${message}`);
}

/** Resident memory of the service, store included, MB. */
async function residentMb(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(text.match(/^process_resident_memory_bytes (\S+)$/m)![1]) / 1e6;
}

/** Latencies that a GCN has something to learn from: a millisecond, and one more per convolution of 3×3. */
function uploadOf(space: string, key: string, architectures: readonly string[]): string {
  const measurements = architectures.map((architecture) => ({
    architecture,
    latencyMs: 1 + architecture.split('3x3').length,
  }));
  return JSON.stringify({ key, space, measurements });
}
