import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelCard } from '../src/predictors/card.js';
import { cli, fire, post, type Server, shuffledArchitectures, start } from './service-client.js';

const CONNECTIONS = 64;
const PHASE_SECONDS = 5;
const DEFAULT_SECONDS = 60;
/** Of the mixed load; the memory of a server that has just begun to be busy still grows. */
const WARM_UP_SECONDS = 10;
const DEVICE = 'bench';

/**
 * Measures what is left of single queries while a training runs, on the embedded store and the same cores, and whether
 * a service under mixed load makes mistakes or grows.
 *
 * @param seconds of the mixed load
 */
export async function loadBench(
  models: string,
  { device, space }: Pick<ModelCard, 'device' | 'space'>,
  seconds = DEFAULT_SECONDS,
): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'tempograph-load-'));
  const args = [cli, 'serve', '--port', '0', '--cache', '0', '--models', models, '--data', data];
  const server = await start(args);
  try {
    await storeIsOpen(server);
    const architectures = shuffledArchitectures(space);
    await whileTraining(server, device, space, architectures);
    await mixedLoad(server, device, space, architectures, seconds);
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

async function whileTraining(
  { url }: Server,
  device: string,
  space: string,
  architectures: readonly string[],
): Promise<void> {
  const singles = async () => {
    const { requests, latency } = await fire(url, device, architectures, 1, CONNECTIONS, PHASE_SECONDS);
    return { perSecond: requests.average, p99Ms: latency.p99 };
  };
  await post(`${url}/v1/devices/${DEVICE}/measurements`, uploadOf(space, 'all', architectures.slice(0, 600)));
  await singles();
  const before = await singles();
  const job = JSON.parse(
    await post(`${url}/v1/devices/${DEVICE}/train`, JSON.stringify({ epochs: 10_000 })),
  ) as { id: string };
  const stateOf = async () => {
    const answer = await fetch(`${url}/v1/jobs/${job.id}`);
    return (await answer.json()) as { state: string; progress: unknown; error: string | null };
  };
  let now = await stateOf();
  while (now.state === 'queued' || (now.state === 'running' && now.progress === null)) {
    await sleep(200);
    now = await stateOf();
  }
  const during = await singles();
  const { state, error } = await stateOf();
  if (state !== 'running') throw new Error(`the training was to run all the while, and is ${state} ${error}`);
  await post(`${url}/v1/jobs/${job.id}/cancel`, '{}');
  await sleep(1000);
  const after = await singles();
  const ratio = (2 * during.perSecond) / (before.perSecond + after.perSecond);
  const text = ({ perSecond, p99Ms }: typeof before) => `${Math.round(perSecond)}/s (p99 ${p99Ms} ms)`;
  console.log(
    `single queries, embedded store: ${text(before)} before, ${text(during)} during, ${text(after)} after a training: ` +
      `${(100 * ratio).toFixed(0)} % are left (wanted: ≥ 60 %)`,
  );
}

/** Queries, batches, uploads and looks at the jobs, all at the same time. */
async function mixedLoad(
  server: Server,
  device: string,
  space: string,
  architectures: readonly string[],
  seconds: number,
): Promise<void> {
  const { url } = server;
  const agent = new Agent({ keepAlive: true });
  const counts: Record<string, number> = { queries: 0, batches: 0, uploads: 0, lists: 0 };
  const errors: string[] = [];
  const begin = performance.now();
  const end = begin + 1000 * (WARM_UP_SECONDS + seconds);
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
        errors.push(`${what}: ${(error as Error).message}`);
      }
      if (pauseMs > 0) await sleep(pauseMs);
    }
  };
  const loads = [
    ...Array.from({ length: 16 }, () => repeat('queries', 0, () => predict(1))),
    repeat('batches', 50, () => predict(1000)),
    repeat('uploads', 500, (k) =>
      post(`${url}/v1/devices/${DEVICE}/measurements`, uploadOf(space, `mixed ${k}`, some(20)), agent),
    ),
    repeat('lists', 250, async () => {
      const answer = await fetch(`${url}/v1/jobs`);
      if (!answer.ok) throw new Error(`${answer.status}`);
      await answer.text();
    }),
  ];
  await sleep(1000 * WARM_UP_SECONDS);
  const startMb = await residentMb(url);
  await Promise.all(loads);
  const endMb = await residentMb(url);
  agent.destroy();
  const done = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  console.log(
    `mixed load, ${seconds} s after ${WARM_UP_SECONDS} s: ${done.join(', ')}; ${errors.length} errors (wanted: 0); ` +
      `memory ${startMb.toFixed(0)} → ${endMb.toFixed(0)} MB, ${(100 * (endMb / startMb - 1)).toFixed(1)} % (wanted: ±10 %)`,
  );
  for (const error of new Set(errors)) console.log(error);
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
