import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import { FleetClient } from '../../fleet/fleet-client.js';
import { Outbox } from '../../fleet/outbox.js';
import { type WorkerOptions, work } from '../../fleet/worker.js';
import { InputError } from '../../src/base/errors.js';
import type { Target } from '../../src/measure/target.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { DEVICE, service } from './fleet-service.js';

const CELLS = [17, 4711, 15000, 123, 9999].map((index) => nasbench201.format(nasbench201.at(index)));

/** Every network takes as many milliseconds as its file has megabytes; nothing is really run. */
function sizeTarget(onTime: () => void = () => undefined): Target {
  return {
    load: async (model) => ({
      time: async (runs) => {
        onTime();
        return { runsMs: Array(runs).fill(model.length / 1e6), warmUps: 0, stable: true, interrupted: 0 };
      },
      release: async () => undefined,
    }),
  };
}

function worker(server: string, more: Partial<WorkerOptions> = {}) {
  const interrupt = new AbortController();
  const waits: string[] = [];
  const { signal } = interrupt;
  const device = DEVICE;
  const client = new FleetClient({
    server,
    device,
    worker: 'w1',
    signal,
    firstWaitMs: 5,
    onRetry: (problem, waitMs) => waits.push(`${waitMs} ms: ${problem}`),
  });
  const outbox = new Outbox(join(temporaryFolder(), 'unsent.json'));
  const options: WorkerOptions = {
    device,
    client,
    outbox,
    signal,
    target: sizeTarget(),
    protocol: { runs: 4, rounds: 2, extraRounds: 0, block: 4, seed: 1 },
    network: { batch: 1, seed: 1 },
    count: 3,
    ...more,
  };
  return { options, interrupt, waits, outbox };
}

test('a worker measures all that it is given, claim by claim, and names the candidates', async (t) => {
  const candidates = CELLS.map((architecture, i) => ({ id: `c${i}`, architecture }));
  const { server, seen } = await service(t, candidates);
  await work(worker(server).options);
  assert.deepEqual(
    seen.uploads.map(({ measurements }) => measurements.length),
    [3, 2],
  );
  const sent = seen.uploads.flatMap(({ measurements }) => measurements);
  assert.deepEqual(
    sent
      .map(({ candidate, architecture }) => ({ id: candidate, architecture }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
    candidates,
  );
  assert.ok(sent.every((each) => 'latencyMs' in each && each.latencyMs > 0.1 && each.latencyMs < 10));
  assert.notEqual(seen.uploads[0].key, seen.uploads[1].key);
  assert.deepEqual([...seen.workers], ['w1']);
});

test('a worker says again and again what it still measures, and no more when that is sent', async (t) => {
  const { server, seen } = await service(t, [{ id: 'c0', architecture: CELLS[0] }]);
  const { load } = sizeTarget();
  const slow: Target = {
    load: async (model) => {
      const loaded = await load(model);
      return {
        ...loaded,
        async time(runs) {
          while (seen.held.length < 4) await sleep(1);
          return loaded.time(runs);
        },
      };
    },
  };
  await work(worker(server, { target: slow, keepEveryMs: 1 }).options);
  assert.deepEqual(new Set(seen.held.map(String)), new Set(['c0']));
  assert.equal(seen.uploads.length, 1);
  // One may be on its way when the last is sent.
  await sleep(50);
  const { length } = seen.held;
  await sleep(50);
  assert.equal(seen.held.length, length);
});

test('what a board says beside the latency is sent beside it, of the same candidate', async (t) => {
  const { server, seen } = await service(t, [{ id: 'c0', architecture: CELLS[0] }]);
  const { load } = sizeTarget();
  const target: Target = {
    load: async (model) => {
      const loaded = await load(model);
      return {
        ...loaded,
        time: async (runs) => ({ ...(await loaded.time(runs)), values: { energy: [3, 3] } }),
      };
    },
  };
  await work(worker(server, { target }).options);
  const [latency, energy] = seen.uploads[0].measurements;
  assert.ok('latencyMs' in latency && latency.candidate === 'c0');
  assert.deepEqual(energy, { architecture: CELLS[0], candidate: 'c0', metric: 'energy', value: 3 });
});

test('what cannot be measured is reported with its reason, and the rest is sent', async (t) => {
  const { server, seen } = await service(t, [
    { id: 'good', architecture: CELLS[0] },
    { id: 'bad/1', architecture: 'nonsense' },
    { id: 'large', architecture: CELLS[1] },
  ]);
  const target = sizeTarget();
  const picky: Target = {
    async load(model) {
      // Its metadata have the architecture's name in the file.
      if (Buffer.from(model).includes(CELLS[1])) throw new Error('out of memory');
      return target.load(model);
    },
  };
  await work(worker(server, { target: picky }).options);
  assert.deepEqual(
    seen.uploads.flatMap(({ measurements }) => measurements.map(({ candidate }) => candidate)),
    ['good'],
  );
  const reasons = Object.fromEntries(seen.failures.map(({ id, reason }) => [id, reason]));
  assert.match(reasons['bad/1'], /"nonsense" is not a NAS-Bench-201 cell/);
  assert.equal(reasons.large, 'out of memory');
});

test('a failure that comes after the end of its lease does not stop the worker', async (t) => {
  const bad = ['x', 'y'].map((architecture) => ({ id: architecture, architecture }));
  const { server, seen, refusals } = await service(t, [...bad, { id: 'good', architecture: CELLS[0] }]);
  refusals.failure = [409];
  await work(worker(server, { count: 2 }).options);
  assert.deepEqual(
    seen.failures.map(({ id }) => id),
    ['y'],
  );
  assert.equal(seen.uploads.length, 1);
});

test('an unwell service is asked again, after twice the time, with the same key', async (t) => {
  const { server, seen, refusals } = await service(t, [{ id: 'c', architecture: CELLS[0] }]);
  refusals.claim = [503];
  refusals.measurements = [500, 429, 502];
  const { options, waits, outbox } = worker(server);
  await work(options);
  assert.deepEqual(
    waits.map((wait) => wait.split(':')[0]),
    ['5 ms', '5 ms', '10 ms', '20 ms'],
  );
  assert.equal(seen.uploads.length, 1);
  assert.equal(existsSync(outbox.path), false);
});

test('a service that is down is waited for until the worker is told to end', async () => {
  const { options, interrupt, waits } = worker('http://127.0.0.1:9');
  setTimeout(() => interrupt.abort(), 200);
  await work(options);
  assert.ok(waits.length >= 2 && /127\.0\.0\.1:9/.test(waits[0]), waits.join('\n'));
});

test('measurements that could not be sent are sent by the next worker, under their key', async (t) => {
  const { server, seen, refusals } = await service(t, [{ id: 'c', architecture: CELLS[0] }]);
  refusals.measurements = [422];
  const first = worker(server);
  await assert.rejects(
    work(first.options),
    (error) =>
      error instanceof InputError && /422: .*not that.*are kept in .*unsent\.json/.test(error.message),
  );
  assert.equal(seen.uploads.length, 0);
  const { key } = JSON.parse(readFileSync(first.outbox.path, 'utf8')) as { key: string };
  await work(worker(server, { outbox: first.outbox }).options);
  assert.deepEqual(
    seen.uploads.map((upload) => upload.key),
    [key],
  );
  assert.equal(existsSync(first.outbox.path), false);
});

test('an interrupted worker ends without an error, and sends nothing half measured', async (t) => {
  const { server, seen } = await service(
    t,
    CELLS.map((architecture, i) => ({ id: `c${i}`, architecture })),
  );
  let groups = 0;
  const target = sizeTarget(() => {
    if (++groups === 4) interrupt.abort();
  });
  const { options, interrupt } = worker(server, { target, pollMs: 10_000 });
  await work(options);
  assert.equal(seen.uploads.length, 0);
  assert.equal(groups, 4);
});

test('an outbox that holds something else is not overwritten', async (t) => {
  const { server } = await service(t, []);
  const { options, outbox } = worker(server);
  outbox.put({
    device: 'another',
    key: 'k',
    measurements: [{ architecture: 'a', latencyMs: 1, candidate: 'c' }],
  });
  await assert.rejects(work(options), /unsent measurements of device another, not my board/);
});

test('an answer that is no claim is refused with the field', async (t) => {
  const app = Fastify();
  app.post('/v1/devices/:id/candidates/claim', async () => ({ space: 'nasbench201', candidates: 3 }));
  const server = await app.listen({ port: 0 });
  t.after(() => app.close());
  await assert.rejects(work(worker(server).options), /the service answered something else than a claim/);
});
