import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import fastify, { type FastifyInstance } from 'fastify';
import { parquetReadObjects } from 'hyparquet';
import { sendTable } from '../../server/http/downloads.js';
import { Store } from '../../server/store/store.js';
import { jobTable } from '../../server/tables/jobs.js';
import { searchesTable } from '../../server/tables/searches.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { additiveMs } from './additive-device.js';
import { boardService } from './board-service.js';
import { measuredCells } from './measured-cells.js';

type Row = Record<string, unknown>;

describe('tables as files', () => {
  const measurements = measuredCells(5500, 3);
  let app: FastifyInstance;

  before(async () => {
    app = await boardService();
    const post = (path: string, payload: object) =>
      app.inject({ method: 'POST', url: `/v1/devices/${path}`, payload });
    await post('mine/measurements', { key: 'quoted, "key"', space: 'nasbench201', measurements });
    await post('small/measurements', { key: 'a', space: 'nasbench201', measurements: measuredCells(30, 3) });
    const { id } = (await post('small/train', { predictor: 'flops' })).json();
    await app.inject(`/v1/jobs/${id}/events`);
  });
  after(async () => {
    await app.close();
  });

  async function csv(path: string): Promise<Record<string, string>[]> {
    const { statusCode, headers, body } = await app.inject(`${path}format=csv`);
    assert.equal(statusCode, 200, body);
    assert.equal(headers['content-type'], 'text/csv; charset=utf-8');
    return parse(body, { columns: true }) as Record<string, string>[];
  }
  /** Read by another implementation than the one that has written it. */
  async function parquet(path: string): Promise<Row[]> {
    const { statusCode, headers, rawPayload } = await app.inject(`${path}format=parquet`);
    assert.equal(statusCode, 200);
    assert.equal(headers['content-type'], 'application/vnd.apache.parquet');
    assert.match(String(headers['content-disposition']), /^attachment; filename="[\w-]+\.parquet"$/);
    const file = rawPayload.buffer.slice(rawPayload.byteOffset, rawPayload.byteOffset + rawPayload.length);
    return parquetReadObjects({ file: file as ArrayBuffer });
  }

  test('all measurements come in the order of their upload, in both formats', async () => {
    const [asCsv, asParquet] = [
      await csv('/v1/devices/mine/measurements?'),
      await parquet('/v1/devices/mine/measurements?'),
    ];
    assert.equal(asCsv.length, 5500);
    assert.deepEqual(
      asParquet.map(({ architecture, latency_ms }) => ({ architecture, latencyMs: latency_ms })),
      measurements,
    );
    assert.deepEqual(
      asCsv.map(({ id, architecture, latency_ms, key, uploaded_at }) => ({
        id: BigInt(id),
        architecture,
        latency_ms: Number(latency_ms),
        candidate: null,
        key,
        uploaded_at: new Date(uploaded_at),
      })),
      asParquet.map((row) => ({ ...row, candidate: row.candidate ?? null })),
    );
    assert.equal(asCsv[0].key, 'quoted, "key"');
    assert.equal((await csv('/v1/devices/mine/measurements?limit=7&')).length, 7);
  });

  test('predictions of the whole space come in its order, with intervals', async () => {
    const rows = await parquet('/v1/devices/board/predictions?');
    assert.equal(rows.length, nasbench201.size);
    for (const index of [0, 999, 1000, 15_624]) {
      const { architecture, latency_ms, low_ms, high_ms } = rows[index];
      assert.equal(architecture, nasbench201.format(nasbench201.at(index)));
      assert.ok(Math.abs(Number(latency_ms) / additiveMs(String(architecture), 1) - 1) < 0.01);
      assert.ok(Number(low_ms) < Number(latency_ms) && Number(latency_ms) < Number(high_ms));
    }
    const part = await csv('/v1/devices/board/predictions?from=15620&limit=100&');
    assert.deepEqual(
      part.map(({ architecture }) => architecture),
      rows.slice(15_620).map(({ architecture }) => architecture),
    );
    const drawn = await csv('/v1/devices/board/predictions?sample=20&seed=3&');
    assert.deepEqual(drawn, await csv('/v1/devices/board/predictions?sample=20&seed=3&'));
    assert.equal(drawn.length, 20);
  });

  test('versions and jobs come with what was made of what', async () => {
    const [version] = await parquet('/v1/devices/small/versions?');
    const [job] = await parquet('/v1/jobs?');
    assert.equal(version.predictor, 'flops');
    assert.equal(version.job, job.id);
    assert.deepEqual([job.state, job.attempt, job.request], ['succeeded', 1n, { predictor: 'flops' }]);
    assert.ok(job.finished_at instanceof Date);
    const [same] = await csv('/v1/jobs?');
    assert.equal(JSON.parse(same.result).version, version.version);
  });

  test('the networks of a search and the audit log come whole', async () => {
    const rows = measuredCells(12, 3).map(({ architecture, latencyMs }) => `${architecture},${latencyMs}`);
    const search = {
      space: 'nasbench201',
      strategy: 'random',
      budget: 5,
      evaluator: { kind: 'table', column: 'accuracy', csv: ['arch,accuracy', ...rows].join('\n') },
    };
    const begun = await app.inject({ method: 'POST', url: '/v1/searches', payload: search });
    const { id } = begun.json();
    await app.inject(`/v1/searches/${id}/events`);
    const { points } = (await app.inject(`/v1/searches/${id}`)).json();
    assert.equal(points.length, 5);
    const found = await parquet(`/v1/searches/${id}?`);
    assert.deepEqual(
      found.map(({ number, architecture, accuracy }) => [Number(number), architecture, accuracy]),
      points.map((point: Row) => [point.number, point.architecture, point.accuracy]),
    );
    assert.equal((await csv(`/v1/searches/${id}?`))[0].architecture, points[0].architecture);

    const { changes } = (await app.inject('/v1/audit')).json();
    const audit = await csv('/v1/audit?');
    assert.deepEqual(
      audit.map(({ id, path, status }) => [Number(id), path, Number(status)]),
      changes.map((change: Row) => [change.id, change.path, change.status]),
    );
    assert.equal(audit[0].path, '/v1/searches');
    assert.equal((await parquet('/v1/audit?limit=2&')).length, 2);
  });

  test('devices come with their scores, and searches with what they found', async () => {
    const { devices } = (await app.inject('/v1/devices')).json();
    assert.deepEqual(
      (await csv('/v1/devices?')).map(({ id, version, scores }) => [id, version, JSON.parse(scores)]),
      devices.map((device: Row) => [device.id, device.version, device.scores]),
    );
    const inParquet = (await parquet('/v1/devices?')).find(({ id }) => id === 'board');
    assert.equal((inParquet!.percentiles_ms as number[]).length, 101);

    const rows = measuredCells(6, 3).map(({ architecture, latencyMs }) => `${architecture},${latencyMs}`);
    const csvOfAccuracies = ['arch,accuracy', ...rows].join('\n');
    for (const budget of [2, 3]) {
      const search = {
        space: 'nasbench201',
        strategy: 'random',
        budget,
        evaluator: { kind: 'table', column: 'accuracy', csv: csvOfAccuracies },
      };
      const { id } = (await app.inject({ method: 'POST', url: '/v1/searches', payload: search })).json();
      await app.inject(`/v1/searches/${id}/events`);
    }
    const { searches } = (await app.inject('/v1/searches')).json();
    const found = await parquet('/v1/searches?');
    assert.ok(found.length >= 2);
    assert.deepEqual(
      found.map((row) => [row.id, row.state, Number(row.budget), row.best_architecture, row.best_accuracy]),
      searches.map(({ id, state, request, best }: Row & { request: Row; best: Row }) => [
        id,
        state,
        request.budget,
        best.architecture,
        best.accuracy,
      ]),
    );
    const [latest, ...others] = await csv('/v1/searches?limit=1&');
    assert.deepEqual([latest.id, latest.trained, others.length], [searches[0].id, '3', 0]);
    assert.equal(latest.finished_at, searches[0].finishedAt);
  });

  test('all candidates come, more than are read at a time, with what became of them', async () => {
    const url = '/v1/devices/queue/candidates';
    const all = Array.from({ length: 5003 }, (_, i) => nasbench201.format(nasbench201.at(i)));
    const payload = { space: 'nasbench201', architectures: all };
    const { queued } = (await app.inject({ method: 'POST', url, payload })).json();
    const claim = { worker: 'w', count: 1 };
    await app.inject({ method: 'POST', url: `${url}/claim`, payload: claim });
    const failure = { worker: 'w', reason: 'too "large",\nit says' };
    await app.inject({ method: 'POST', url: `${url}/${queued[0].id}/failure`, payload: failure });
    await app.inject({ method: 'POST', url: `${url}/claim`, payload: { ...claim, count: 2 } });
    const rows = await parquet(`${url}?`);
    assert.deepEqual(
      rows.map(({ id, architecture }) => ({ id, architecture })),
      queued,
    );
    assert.deepEqual(
      rows.slice(0, 3).map(({ state, worker, failures, reason }) => [state, worker, failures, reason]),
      [
        ['leased', 'w', 1n, failure.reason],
        ['leased', 'w', 0n, null],
        ['queued', null, 0n, null],
      ],
    );
    const [first] = await csv(`${url}?`);
    assert.equal(first.reason, failure.reason);
    assert.ok(Date.parse(first.lease_until) > Date.parse(first.created_at));
  });

  test('keys come without what opens anything', async () => {
    const payload = { name: 'a reader', role: 'read' };
    const { key, ...made } = (await app.inject({ method: 'POST', url: '/v1/keys', payload })).json();
    const { body } = await app.inject('/v1/keys?format=csv');
    assert.ok(!body.includes(key.slice('tg_12345678_'.length)));
    assert.deepEqual(await csv('/v1/keys?'), [
      { id: made.id, name: 'a reader', role: 'read', created_at: made.createdAt },
    ]);
    assert.deepEqual(Object.keys((await parquet('/v1/keys?'))[0]), ['id', 'name', 'role', 'created_at']);
  });

  test('datasets come as a list, and each as the file it is kept in', async () => {
    const { datasets } = (await app.inject('/v1/datasets')).json();
    const listed = await parquet('/v1/datasets?');
    assert.deepEqual(
      listed.map(({ name, rows, devices }) => [name, Number(rows), devices]),
      datasets.map(({ name, card }: Row & { card: Row }) => [name, card.rows, card.devices]),
    );
    const { rawPayload } = await app.inject('/v1/datasets/nasbench201_cpu/file');
    const kept = parse(gunzipSync(rawPayload), { columns: true }) as Record<string, string>[];
    assert.deepEqual(await csv('/v1/datasets/nasbench201_cpu?'), kept);
    const rows = await parquet('/v1/datasets/nasbench201_cpu?');
    assert.deepEqual(
      rows.map(({ arch, device, ...numbers }) => [arch, device, ...Object.values(numbers)]),
      kept.map(({ arch, device, ...texts }) => [arch, device, ...Object.values(texts).map(Number)]),
    );
  });

  test('accelerators, frontiers and measured devices come as lists too', async () => {
    const { accelerators } = (await app.inject('/v1/accelerators')).json();
    assert.deepEqual(await parquet('/v1/accelerators?'), accelerators);
    const { measured } = (await app.inject('/v1/overview')).json();
    assert.ok(measured.length > 0);
    assert.deepEqual(
      await csv('/v1/overview?'),
      measured.map(({ measurements, metrics, lastUploadAt, ...device }: Row) => ({
        ...device,
        metrics: JSON.stringify(metrics),
        measurements: String(measurements),
        last_upload_at: lastUploadAt ?? '',
      })),
    );
    assert.deepEqual(await parquet('/v1/frontiers?'), []);
  });

  test('what cannot be read is answered as an error, not as a file', async () => {
    for (const [path, status] of [
      ['/v1/devices/nobody/measurements?format=parquet', 404],
      ['/v1/devices/nobody/candidates?format=csv', 404],
      ['/v1/datasets/nothing?format=parquet', 404],
      ['/v1/frontiers/nothing?format=csv', 404],
      ['/v1/devices/nobody/predictions', 404],
      ['/v1/devices/mine/measurements?format=xlsx', 400],
      ['/v1/devices/board/predictions?limit=0', 400],
    ] as const) {
      const { statusCode, body } = await app.inject(path);
      assert.equal(statusCode, status, path);
      assert.ok(JSON.parse(body).error.message);
    }
  });

  test('an empty table has its columns', async () => {
    assert.deepEqual(await parquet('/v1/jobs?device=nobody&'), []);
    const { body } = await app.inject('/v1/jobs?device=nobody&format=csv');
    assert.match(body, /^id,kind,device,state,/);
  });
});

test('asking for the head of a download reads no row', async (t) => {
  const app = fastify();
  t.after(() => app.close());
  let lots = 0;
  async function* rows() {
    for (; lots < 1000; lots++) yield [{ n: lots }];
  }
  const columns = [{ name: 'n', type: 'INT64' as const, value: ({ n }: { n: number }) => n }];
  for (const format of ['csv', 'parquet'] as const) {
    const send = { name: 'numbers', columns, rows: rows() };
    app.get(`/${format}`, async (_request, reply) => reply.send(await sendTable(reply, format, send)));
  }
  for (const [format, type] of [
    ['csv', 'text/csv; charset=utf-8'],
    ['parquet', 'application/vnd.apache.parquet'],
  ]) {
    const { statusCode, headers, body } = await app.inject({ method: 'HEAD', url: `/${format}` });
    assert.deepEqual([statusCode, headers['content-type'], body], [200, type, '']);
    assert.equal(headers['content-disposition'], `attachment; filename="numbers.${format}"`);
    assert.equal(headers['content-length'], undefined);
  }
  assert.equal(lots, 0);
  assert.equal((await app.inject('/csv')).body.split('\n').length, 1002);
});

test('all searches and jobs come, the latest first, more than are read at a time', async (t) => {
  const folder = temporaryFolder();
  const store = new Store({ folder, onProblem: (problem) => assert.fail(problem) });
  t.after(async () => {
    await store.close();
  });
  store.open();
  const { database } = await store.ready();
  const searches = await database.query<{ id: string }>(
    `INSERT INTO search (id, request) SELECT gen_random_uuid(), '{}' FROM generate_series(1, 5003) RETURNING id`,
  );
  const jobs = await database.query<{ id: string }>(
    `INSERT INTO job (id, kind, request) SELECT gen_random_uuid(), 'search', '{}' FROM generate_series(1, 5003)
     RETURNING id`,
  );
  for (const [made, { rows }] of [
    [searches, searchesTable(database, undefined)],
    [jobs, jobTable(database, {}, undefined)],
  ] as const) {
    const lots: string[][] = [];
    for await (const lot of rows as AsyncIterable<readonly { id: string }[]>) {
      lots.push(lot.map(({ id }) => id));
    }
    assert.deepEqual(
      lots.map((lot) => lot.length),
      [5000, 3],
    );
    assert.deepEqual(lots.flat(), made.map(({ id }) => id).reverse());
  }
});
