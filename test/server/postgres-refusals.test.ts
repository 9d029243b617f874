import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { buildApp } from '../../server/app.js';
import { PostgresDatabase } from '../../server/store/postgres.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';
import { measuredCells } from './measured-cells.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

describe('a PostgreSQL that cannot do it now', { skip: noPostgres }, () => {
  let folder: string;
  let postgres: PostgresServer;
  let app: FastifyInstance;
  let admin: pg.Client;
  let databaseUrl: string;
  let keys = 0;

  before(async () => {
    folder = temporaryFolder();
    await saveAdditiveDevice(join(folder, 'models'), 'shipped', 1);
    postgres = await PostgresServer.start();
    databaseUrl = await postgres.database();
    admin = new pg.Client(databaseUrl);
    await admin.connect();
    await admin.query('SET default_transaction_read_only = off');
    app = await buildApp({
      models: join(folder, 'models'),
      data: join(folder, 'data'),
      databaseUrl,
      runJobs: false,
      logLevel: 'silent',
    });
    assert.equal((await upload()).statusCode, 200);
  });
  after(async () => {
    await admin.end();
    await app.close();
    await postgres.stop();
  });

  const upload = () =>
    app.inject({
      method: 'POST',
      url: '/v1/devices/board/measurements',
      payload: { key: `key ${keys++}`, space: 'nasbench201', measurements: measuredCells(3, 1) },
    });
  async function configure(setting: string): Promise<void> {
    await admin.query(setting);
    await admin.query('SELECT pg_reload_conf()');
    await sleep(300);
  }
  function isRefused({ statusCode, headers, body }: Awaited<ReturnType<typeof upload>>, why: RegExp): void {
    assert.equal(statusCode, 503, body);
    assert.ok(Number(headers['retry-after']) >= 1);
    assert.equal(JSON.parse(body).error.code, 'store_unavailable');
    assert.match(JSON.parse(body).error.message, why);
  }
  const state = async () => (await app.inject('/readyz')).json().store;

  test('only reads after a failover: reads go on, readiness says so, writes come back by themselves', async () => {
    await configure('ALTER SYSTEM SET default_transaction_read_only = on');
    isRefused(await upload(), /cannot execute .* in a read-only transaction/);
    assert.equal((await app.inject('/v1/devices/board/measurements')).statusCode, 200);
    const told = await state();
    assert.deepEqual([told.state, told.message], ['failed', 'PostgreSQL is read-only (a standby?)']);
    await configure('ALTER SYSTEM RESET default_transaction_read_only');
    assert.equal((await upload()).statusCode, 200);
    assert.equal((await state()).state, 'ready');
  });

  test('does not answer at all: a statement is given up, and the next one has another connection', async () => {
    const database = await PostgresDatabase.open(databaseUrl, { limitMs: 500 });
    const isUnavailable = { name: 'DatabaseUnavailable', message: /does not answer: Query read timeout/ };
    try {
      const begunAt = performance.now();
      await assert.rejects(database.query('SELECT pg_sleep(60)'), isUnavailable);
      const inTransaction = database.transaction(async (sql) => {
        await sql.query('SELECT pg_sleep(60)');
      });
      await assert.rejects(inTransaction, isUnavailable);
      assert.ok(performance.now() - begunAt < 30_000);
      assert.deepEqual(await database.query('SELECT 1 AS one'), [{ one: 1 }]);
      // What sets a store up takes as long as it takes.
      assert.deepEqual(await database.execute(`SELECT pg_sleep(1)::text AS slept`), [{ slept: '' }]);
    } finally {
      await database.close();
    }
  });

  test('has limits for statements and locks', async () => {
    await admin.query('BEGIN; LOCK TABLE measurement IN ACCESS EXCLUSIVE MODE');
    const limits = new pg.Client(databaseUrl);
    await limits.connect();
    for (const [setting, why] of [
      ['statement_timeout', /statement timeout/],
      ['lock_timeout', /lock timeout/],
    ] as const) {
      await limits.query(`ALTER SYSTEM SET ${setting} = '500ms'`);
      await limits.query('SELECT pg_reload_conf()');
      await sleep(300);
      isRefused(await upload(), why);
      await limits.query(`ALTER SYSTEM RESET ${setting}`);
      await limits.query('SELECT pg_reload_conf()');
      await sleep(300);
    }
    await admin.query('ROLLBACK');
    await limits.end();
    assert.equal((await upload()).statusCode, 200);
  });
});
