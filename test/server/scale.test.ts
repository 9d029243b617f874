import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance, InjectOptions } from 'fastify';
import pg from 'pg';
import { fillStore, type StoreIds } from '../../bench/scale/big-store.js';
import { requestsTo } from '../../bench/scale/requests.js';
import { buildApp } from '../../server/app.js';
import { PostgresDatabase } from '../../server/store/postgres.js';
import { devicesIn, lockUsersOfSpaces, openJobsIn, runningSearchesIn } from '../../server/store/spaces.js';
import { promotedDigests } from '../../server/store/versions.js';
import { temporaryFolder } from '../temporary-folder.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

/** Enough that the planner takes an index wherever there is one that fits. */
const SIZE = {
  devices: 200,
  measurements: 300_000,
  versions: 2000,
  queuedJobs: 1000,
  past: 40_000,
  searches: 1000,
};
/** Tables that grow with use; of the others a service has hundreds of rows at most. */
const LARGE = [
  'audit',
  'candidate',
  'job',
  'measurement',
  'model_version',
  'prediction',
  'search',
  'trial',
  'upload',
];

/** Routes that ask the store what these tables do not have, or for one row by its key, beside those that are asked. */
const NOT_ASKED = [
  'GET /v1/spaces/{name}',
  'POST /v1/spaces',
  'DELETE /v1/spaces/{name}',
  'GET /v1/spaces/{name}/versions/{version}',
  'DELETE /v1/spaces/{name}/versions/{version}',
  'POST /v1/devices/{id}/promote',
  'POST /v1/devices/{id}/rollback',
  'GET /v1/jobs/{id}/events',
  'GET /v1/searches/{id}/events',
  'POST /v1/devices/{id}/candidates/{candidate}/failure',
  'POST /v1/keys',
  'DELETE /v1/keys/{id}',
  'POST /v1/emulators',
  'POST /v1/compressions',
  'GET /v1/compressions/{id}',
  'GET /v1/compressions/{id}/model',
];
/** Of routes that do not ask the store. */
const WITHOUT_STORE =
  /\/v2|\/healthz|\/readyz|\/v1\/(predict|meets|strategies|accelerators|network|networks|networks\/devices|networks\/predict|breakdown|emulators|frontiers|datasets|predictors|devices|devices\/\{id\}|devices\/\{id\}\/predictions|spaces\/\{name\}\/architecture)(\/\{.*)?$/;

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

describe('a PostgreSQL with much in it', { skip: noPostgres }, () => {
  let postgres: PostgresServer;
  let app: FastifyInstance;
  let database: PostgresDatabase;
  let ids: StoreIds;
  /** What the service has sent since the list was emptied last. */
  const sent: Statement[] = [];
  const query = pg.Client.prototype.query as (...given: unknown[]) => unknown;

  before(async () => {
    postgres = await PostgresServer.start();
    const databaseUrl = await postgres.database();
    const folder = temporaryFolder();
    app = await buildApp({
      models: join(folder, 'models'),
      data: join(folder, 'data'),
      databaseUrl,
      runJobs: false,
      logLevel: 'error',
    });
    assert.equal((await app.inject('/v1/overview')).statusCode, 200);
    database = await PostgresDatabase.open(databaseUrl);
    ids = await database.transaction((sql) => fillStore(sql, SIZE));
    pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
      const [text, values] = given;
      if (typeof text === 'string') sent.push({ text, values: (values as unknown[]) ?? [] });
      return query.apply(this, given);
    } as typeof pg.Client.prototype.query;
  });
  after(async () => {
    pg.Client.prototype.query = query as typeof pg.Client.prototype.query;
    await database.close();
    await app.close();
    await postgres.stop();
  });

  /** Large tables that the plan of a statement reads from end to end. */
  async function scanned({ text, values }: Statement): Promise<string[]> {
    const [{ 'QUERY PLAN': plan }] = await database.query<{ 'QUERY PLAN': unknown }>(
      `EXPLAIN (FORMAT JSON) ${text}`,
      values,
    );
    const found: string[] = [];
    JSON.stringify(plan, (_, node) => {
      if (node?.['Node Type'] === 'Seq Scan' && LARGE.includes(node['Relation Name'])) {
        found.push(node['Relation Name']);
      }
      return node;
    });
    return found;
  }
  /** @returns how many statements there are, and those of them that read a large table whole */
  async function judged(statements: readonly Statement[], of: string): Promise<[number, string[]]> {
    const distinct = [...new Map(statements.map((statement) => [statement.text, statement])).values()];
    const planned = distinct.filter(
      ({ text }) => /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/i.test(text) && !/pgboss/.test(text),
    );
    const whole: string[] = [];
    for (const statement of planned) {
      for (const table of await scanned(statement))
        whole.push(`${of} reads ${table} whole: ${statement.text}`);
    }
    return [planned.length, whole];
  }

  test('no query of a route reads a large table whole', async () => {
    let planned = 0;
    const problems: string[] = [];
    for (const { route, url, body } of requestsTo(ids)) {
      sent.length = 0;
      const [method] = route.split(' ');
      const asked: InjectOptions = { method: method as InjectOptions['method'], url, payload: body };
      const { statusCode, body: answer } = await app.inject(asked);
      if (statusCode >= 300) problems.push(`${method} ${url}: ${statusCode} ${answer}`);
      const [count, whole] = await judged([...sent], `${method} ${url}`);
      planned += count;
      problems.push(...whole);
    }
    assert.deepEqual(problems, []);
    assert.ok(planned > 60, `${planned} statements`);
  });

  test('neither does what is done in the background, or before a space is removed', async () => {
    sent.length = 0;
    await promotedDigests(database);
    await database.transaction(async (sql) => {
      await lockUsersOfSpaces(sql);
      await devicesIn(sql, 'none');
      await openJobsIn(sql, 'none');
      await runningSearchesIn(sql, 'none');
    });
    assert.deepEqual(await judged([...sent], 'the background'), [4, []]);
  });

  test('the columns that refer to a large table, or from one, are the first of an index where rows are deleted', async () => {
    const missing = await database.query<{ reference: string }>(
      `SELECT conrelid::regclass || '.' || a.attname AS reference
       FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
       WHERE c.contype = 'f' AND c.confrelid = ANY (ARRAY['measurement', 'upload']::regclass[])
         AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])`,
    );
    assert.deepEqual(missing, []);
  });

  test('every route that asks the store is among those asked here', async () => {
    const asked = new Set(requestsTo(ids).map(({ route }) => route));
    const { paths } = app.swagger() as { paths: Record<string, object> };
    const forgotten = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .map((method) => `${method.toUpperCase()} ${path}`)
        .filter((route) => !asked.has(route) && !NOT_ASKED.includes(route) && !WITHOUT_STORE.test(path)),
    );
    assert.deepEqual(forgotten, []);
  });
});
