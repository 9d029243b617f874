import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../server/app.js';
import { Random } from '../../src/base/random.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { spaceNamed } from '../../src/spaces/registry.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';
import { measuredCells } from './measured-cells.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

for (const kind of ['embedded', 'postgresql'] as const) {
  const skip = kind === 'postgresql' && noPostgres;

  describe(`the service with an ${kind} store`, { skip }, () => {
    let folder: string;
    let postgres: PostgresServer | undefined;
    let app: FastifyInstance;
    let another: FastifyInstance | undefined;

    before(async () => {
      folder = temporaryFolder();
      await saveAdditiveDevice(join(folder, 'models'), 'shipped', 1);
      if (kind === 'postgresql') postgres = await PostgresServer.start();
      const options = {
        models: join(folder, 'models'),
        data: join(folder, 'data'),
        databaseUrl: await postgres?.database(),
        logLevel: 'error',
      };
      app = await buildApp(options);
      // Two that set the store up at the same time.
      if (postgres) another = await buildApp(options);
    });
    after(async () => {
      await app.close();
      await another?.close();
      await postgres?.stop();
    });

    const post = async (path: string, payload: object, by = app) => {
      const answer = await by.inject({ method: 'POST', url: `/v1/devices/${path}`, payload });
      return { status: answer.statusCode, body: answer.json() };
    };
    const get = async (path: string, by = app) => {
      const answer = await by.inject(path);
      return { status: answer.statusCode, body: answer.json() };
    };
    const upload = (device: string, key: string, measurements: object[], more = {}) =>
      post(`${device}/measurements`, { key, space: 'nasbench201', measurements, ...more });
    const predicted = async (device: string, architecture: string, by = app) => {
      const payload = { device, architectures: [architecture] };
      const answer = await by.inject({ method: 'POST', url: '/v1/predict', payload });
      return answer.json().predictions?.[0] as { latencyMs: number; modelVersion: string } | undefined;
    };
    const assertNear = (actual: number | undefined, expected: number) =>
      assert.ok(Math.abs(actual! - expected) < 0.02 * expected, `${actual} is not ${expected}`);

    async function until(holds: () => Promise<boolean>) {
      for (const deadline = Date.now() + 20_000; !(await holds()); ) {
        assert.ok(Date.now() < deadline, 'it does not come about');
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }

    /** Reads a job's events until it is over; returns the jobs they showed. */
    async function followed(id: string, by = app) {
      const { body, headers } = await by.inject(`/v1/jobs/${id}/events`);
      assert.match(String(headers['content-type']), /text\/event-stream/);
      return body
        .split('\n\n')
        .filter((event) => event.startsWith('event: job\n'))
        .map((event) => JSON.parse(event.slice('event: job\ndata: '.length)));
    }
    async function trained(device: string, request: object = {}) {
      const { status, body } = await post(`${device}/train`, { predictor: 'lookup', ...request });
      assert.equal(status, 202);
      return (await followed(body.id)).at(-1);
    }

    test('measurements are kept whole, once per key, and come back page by page', async () => {
      const rows = measuredCells(2500, 5);
      const first = await upload('paged', 'a', rows);
      assert.deepEqual(first, {
        status: 200,
        body: {
          device: 'paged',
          key: 'a',
          accepted: 2500,
          drift: null,
          metrics: [{ metric: 'latency', unit: 'ms', accepted: 2500, drift: null }],
        },
      });
      assert.deepEqual(await upload('paged', 'a', rows), first);
      const reused = await upload('paged', 'a', rows.slice(1));
      assert.deepEqual([reused.status, reused.body.error.code], [409, 'key_reused']);

      const back: object[] = [];
      for (let next: number | null = 0; next !== null; ) {
        const { body } = await get(`/v1/devices/paged/measurements?limit=1000&after=${next}`);
        assert.equal(body.total, 2500);
        for (const { architecture, latencyMs } of body.measurements) back.push({ architecture, latencyMs });
        next = body.next;
      }
      assert.deepEqual(back, rows);
    });

    test('of concurrent uploads under one key with different content exactly one is kept', async () => {
      const all = measuredCells(80, 5);
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => upload('raced', 'same', all.slice(i * 10, i * 10 + 10))),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(409)]);
      assert.equal((await get('/v1/devices/raced/measurements')).body.total, 10);
    });

    test('with a bad row nothing is kept, and each bad row is named', async () => {
      const [first, second, third] = measuredCells(3, 5);
      const rows = [{ ...first, latencyMs: 0 }, second, { ...third, architecture: '|conv_9x9~0|' }];
      const { status, body } = await upload('strict', 'a', rows);
      assert.equal(status, 400);
      assert.deepEqual(
        body.error.details.map(({ field }: { field: string }) => field),
        ['measurements.0.latencyMs', 'measurements.2.architecture'],
      );
      assert.equal((await get('/v1/devices/strict/measurements')).status, 404);
      const nobodys = [{ ...measuredCells(1, 5)[0], candidate: '00000000-0000-4000-8000-000000000000' }];
      const unknown = await upload('strict', 'b', nobodys);
      assert.equal(unknown.body.error.details[0].field, 'measurements.0.candidate');
      assert.equal((await get('/v1/devices/strict/measurements')).status, 404, 'rolled back');
    });

    test('CSV in other units is taken, and its bad rows are named by line', async () => {
      const [a, b] = measuredCells(2, 5);
      const send = (key: string, payload: string) =>
        app.inject({
          method: 'POST',
          url: `/v1/devices/csv/measurements?key=${key}&space=nasbench201&batchSize=4`,
          headers: { 'content-type': 'text/csv' },
          payload,
        });
      const bad = await send('a', `arch,latency_us\n${a.architecture},5000\n\nx,7\n`);
      assert.equal(bad.statusCode, 400);
      assert.equal(bad.json().error.details[0].field, 'line 4, architecture');
      const good = await send('a', `arch,latency_us\n${a.architecture},5000\n\n${b.architecture},7500\n`);
      assert.equal(good.statusCode, 200, good.body);
      const csv = (await app.inject('/v1/devices/csv/measurements?format=csv')).body.split('\n');
      assert.equal(csv[0], 'id,architecture,latency_ms,candidate,key,uploaded_at');
      assert.deepEqual(
        csv.slice(1, 3).map((line) => line.split(',').slice(1, 3)),
        [
          [a.architecture, '5'],
          [b.architecture, '7.5'],
        ],
      );
    });

    test('a new device needs a space, and keeps its own', async () => {
      const rows = measuredCells(1, 5);
      const nameless = await upload('new', 'a', rows, { space: undefined });
      assert.match(nameless.body.error.message, /name the space of its architectures \(nasbench201/);
      await upload('new', 'a', rows, { deadOperations: 'pruned' });
      const other = await upload('new', 'b', rows, { deadOperations: 'timed' });
      assert.deepEqual([other.status, other.body.error.code], [409, 'other_device']);
    });

    test('measurements that disagree with the shipped predictor are reported before they are learned', async () => {
      const rows = measuredCells(40, 1);
      const agreed = await upload('shipped', 'agreeing', rows, { space: undefined });
      assert.equal(agreed.body.drift.drifted, false);
      assert.equal(agreed.body.drift.outliers, 0);

      const slower = measuredCells(40, 1, 2).map((row) => ({ ...row, latencyMs: 1.5 * row.latencyMs }));
      const { drift } = (await upload('shipped', 'slower', slower)).body;
      assert.equal(drift.drifted, true);
      assertNear(drift.medianRatio, 1.5);
      assert.equal(drift.outliers, 40);
      const { row, architecture, latencyMs } = drift.worst[0];
      assert.deepEqual({ architecture, latencyMs }, slower[row]);
      const all = (await get('/v1/devices/shipped/drift')).body;
      assert.equal(all.unlearned, 80);
      assert.equal(all.drift.outliers, 40);
    });

    test('an upload that was a mistake is taken back, and its key is free again', async () => {
      const [first, second] = [measuredCells(5, 5), measuredCells(5, 5, 3)];
      await upload('mistaken', 'good', first);
      await upload(
        'mistaken',
        'a & b',
        second.map((row) => ({ ...row, latencyMs: 1000 * row.latencyMs })),
      );
      const url = '/v1/devices/mistaken/measurements';
      const withdraw = (key: string) =>
        app.inject({ method: 'DELETE', url: `${url}?key=${encodeURIComponent(key)}` });
      assert.deepEqual((await withdraw('a & b')).json(), { device: 'mistaken', key: 'a & b', removed: 5 });
      const again = await withdraw('a & b');
      assert.deepEqual([again.statusCode, again.json().error.code], [404, 'unknown_upload']);
      assert.equal((await upload('mistaken', 'a & b', second)).status, 200);
      const kept = (await get(url)).body.measurements;
      assert.deepEqual(
        kept.map(({ latencyMs }: { latencyMs: number }) => latencyMs),
        [...first, ...second].map(({ latencyMs }) => latencyMs),
      );
    });

    test('training makes a version that serves at once; a worse one does not; rollback restores', async () => {
      await upload('trained', 'a', measuredCells(100, 3), { description: 'a made-up board', batchSize: 8 });
      const [cell] = measuredCells(1, 3, 9);
      const job = await trained('trained');
      assert.equal(job.state, 'succeeded', job.error);
      assert.equal(job.result.reason, 'nothing served the device before');
      const first = await predicted('trained', cell.architecture);
      assert.equal(first?.modelVersion, job.result.version);
      assertNear(first?.latencyMs, cell.latencyMs);
      const card = (await get('/v1/devices/trained')).body;
      assert.deepEqual([card.description, card.latency.batchSize], ['a made-up board', 8]);

      const versions = '/v1/devices/trained/versions';
      assert.equal((await get(versions)).body.previous, null, 'there is nothing to go back to');
      const nowhere = await post('trained/rollback', {});
      assert.deepEqual([nowhere.status, nowhere.body.error.code], [409, 'nothing_before']);
      assert.equal((await get(versions)).body.serving, job.result.version);
      const rows = (await get('/v1/devices/trained/measurements')).body.measurements;
      const heldOut = rows.filter((row: { heldOut: boolean }) => row.heldOut).length;
      assert.equal(heldOut, job.result.heldOut.samples);

      const flops = await trained('trained', { predictor: 'flops' });
      assert.equal(flops.result.promoted, false);
      assert.match(flops.result.reason, /^not better: .* held-out networks$/);
      assert.equal((await predicted('trained', cell.architecture))?.modelVersion, job.result.version);

      const forced = await trained('trained', { predictor: 'flops', promote: 'always' });
      assert.equal((await predicted('trained', cell.architecture))?.modelVersion, forced.result.version);
      assert.equal((await get(versions)).body.previous, job.result.version);
      const back = await post('trained/rollback', {});
      assert.equal(back.body.serving, job.result.version);
      assert.equal(back.body.versions.length, 2);
      assertNear((await predicted('trained', cell.architecture))?.latencyMs, cell.latencyMs);
      const again = await post('trained/promote', { version: forced.result.version });
      assert.equal(again.body.serving, forced.result.version);
      const unknown = await post('trained/promote', { version: 'nosuch' });
      assert.deepEqual([unknown.status, unknown.body.error.code], [404, 'unknown_version']);
    });

    test('a board with few measurements is learned from the other devices', async () => {
      for (const [device, baseMs] of [
        ['known1', 1],
        ['known2', 4],
      ] as const) {
        await upload(device, 'a', measuredCells(100, baseMs, baseMs));
      }
      const twice = (count: number, seed: number) =>
        measuredCells(count, 2, seed).map((row) => ({ ...row, latencyMs: 2 * row.latencyMs }));
      await upload('like_them', 'a', twice(30, 9));
      const job = await trained('like_them', { predictor: 'transfer', epochs: 30 });
      assert.equal(job.result.promoted, true);
      assert.ok(job.result.heldOut.error < 0.02, `${job.result.heldOut.error}`);
      const { versions } = (await get('/v1/devices/like_them/versions')).body;
      assert.equal(versions[0].predictor, 'transfer');
      assert.equal((await predicted('like_them', nasbench201.example))?.modelVersion, job.result.version);
    });

    test('without another device of the space there is nothing to transfer from', async () => {
      const space = spaceNamed('fbnet');
      const random = new Random(1);
      const rows = Array.from({ length: 12 }, (_, i) => ({
        architecture: space.format(space.sample(random)),
        latencyMs: 5 + i,
      }));
      await upload('alone', 'a', rows, { space: 'fbnet' });
      const { status, body } = await post('alone/train', { predictor: 'transfer' });
      assert.deepEqual([status, body.error.code], [409, 'no_sources']);
    });

    test('a promoted version overrides the shipped predictor until it is rolled back', async () => {
      const shipped = await predicted('shipped', nasbench201.example);
      await upload('shipped', 'changed', measuredCells(200, 30, 3));
      const job = await trained('shipped', { promote: 'always' });
      assert.equal((await predicted('shipped', nasbench201.example))?.modelVersion, job.result.version);
      assert.equal(job.result.heldOut.incumbent.version, shipped?.modelVersion);
      assert.match(job.result.note, /^it learned only from the \d+ networks measured here/);
      assert.equal((await get('/v1/devices/shipped/drift')).body.unlearned, 0);
      assert.equal((await get('/v1/devices/shipped/versions')).body.previous, shipped?.modelVersion);
      const back = await post('shipped/rollback', {});
      assert.equal(back.body.serving, shipped?.modelVersion);
      const serving = back.body.versions.find(({ serving }: { serving: boolean }) => serving);
      assert.equal(serving.origin, 'folder', 'it did not come with the program');
      assert.deepEqual(await predicted('shipped', nasbench201.example), shipped);
      const more = await post('shipped/rollback', {});
      assert.deepEqual([more.status, more.body.error.code], [409, 'nothing_promoted']);
    });

    test('jobs: a running one is cancelled, a second like a waiting one is the waiting one', async () => {
      await upload('busy', 'a', measuredCells(400, 3));
      const long = (await post('busy/train', { predictor: 'gcn', epochs: 10_000 })).body;
      const waiting = (await post('busy/train', { predictor: 'lookup' })).body;
      const same = (await post('busy/train', { predictor: 'lookup' })).body;
      if (kind === 'embedded') assert.equal(same.id, waiting.id);
      const cancel = await app.inject({ method: 'DELETE', url: `/v1/jobs/${long.id}` });
      assert.equal(cancel.json().state, 'cancelled');
      assert.equal((await followed(waiting.id)).at(-1).state, 'succeeded');
      assert.equal((await get(`/v1/jobs/${long.id}`)).body.state, 'cancelled');
      const listed = (await get('/v1/jobs?device=busy&state=cancelled')).body.jobs;
      assert.deepEqual(
        listed.map(({ id }: { id: string }) => id),
        [long.id],
      );
      assert.equal((await get('/v1/jobs/00000000-0000-4000-8000-000000000000')).status, 404);
    });

    test('a job that takes longer than its limit fails, and says so', async () => {
      await upload('slow', 'a', measuredCells(400, 3));
      const { body } = await post('slow/train', { predictor: 'gcn', epochs: 10_000, timeLimitSeconds: 1 });
      const over = (await followed(body.id)).at(-1);
      assert.deepEqual([over.state, over.error, over.attempt], ['failed', 'took longer than 1 s', 1]);
    });

    test('too few measurements are not trained on', async () => {
      await upload('few', 'a', measuredCells(9, 3));
      const { status, body } = await post('few/train', {});
      assert.deepEqual([status, body.error.code], [409, 'too_few_measurements']);
      assert.equal((await post('unheard_of/train', {})).status, 404);
    });

    test('candidates: workers share them, leases end, failures are limited, measurements settle them', async () => {
      const cells = measuredCells(30, 3).map(({ architecture }) => architecture);
      const queue = { space: 'nasbench201', architectures: [...cells, cells[0]] };
      const refused = await post('fleet/candidates', { ...queue, architectures: [...cells, 'nonsense'] });
      assert.deepEqual([refused.status, refused.body.error.code], [400, 'invalid_architectures']);
      assert.equal(refused.body.error.details[0].field, 'architectures.30');
      assert.equal((await post('fleet/candidates', queue)).body.queued.length, 30);
      assert.equal((await post('fleet/candidates', queue)).body.queued.length, 0, 'they wait already');

      const claim = (worker: string, count: number, leaseSeconds = 600) =>
        post('fleet/candidates/claim', { worker, count, leaseSeconds }, worker === 'w1' ? another : app);
      const claims = await Promise.all(Array.from({ length: 6 }, (_, i) => claim(`w${i}`, 4)));
      const lent = claims.flatMap(({ body }) => body.candidates as { id: string; architecture: string }[]);
      assert.equal(lent.length, 24);
      assert.equal(new Set(lent.map(({ id }) => id)).size, 24, 'none was lent twice');
      assert.deepEqual([claims[0].body.space, claims[0].body.deadOperations], ['nasbench201', 'timed']);

      const [done, failing] = claims[0].body.candidates;
      const wrong = { ...measuredCells(1, 3)[0], candidate: done.id, architecture: failing.architecture };
      assert.match((await upload('fleet', 'r0', [wrong])).body.error.message, /candidate .* is .*, not /);
      const right = { architecture: done.architecture, latencyMs: 5, candidate: done.id };
      assert.equal((await upload('fleet', 'r1', [right])).status, 200);

      const fail = (worker: string) =>
        post(`fleet/candidates/${failing.id}/failure`, { worker, reason: 'does not fit into memory' });
      assert.equal((await fail('w3')).status, 409, 'it is lent to another');
      assert.equal((await fail('w0')).body.state, 'queued');
      for (const state of ['queued', 'failed']) {
        const all = (await claim('w0', 7, 1)).body.candidates as { id: string }[];
        assert.ok(all.some(({ id }) => id === failing.id));
        assert.equal((await fail('w0')).body.state, state);
        if (state === 'queued') await new Promise((resolve) => setTimeout(resolve, 1100));
      }
      assert.deepEqual((await get('/v1/devices/fleet/candidates')).body, {
        device: 'fleet',
        queued: 0,
        leased: 28,
        measured: 1,
        failed: 1,
      });
    });

    test('candidates: a worker extends the lease of what it has, and of nothing else', async () => {
      const architectures = measuredCells(2, 3).map(({ architecture }) => architecture);
      const { queued } = (await post('held/candidates', { space: 'nasbench201', architectures })).body;
      const [kept, left] = (queued as { id: string }[]).map(({ id }) => id);
      const claim = async (worker: string, claimed: object) => {
        const { status, body } = await post('held/candidates/claim', { worker, leaseSeconds: 1, ...claimed });
        assert.equal(status, 200, JSON.stringify(body));
        return (body.candidates as { id: string }[]).map(({ id }) => id);
      };
      assert.deepEqual(await claim('a', { count: 2 }), [kept, left]);
      assert.deepEqual(await claim('a', { count: 0, holding: [kept], leaseSeconds: 600 }), []);
      assert.deepEqual(await claim('b', { count: 0, holding: [left], leaseSeconds: 600 }), []);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      assert.deepEqual(await claim('b', { count: 2 }), [left]);
    });

    test('whatever JSON is sent, the answer says what is wrong with it', async () => {
      const routes = ['measurements', 'train', 'candidates', 'candidates/claim', 'promote', 'rollback'];
      const claims = { space: 'nasbench201', architectures: [nasbench201.example], measurements: [] };
      const sent = fc.oneof(
        fc.jsonValue(),
        fc.record({ key: fc.string({ unit: 'binary' }), description: fc.string({ unit: 'binary' }) }),
        fc.record({ worker: fc.string({ unit: 'binary' }), count: fc.integer() }),
        fc.record({ version: fc.string({ unit: 'binary' }) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...routes), sent, fc.boolean(), async (route, value, mixed) => {
          const payload = JSON.stringify(mixed && value !== null ? { ...claims, ...Object(value) } : value);
          const { statusCode, body } = await app.inject({
            method: 'POST',
            url: `/v1/devices/fuzzed/${route}`,
            headers: { 'content-type': 'application/json' },
            payload,
          });
          if (statusCode === 200) return;
          assert.ok([400, 404, 409].includes(statusCode), `${statusCode} ${body}`);
          assert.ok(JSON.parse(body).error.message);
        }),
        { numRuns: 300, seed: 1 },
      );
    });

    test('free text is kept as it was sent, or refused', async () => {
      for (const key of ['ключ', "'; DROP TABLE device; --", '\\x00']) {
        const { status, body } = await upload('texts', key, measuredCells(1, 5));
        assert.deepEqual([status, body.key], [200, key]);
      }
      for (const key of ['nul \0', 'half \ud83d']) {
        assert.equal((await upload('texts', key, measuredCells(1, 5))).status, 400);
      }
      assert.equal((await app.inject('/v1/jobs?device=%00')).statusCode, 400);
      const removal = await app.inject({ method: 'DELETE', url: '/v1/spaces/a%00b' });
      assert.equal(removal.statusCode, 400);
      const odd = await app.inject({ method: 'POST', url: '/v1/devices/..%2Fx/train', payload: {} });
      assert.equal(odd.statusCode, 400);
    });

    test('readiness and metrics tell of the store and its queues', async () => {
      assert.deepEqual((await get('/readyz')).body.store, { kind, state: 'ready' });
      const { body } = await app.inject('/metrics');
      assert.match(body, /tempograph_store_ready 1/);
      assert.match(body, /tempograph_jobs\{kind="train",state="queued"\} 0/);
      assert.match(body, /tempograph_candidates\{device="fleet",state="leased"\} 28/);
    });

    if (kind === 'postgresql') {
      test('another server on the same database serves what is promoted, within seconds', async () => {
        await upload('shared', 'a', measuredCells(100, 3));
        const { result } = await trained('shared');
        await until(async () => {
          const found = await predicted('shared', nasbench201.example, another);
          return found?.modelVersion === result.version;
        });
      });

      test('while PostgreSQL is away predictions are answered; when it is back, so is everything', async () => {
        const before = await get('/v1/devices/paged/measurements');
        await postgres!.crash();
        const refused = await upload('paged', 'b', measuredCells(10, 5));
        assert.deepEqual([refused.status, refused.body.error.code], [503, 'store_unavailable']);
        assert.equal((await get('/readyz')).body.store.state, 'failed');
        assert.ok(await predicted('shipped', nasbench201.example));
        await postgres!.run();
        assert.deepEqual(await get('/v1/devices/paged/measurements'), before);
        assert.equal((await upload('paged', 'b', measuredCells(10, 5))).status, 200);
        assert.equal((await trained('trained')).state, 'succeeded');
      });
    }
  });
}
