import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { TempographClient } from '../../client/index.js';
import { buildApp } from '../../server/app.js';
import { temporaryFolder } from '../temporary-folder.js';
import { measuredCells } from './measured-cells.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

interface Job {
  readonly id: string;
  readonly state: string;
  readonly attempt: number;
  readonly error: string | null;
  readonly progress: { readonly epoch: number } | null;
}

async function service(t: TestContext, databaseUrl: string, runJobs: boolean): Promise<FastifyInstance> {
  const folder = temporaryFolder();
  const app = await buildApp({
    models: folder,
    data: join(folder, 'data'),
    databaseUrl,
    runJobs,
    logLevel: 'silent',
  });
  t.after(() => app.close());
  return app;
}

/** Uploads again for as long as the service says that it cannot keep anything now. */
async function insist<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = performance.now() + 120_000; ; await sleep(200)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    assert.ok(performance.now() < deadline, what);
  }
}

/** Goes after what is mounted in it. */
const place = temporaryFolder();

const rowsOf = (count: number, seed: number) => measuredCells(count, 3, seed);

test('a training outlives the loss of all connections to PostgreSQL, again and again', {
  skip: noPostgres,
}, async (t) => {
  const postgres = await PostgresServer.start();
  t.after(() => postgres.stop());
  const databaseUrl = await postgres.database();
  const app = await service(t, databaseUrl, true);
  const upload = await app.inject({
    method: 'POST',
    url: '/v1/devices/board/measurements',
    payload: { key: 'a', space: 'nasbench201', measurements: rowsOf(40, 1) },
  });
  assert.equal(upload.statusCode, 200, upload.body);
  const train = await app.inject({
    method: 'POST',
    url: '/v1/devices/board/train',
    payload: { epochs: 300 },
  });
  assert.equal(train.statusCode, 202, train.body);
  const { id } = train.json<Job>();
  const job = () =>
    insist('the job is told', async () => {
      const answer = await app.inject(`/v1/jobs/${id}`);
      return answer.statusCode === 200 ? answer.json<Job>() : undefined;
    });
  await insist('it runs', async () => ((await job()).progress ? true : undefined));
  const admin = new pg.Client(databaseUrl);
  await admin.connect();
  let lost = 0;
  for (let k = 0; k < 3; k++) {
    const { rowCount } = await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tempograph' AND datname = current_database()`,
    );
    lost += rowCount ?? 0;
    await sleep(300);
  }
  await admin.end();
  assert.ok(lost > 0);
  const done = await insist('it ends', async () => {
    const now = await job();
    return ['queued', 'running'].includes(now.state) ? undefined : now;
  });
  assert.equal(done.state, 'succeeded', JSON.stringify(done));
});

test('streams of events go on where PostgreSQL was away', { skip: noPostgres }, async (t) => {
  const postgres = await PostgresServer.start();
  t.after(() => postgres.stop());
  const app = await service(t, await postgres.database(), false);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const begin = { space: 'nasbench201', budget: 3, evaluator: { kind: 'ask-tell' as const } };
  // One attempt: a stream that breaks ends what reads it.
  const client = new TempographClient({ url, retries: 0 });
  const { id } = await client.startSearch(begin);
  const states: string[] = [];
  const followed = (async () => {
    for await (const { state } of client.followSearch(id)) states.push(state);
  })();
  followed.catch(() => {});
  await insist('it is followed', async () => (states.length > 0 ? true : undefined));
  await postgres.crash();
  assert.equal((await app.inject(`/v1/searches/${id}`)).statusCode, 503);
  await sleep(3000);
  await postgres.run();
  const cancel = () => app.inject({ method: 'POST', url: `/v1/searches/${id}/cancel` });
  await insist('it is cancelled', async () => ((await cancel()).statusCode === 200 ? true : undefined));
  await followed;
  assert.deepEqual([states[0], states.at(-1)], ['queued', 'cancelled']);
});

test('the disk of PostgreSQL is full: 503, reads go on, and writes come back with space', {
  skip: noPostgres,
}, async (t) => {
  // PostgreSQL runs as somebody else.
  chmodSync(place, 0o755);
  const disk = join(place, 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    return t.skip('no file system may be mounted here');
  }
  t.after(() => execFileSync('umount', ['--lazy', disk]));
  const postgres = await PostgresServer.start(disk);
  t.after(() => postgres.stop().catch(() => {}));
  const app = await service(t, await postgres.database(), false);
  const kept: string[] = [];
  const upload = async () => {
    const key = `upload ${kept.length}`;
    const payload = { key, space: 'nasbench201', measurements: rowsOf(2000, kept.length + 1) };
    const answer = await app.inject({ method: 'POST', url: '/v1/devices/board/measurements', payload });
    if (answer.statusCode === 200) kept.push(key);
    else {
      assert.equal(answer.statusCode, 503, answer.body);
      assert.ok(Number(answer.headers['retry-after']) >= 1);
    }
    return answer;
  };
  await insist('the store opens', async () => ((await upload()).statusCode === 200 ? true : undefined));
  // All but a few pages of the tables; PostgreSQL has the next segment of its log already.
  const filler = join(disk, 'filler');
  const { bavail, bsize } = await statfs(disk);
  await writeFile(filler, Buffer.alloc(bavail * bsize - 256 * 1024));
  const refused = await insist('it is full', async () => {
    const answer = await upload();
    return answer.statusCode === 200 ? undefined : answer;
  });
  assert.match(refused.json().error.message, /No space left on device|PostgreSQL/);
  const read = () => app.inject('/v1/devices/board/measurements?limit=10000');
  if (!postgres.hasEnded) assert.equal((await read()).statusCode, 200);
  await rm(filler);
  // Where its log had no space either it has ended, and whoever looks after it starts it again.
  if (postgres.hasEnded) await postgres.run();
  await insist('writes come back', async () => ((await upload()).statusCode === 200 ? true : undefined));
  const { total } = (await read()).json<{ total: number }>();
  assert.equal(total, 2000 * kept.length, 'all that was acknowledged, and nothing else');
});
