import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Store } from '../../server/store/store.js';
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

test('a store that a newer tempograph has changed is left alone, and said to be newer', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tempograph-migrations-'));
  t.after(() => rm(folder, { recursive: true }));
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
