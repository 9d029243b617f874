import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { buildApp } from '../../server/app.js';
import { EmbeddedDatabase } from '../../server/store/embedded.js';
import { PostgresDatabase } from '../../server/store/postgres.js';
import { Store } from '../../server/store/store.js';
import { dataPaths } from '../../src/base/data-folder.js';
import { packageRoot } from '../../src/base/package-root.js';
import { temporaryFolder } from '../temporary-folder.js';
import { type MeasuredCell, measuredCells } from './measured-cells.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

interface Versions {
  count: number;
  newest: number;
}

const VERSIONS = 'SELECT count(*)::int AS count, max(version) AS newest FROM schema_version';

test('of several that open a new PostgreSQL at once each finds it set up, each step taken once', {
  skip: noPostgres,
}, async (t) => {
  const postgres = await PostgresServer.start();
  const databaseUrl = await postgres.database();
  const folder = join(tmpdir(), 'tempograph-nothing-is-written-here');
  const said: string[] = [];
  const stores = Array.from(
    { length: 5 },
    () => new Store({ folder, databaseUrl, onProblem: (problem) => said.push(problem) }),
  );
  t.after(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await postgres.stop();
  });
  for (const store of stores) store.open();
  const open = await Promise.all(stores.map((store) => store.ready()));
  assert.deepEqual(said, []);
  const [{ count, newest }] = await open[0].database.query<Versions>(VERSIONS);
  assert.equal(count, newest);
  const { id } = await open[1].database.transaction((sql) => open[1].queue.addIn(sql, 'search', null, {}));
  assert.equal((await open[4].queue.take('search'))?.id, id);
});

test('a store that a newer tempograph has changed is left alone, and said to be newer', async () => {
  const folder = temporaryFolder();
  const said: string[] = [];
  const opened = async (use: (store: Store) => Promise<void>) => {
    const store = new Store({ folder, onProblem: (problem) => said.push(problem) });
    store.open();
    try {
      await use(store);
    } finally {
      await store.close();
    }
  };
  await opened(async (store) => {
    const { database } = await store.ready();
    const [{ newest }] = await database.query<Versions>(VERSIONS);
    await database.query('INSERT INTO schema_version (version) VALUES ($1)', [newest + 1]);
  });
  assert.deepEqual(said, []);
  await opened((store) => assert.rejects(store.ready(), /made by a newer tempograph; this one knows \d+/));
  assert.equal(said.length, 1);
});

for (const kind of ['embedded', 'postgresql'] as const) {
  const skip = kind === 'postgresql' && noPostgres;

  test(`an ${kind} store of version 0.1 opens with all that was in it`, { skip }, async (t) => {
    const folder = temporaryFolder();
    const postgres = kind === 'postgresql' ? await PostgresServer.start() : undefined;
    if (postgres) t.after(() => postgres.stop());
    const databaseUrl = await postgres?.database();
    const { database: path } = dataPaths(folder);
    const before = databaseUrl
      ? await PostgresDatabase.open(databaseUrl)
      : await EmbeddedDatabase.open(path, () => {}, new AbortController().signal);
    const dump = gunzipSync(readFileSync(join(packageRoot, 'test/fixtures/store-schema-6.sql.gz')));
    await before.execute(dump.toString());
    await before.close();

    const app = await buildApp({
      models: join(folder, 'none'),
      data: folder,
      databaseUrl,
      logLevel: 'error',
    });
    t.after(() => app.close());
    const ask = async (method: 'GET' | 'POST', url: string, payload?: object) => {
      const answer = await app.inject({ method, url, payload });
      assert.equal(answer.statusCode, 200, answer.body);
      return answer.json();
    };
    const cells = measuredCells(60, 5);
    const kept = await ask('GET', '/v1/devices/board/measurements');
    assert.deepEqual(
      kept.measurements.map(({ architecture, latencyMs }: MeasuredCell) => ({ architecture, latencyMs })),
      cells,
    );
    assert.equal(kept.total, cells.length, 'counted when the store was changed');
    const versions = () => ask('GET', '/v1/devices/board/versions');
    // What is promoted is fetched after the store has been opened.
    while ((await versions()).serving === null) await sleep(50);
    const { serving, previous } = await versions();
    assert.deepEqual([serving, previous], ['3abe6a320ee0', '3dd7c938b66d'], 'as they were promoted');
    const predict = { device: 'board', architectures: [cells[0].architecture] };
    assert.deepEqual((await ask('POST', '/v1/predict', predict)).predictions[0], {
      architecture: cells[0].architecture,
      latencyMs: 8,
      modelVersion: '3abe6a320ee0',
    });
    const again = await ask('POST', '/v1/devices/board/measurements', {
      key: 'second',
      measurements: cells.slice(40),
    });
    assert.equal(again.accepted, 20, 'the same content under the key that it had');
    const energy = [{ architecture: cells[0].architecture, metric: 'energy', value: 3 }];
    await ask('POST', '/v1/devices/board/measurements', { key: 'energy', measurements: energy });
    const { measured } = await ask('GET', '/v1/overview');
    assert.equal(measured[0].measurements, cells.length + 1);
    const withdrawn = await app.inject({
      method: 'DELETE',
      url: '/v1/devices/board/measurements?key=energy',
    });
    assert.equal(withdrawn.json().removed, 1);
    assert.equal((await ask('GET', '/v1/overview')).measured[0].measurements, cells.length);
    assert.equal((await ask('POST', '/v1/devices/board/rollback', {})).serving, '3dd7c938b66d');
    const counts = await ask('GET', '/v1/devices/board/candidates');
    assert.deepEqual([counts.queued, counts.measured], [1, 1]);
  });
}
