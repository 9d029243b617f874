import { Agent } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { mean, quantileSorted } from 'simple-statistics';
import { plainTable } from '../cli/table.js';
import { networkModel } from '../src/onnx/write/network-model.js';
import { spaceNamed } from '../src/spaces/registry.js';
import { type Server, send, sendPost } from './service-client.js';
import { type Asked, BOARD, uploadOf } from './service-load.js';

/** Before the load is counted; the memory of a server that has just begun to be busy still grows. */
const WARM_UP_SECONDS = 20;
/** Architectures in a batch, measurements in an upload of JSON and of CSV. */
const BATCH = 1000;
const UPLOAD = 20;
const TABLE = 2000;

/** What some of the connections do, again and again. */
interface Kind {
  readonly name: string;
  readonly connections: number;
  /** Between two requests of a connection, ms. */
  readonly pauseMs: number;
  request(k: number, agent: Agent): Promise<unknown>;
}

/** Times of one kind's requests that were answered, ms. */
type Times = Map<string, number[]>;

/**
 * Two hundred connections at the same time: predictions as people and searches ask for them, and beside those whatever
 * keeps a service busy. Prints what each kind waited, what went wrong, and what became of the memory.
 */
export async function mixedLoad(server: Server, asked: Asked, seconds: number): Promise<void> {
  const { url } = server;
  const first = uploadOf(asked.space, 'first', asked.architectures.slice(0, UPLOAD));
  await sendPost(`${url}/v1/devices/${BOARD}/measurements`, first);
  const kinds = kindsOf(url, asked);
  const times: Times = new Map(kinds.map(({ name }) => [name, []]));
  const errors = new Map<string, number>();
  const end = performance.now() + 1000 * (WARM_UP_SECONDS + seconds);
  const repeat = async ({ name, pauseMs, request }: Kind, turn: number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    // Not all at the same moment.
    await sleep(Math.random() * pauseMs);
    for (let k = turn; performance.now() < end; k += 1000) {
      const started = performance.now();
      try {
        await request(k, agent);
        times.get(name)!.push(performance.now() - started);
      } catch (error) {
        const message = `${name}: ${(error as Error).message.slice(0, 200)}`;
        errors.set(message, (errors.get(message) ?? 0) + 1);
      }
      await sleep(pauseMs);
    }
    agent.destroy();
  };
  const loads = kinds.flatMap((kind) =>
    Array.from({ length: kind.connections }, (_, turn) => repeat(kind, turn)),
  );
  await sleep(1000 * WARM_UP_SECONDS);
  for (const of of times.values()) of.length = 0;
  errors.clear();
  const memoryMb = [await residentMb(url)];
  while (performance.now() < end - 1000) {
    await sleep(1000);
    memoryMb.push(await residentMb(url));
  }
  await Promise.all(loads);
  print(times, errors, memoryMb, seconds);
}

function kindsOf(url: string, { device, space, architectures }: Asked): Kind[] {
  let next = 0;
  const some = (count: number) => {
    next = (next + count) % (architectures.length - count);
    return architectures.slice(next, next + count);
  };
  const predict = (count: number) => (_: number, agent: Agent) =>
    sendPost(`${url}/v1/predict`, JSON.stringify({ device, architectures: some(count) }), agent);
  const csv = `arch,latency_ms\n${architectures
    .slice(0, TABLE)
    .map((architecture, i) => `${architecture},${1 + (i % 10)}\n`)
    .join('')}`;
  const ofSpace = spaceNamed(space);
  const graph = ofSpace.toNetwork(ofSpace.parse(architectures[0]));
  const onnx = Buffer.from(networkModel(graph, { batch: 1, seed: 1 })).toString('base64');
  const measurements = `${url}/v1/devices/${BOARD}/measurements`;
  return [
    { name: 'single predictions', connections: 160, pauseMs: 100, request: predict(1) },
    { name: `batches of ${BATCH}`, connections: 10, pauseMs: 500, request: predict(BATCH) },
    {
      name: `uploads of ${UPLOAD}`,
      connections: 10,
      pauseMs: 1000,
      request: (k, agent) => sendPost(measurements, uploadOf(space, `mixed ${k}`, some(UPLOAD)), agent),
    },
    {
      name: `CSV of ${TABLE}`,
      connections: 2,
      pauseMs: 5000,
      request: (k, agent) =>
        send('POST', `${measurements}?key=csv${k}&space=${space}`, csv, agent, 'text/csv'),
    },
    {
      name: `ONNX files of ${(onnx.length / 2 ** 20).toFixed(1)} MiB`,
      connections: 4,
      pauseMs: 2000,
      request: (_, agent) =>
        sendPost(`${url}/v1/breakdown`, JSON.stringify({ device: 'fnas:zcu102', onnx }), agent),
    },
    {
      name: 'lists',
      connections: 14,
      pauseMs: 1000,
      request: (k, agent) =>
        send('GET', k % 2 === 0 ? `${url}/v1/jobs` : `${measurements}?limit=100`, '', agent),
    },
  ];
}

function print(
  times: Times,
  errors: ReadonlyMap<string, number>,
  memoryMb: readonly number[],
  seconds: number,
): void {
  const table = plainTable([
    'requests',
    'answered',
    'per second',
    'p50, ms',
    'p95, ms',
    'p99, ms',
    'max, ms',
  ]);
  for (const [name, of] of times) {
    const sorted = of.toSorted((a, b) => a - b);
    const at = (share: number) => (sorted.length > 0 ? quantileSorted(sorted, share).toFixed(0) : '');
    table.push([name, of.length, (of.length / seconds).toFixed(1), at(0.5), at(0.95), at(0.99), at(1)]);
  }
  console.log(table.toString());
  // Means, as garbage comes and goes.
  const tenth = Math.ceil(memoryMb.length / 10);
  const [first, last] = [mean(memoryMb.slice(0, tenth)), mean(memoryMb.slice(-tenth))];
  const failed = [...errors.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `Mixed load at 200 connections on the embedded store, ${seconds} s after a warm-up of ${WARM_UP_SECONDS} s: ` +
      `${failed} errors (target: 0); target for single predictions: p99 of at most 100 ms; memory ${first.toFixed(0)} MB in the ` +
      `first tenth, ${last.toFixed(0)} MB in the last, at most ${Math.max(...memoryMb).toFixed(0)} MB`,
  );
  for (const [message, count] of errors) console.log(`${count} × ${message}`);
}

/** Resident memory of the service, store included, MB. */
async function residentMb(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(text.match(/^process_resident_memory_bytes (\S+)$/m)![1]) / 1e6;
}
