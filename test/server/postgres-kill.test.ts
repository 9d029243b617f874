import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildApp } from '../../server/app.js';
import { Random } from '../../src/base/random.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';
import { measuredCells } from './measured-cells.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

/** How often PostgreSQL is killed; TEMPOGRAPH_KILLS sets it for a longer run. */
const KILLS = Number(process.env.TEMPOGRAPH_KILLS ?? 3);
const ROWS = 20;
const CELLS = measuredCells(200, 3);
const CSV = ['arch,accuracy', ...CELLS.map((cell) => `${cell.architecture},${cell.latencyMs}`)].join('\n');
const SEARCH = {
  space: 'nasbench201',
  strategy: 'random',
  budget: 100,
  evaluator: { kind: 'table', column: 'accuracy', csv: CSV },
};

interface Page {
  measurements: { key: string }[];
  next: number | null;
}

test(`PostgreSQL killed ${KILLS} times under a running service: what it acknowledged is kept, and it works again`, {
  skip: noPostgres,
}, async (t) => {
  const folder = temporaryFolder();
  const models = join(folder, 'models');
  await saveAdditiveDevice(models, 'shipped', 1);
  const postgres = await PostgresServer.start();
  const databaseUrl = await postgres.database();
  const app = await buildApp({ models, data: join(folder, 'data'), databaseUrl, logLevel: 'silent' });
  t.after(async () => {
    await app.close();
    await postgres.stop();
  });
  const post = async (url: string, payload: object) => {
    const answer = await app.inject({ method: 'POST', url, payload });
    const { statusCode: status, headers } = answer;
    if (status === 503) {
      assert.equal(answer.json().error.code, 'store_unavailable');
      assert.equal(headers['retry-after'], '1');
    } else assert.ok(status < 300, answer.body);
    return { isDone: status < 300, body: answer.json() };
  };
  const upload = (k: number) =>
    post('/v1/devices/board/measurements', {
      key: `upload ${k}`,
      space: 'nasbench201',
      measurements: CELLS.slice((k % 10) * ROWS, ((k % 10) + 1) * ROWS),
    });

  let uploads = 0;
  let refused = 0;
  let closing = false;
  const jobs: string[] = [];
  const searches: string[] = [];
  const untilClosing = async (step: () => Promise<void>) => {
    while (!closing) {
      await step();
      await sleep(20);
    }
  };
  await upload(uploads++);
  const busy = Promise.all([
    untilClosing(async () => {
      if ((await upload(uploads)).isDone) uploads++;
      else refused++;
    }),
    untilClosing(async () => {
      const job = await post('/v1/devices/board/train', { predictor: 'lookup', promote: 'never' });
      if (job.isDone) jobs.push(job.body.id);
      const search = await post('/v1/searches', SEARCH);
      if (search.isDone) searches.push(search.body.id);
      await sleep(1500);
    }),
    untilClosing(async () => {
      // A prediction needs no database.
      const payload = { device: 'shipped', architectures: [nasbench201.example] };
      const { statusCode } = await app.inject({ method: 'POST', url: '/v1/predict', payload });
      assert.equal(statusCode, 200);
    }),
  ]);
  busy.catch(() => {});

  const random = new Random(1);
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(500 + random.integer(1500));
    await postgres.kill();
    await sleep(random.integer(500));
    await postgres.run();
    const before = uploads;
    for (const deadline = performance.now() + 30_000; uploads === before; await sleep(50)) {
      assert.ok(performance.now() < deadline, 'nothing is taken any more');
    }
  }
  closing = true;
  await busy;
  assert.ok(refused > 0);

  const keys = new Map<string, number>();
  for (let next: number | null = 0; next !== null; ) {
    const page: Page = (await app.inject(`/v1/devices/board/measurements?limit=10000&after=${next}`)).json();
    for (const { key } of page.measurements) keys.set(key, (keys.get(key) ?? 0) + 1);
    next = page.next;
  }
  for (let k = 0; k < uploads; k++) assert.equal(keys.get(`upload ${k}`), ROWS, `upload ${k}`);
  const isOver = ({ state }: { state: string }) => state !== 'queued' && state !== 'running';
  const ended = async (path: string) => {
    for (const deadline = performance.now() + 120_000; ; await sleep(100)) {
      const body = (await app.inject(path)).json();
      if (isOver(body)) return body;
      assert.ok(performance.now() < deadline, JSON.stringify(body));
    }
  };
  for (const id of jobs) assert.equal((await ended(`/v1/jobs/${id}`)).state, 'succeeded');
  for (const id of searches) {
    const { state, trained, error } = await ended(`/v1/searches/${id}`);
    assert.deepEqual([state, trained], ['succeeded', SEARCH.budget], error);
  }
  t.diagnostic(
    `${uploads} uploads kept, ${refused} refused; ${jobs.length} trainings, ${searches.length} searches`,
  );
});
