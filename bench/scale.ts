import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions } from 'fastify';
import pg from 'pg';
import { quantile } from 'simple-statistics';
import { plainTable } from '../cli/table.js';
import { buildApp } from '../server/app.js';
import type { Database } from '../server/store/database.js';
import { PostgresDatabase } from '../server/store/postgres.js';
import { keepPredictions } from '../server/store/predictions.js';
import { InputError } from '../src/base/errors.js';
import { nasbench201 as space } from '../src/spaces/nasbench201/space.js';
import type { BenchOptions } from './pieces.js';
import { fillStore, type StoreSize } from './scale/big-store.js';
import { requestsTo } from './scale/requests.js';

/** What is asked of a service: all of it at factor 1. */
const WHOLE: StoreSize = {
  devices: 2000,
  measurements: 10_000_000,
  versions: 10_000,
  queuedJobs: 1000,
  past: 1_000_000,
  searches: 5000,
};
/** Times that a request is made which changes nothing. */
const READS = 20;
/** Rows of an upload, and uploads. */
const ROWS = 10_000;
const UPLOADS = 5;

/**
 * How long each route takes with much in the store, requests made in this process, one at a time; then uploads of
 * 10,000 rows, taking them back, and forgetting 10,000 old predictions.
 *
 * @throws InputError without `database`, the URL of an empty PostgreSQL
 */
export async function scaleBench({ database: databaseUrl, factor = 1 }: BenchOptions): Promise<void> {
  if (databaseUrl === undefined) throw new InputError('name an empty PostgreSQL', { field: '--database' });
  const size = Object.fromEntries(
    Object.entries(WHOLE).map(([name, count]) => [name, Math.ceil(count * factor)]),
  ) as unknown as StoreSize;
  const data = await mkdtemp(join(tmpdir(), 'tempograph-scale-'));
  const app = await buildApp({
    models: join(data, 'models'),
    data,
    databaseUrl,
    runJobs: false,
    logLevel: 'error',
  });
  await answered(app, { url: '/v1/overview' });
  const database = await PostgresDatabase.open(databaseUrl);
  try {
    const begun = performance.now();
    const ids = await database.transaction((sql) => fillStore(sql, size));
    await database.query('VACUUM ANALYZE');
    const bytes = await database.query<{ size: string }>(
      'SELECT pg_size_pretty(pg_database_size(current_database())) AS size',
    );
    console.log(
      `${Object.entries(size)
        .map(([name, count]) => `${count.toLocaleString('en')} ${name}`)
        .join(', ')}: ${bytes[0].size}, made in ${((performance.now() - begun) / 1000).toFixed(0)} s`,
    );
    const table = plainTable(['request', 'p50 ms', 'p95 ms', 'slowest query, p50 ms', 'times']);
    for (const { route, url, body } of requestsTo(ids)) {
      const method = route.split(' ')[0] as InjectOptions['method'];
      const taken: Taken[] = [];
      while (taken.length < (method === 'GET' ? READS : 1))
        taken.push(await timed(() => answered(app, { method, url, payload: body })));
      const query = url.includes('?') ? url.slice(url.indexOf('?')) : '';
      table.push(row(route + query.replaceAll(ids.device, '{id}'), taken));
    }
    for (const [name, taken] of Object.entries(await largeChanges(app, database, ids.device)))
      table.push(row(name, taken));
    console.log(table.toString());
  } finally {
    await database.close();
    await app.close();
    await rm(data, { recursive: true, force: true });
  }
}

/** How long something took, and the longest of its queries. */
interface Taken {
  readonly ms: number;
  readonly slowestQueryMs: number;
}

function row(name: string, taken: readonly Taken[]): (string | number)[] {
  const at = (level: number, of: keyof Taken) =>
    quantile(
      taken.map((each) => each[of]),
      level,
    ).toFixed(1);
  return [name, at(0.5, 'ms'), at(0.95, 'ms'), at(0.5, 'slowestQueryMs'), taken.length];
}

/** Uploads of many rows, which are taken back, and predictions that are forgotten meanwhile. */
async function largeChanges(
  app: FastifyInstance,
  database: Database,
  device: string,
): Promise<Record<string, Taken[]>> {
  const path = `/v1/devices/${device}/measurements`;
  const [uploads, deletions, forgotten]: Taken[][] = [[], [], []];
  const measurements = Array.from({ length: ROWS }, (_, i) => ({
    architecture: space.format(space.at(200 + i)),
    latencyMs: 1 + i / ROWS,
  }));
  for (let i = 0; i < UPLOADS; i++) {
    const payload = { key: `many-${i}`, measurements };
    uploads.push(await timed(() => answered(app, { method: 'POST', url: path, payload })));
  }
  for (let i = 0; i < UPLOADS; i++) {
    deletions.push(await timed(() => answered(app, { method: 'DELETE', url: `${path}?key=many-${i}` })));
    forgotten.push(await timed(() => keepPredictions(database, [])));
  }
  return {
    'upload of 10,000 rows': uploads,
    'taking it back': deletions,
    'forgetting up to 10,000 old predictions': forgotten,
  };
}

async function timed(work: () => Promise<unknown>): Promise<Taken> {
  const query = pg.Client.prototype.query as (...given: unknown[]) => unknown;
  let slowestQueryMs = 0;
  pg.Client.prototype.query = async function (this: pg.Client, ...given: unknown[]) {
    const begun = performance.now();
    const answer = await query.apply(this, given);
    slowestQueryMs = Math.max(slowestQueryMs, performance.now() - begun);
    return answer;
  } as typeof pg.Client.prototype.query;
  const begun = performance.now();
  try {
    await work();
    return { ms: performance.now() - begun, slowestQueryMs };
  } finally {
    pg.Client.prototype.query = query as typeof pg.Client.prototype.query;
  }
}

/** @throws Error if a request is refused */
async function answered(app: FastifyInstance, options: InjectOptions): Promise<void> {
  const { statusCode, body } = await app.inject(options);
  if (statusCode >= 300) throw new Error(`${options.method ?? 'GET'} ${options.url}: ${statusCode} ${body}`);
}
