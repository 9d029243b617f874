import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildApp } from '../../server/app.js';
import { backUp } from '../../server/backup/back-up.js';
import type { Place } from '../../server/backup/place.js';
import { restore } from '../../server/backup/restore.js';
import { storeTables } from '../../server/store/migrations.js';
import { dataPaths } from '../../src/base/data-folder.js';
import { packageRoot } from '../../src/base/package-root.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';
import { changedArchive, entriesOf } from './archives.js';
import { measuredCells } from './measured-cells.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

const ADMIN_KEY = 'an-administrators-key-of-this-test-only';
const CELLS = measuredCells(60, 5);
const TINY = JSON.parse(readFileSync(join(packageRoot, 'examples', 'spaces', 'tiny.json'), 'utf8'));

/** Answers, by method and URL, that tell what a service keeps. */
type Answers = Record<string, unknown>;

/** Closed at the end, where a test that failed has not. */
const begun: { close(): PromiseLike<unknown> }[] = [];

/** A service on a place, whose requests are an administrator's. */
async function served(place: Place, runJobs: boolean) {
  const app = await buildApp({
    models: join(place.folder, '..', 'models'),
    data: place.folder,
    databaseUrl: place.databaseUrl,
    runJobs,
    requireKeys: true,
    adminKey: ADMIN_KEY,
    logLevel: 'error',
  });
  begun.push(app);
  const ask = async (method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) => {
    const answer = await app.inject({
      method,
      url,
      payload,
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    });
    assert.ok(answer.statusCode < 300, `${method} ${url}: ${answer.body}`);
    return String(answer.headers['content-type']).startsWith('application/json')
      ? answer.json()
      : answer.body;
  };
  const done = async ({ id }: { id: string }) => {
    await ask('GET', `/v1/jobs/${id}/events`);
    const { state, error } = await ask('GET', `/v1/jobs/${id}`);
    assert.equal(state, 'succeeded', error);
  };
  return { app, ask, done };
}
type Ask = Awaited<ReturnType<typeof served>>['ask'];

/** Whatever can be asked for of what a service keeps: every route of a list, and of each thing in the lists. */
async function answers(ask: Ask): Promise<Answers> {
  const told: Answers = {};
  const get = async (url: string) => {
    told[url] = await ask('GET', url);
    return told[url] as Record<string, { id: string }[]>;
  };
  for (const url of ['/v1/keys', '/v1/audit', '/v1/overview', '/v1/spaces', '/v1/spaces/tiny'])
    await get(url);
  for (const { id } of (await get('/v1/jobs')).jobs) await get(`/v1/jobs/${id}`);
  for (const { id } of (await get('/v1/searches')).searches) await get(`/v1/searches/${id}`);
  for (const what of ['measurements', 'versions', 'candidates', 'retraining', 'production', 'drift']) {
    await get(`/v1/devices/board/${what}`);
  }
  for (const { id } of (await get('/v1/devices/board/production')).predictions)
    await get(`/v1/predictions/${id}`);
  const architectures = CELLS.slice(0, 20).map(({ architecture }) => architecture);
  told.predicted = await ask('POST', '/v1/predict', { device: 'board', architectures });
  return told;
}

/** Answer by answer: a difference between all of them at once takes minutes to print. */
function assertSame(now: Answers, before: Answers): void {
  assert.deepEqual(Object.keys(now), Object.keys(before));
  for (const [url, answer] of Object.entries(now)) assert.deepEqual(answer, before[url], url);
}

/** All but what says when and by what a backup was written. */
async function assertSameContent(file: string, other: string): Promise<void> {
  const [entries, others] = [await entriesOf(file), await entriesOf(other)];
  for (const each of [entries, others]) each.delete('backup.json');
  assert.deepEqual([...entries.keys()], [...others.keys()]);
  for (const [name, content] of entries) assert.ok(content.equals(others.get(name)!), name);
}

describe('a backup', () => {
  const folder = temporaryFolder();
  const place = (name: string, databaseUrl?: string): Place => ({ folder: join(folder, name), databaseUrl });
  const first = place('first');
  const backup = join(folder, 'backup.tar');
  const upload = { key: 'a', space: 'nasbench201', description: 'Zeilen\n\\x41 "µs" \u{1f40c}' };
  const uploaded = { ...upload, measurements: CELLS.slice(0, 40) };
  const board = '/v1/devices/board';
  let firstAnswer: object;
  let labKey: string;
  let waitingJob: string;
  let kept: Answers;

  after(async () => {
    for (const app of begun) await app.close();
  });
  before(async () => {
    await saveAdditiveDevice(join(folder, 'models'), 'shipped', 1);
    const { accuracies } = dataPaths(first.folder);
    await mkdir(accuracies, { recursive: true });
    const rows = CELLS.map(({ architecture }, i) => `${architecture},${50 + i / 2}`);
    await writeFile(join(accuracies, 'made-up.csv'), ['arch,accuracy', ...rows].join('\n'));

    const { app, ask, done } = await served(first, true);
    labKey = (await ask('POST', '/v1/keys', { name: 'lab', role: 'measure' })).key;
    await ask('POST', '/v1/spaces', TINY);
    firstAnswer = await ask('POST', `${board}/measurements`, uploaded);
    await done(await ask('POST', `${board}/train`, { predictor: 'lookup', promote: 'always' }));
    await untilServing(ask);
    const architectures = CELLS.slice(40).map(({ architecture }) => architecture);
    await ask('POST', '/v1/predict', { device: 'board', architectures, track: true });
    await ask('POST', `${board}/measurements`, { key: 'b', measurements: CELLS.slice(40, 50) });
    await ask('PUT', `${board}/retraining`, { medianError: 0.5, least: 50 });
    await ask('POST', `${board}/candidates`, { architectures });
    await ask('POST', `${board}/candidates/claim`, { worker: 'w', count: 3, leaseSeconds: 86_400 });
    const search = await ask('POST', '/v1/searches', {
      space: 'nasbench201',
      strategy: 'random',
      budget: 10,
      evaluator: { kind: 'table', column: 'accuracy', name: 'made-up' },
    });
    await ask('GET', `/v1/searches/${search.id}/events`);
    await app.close();

    const idle = await served(first, false);
    waitingJob = (await idle.ask('POST', `${board}/train`, { predictor: 'flops' })).id;
    await untilServing(idle.ask);
    kept = await answers(idle.ask);
    await idle.app.close();
    await backUp(first, backup);
  });

  test('has something of every kind that a store can keep', async () => {
    const names = [...(await entriesOf(backup)).keys()].map((name) => name.split('/').slice(0, 2).join('/'));
    // A job that is over has no checkpoint.
    const filled = storeTables.filter((table) => table !== 'checkpoint_file');
    assert.deepEqual([...new Set(names)].sort(), [
      'backup.json',
      'files/accuracies',
      ...filled.map((table) => `tables/${table}`).sort(),
    ]);
  });

  test('of an embedded store comes back whole: same answers, same rows, and the service goes on', async () => {
    const second = place('second');
    const { rows } = await restore(second, backup);
    assert.ok(rows > 100);
    const idle = await served(second, false);
    await untilServing(idle.ask);
    assertSame(await answers(idle.ask), kept);
    await idle.app.close();
    const again = join(folder, 'again.tar.gz');
    await backUp(second, again);
    await assertSameContent(again, backup);

    const { app, ask, done } = await served(second, true);
    assert.deepEqual(await ask('POST', `${board}/measurements`, uploaded), firstAnswer);
    await ask('POST', `${board}/measurements`, { key: 'c', measurements: CELLS.slice(50) });
    await done({ id: waitingJob });
    const asLab = { authorization: `Bearer ${labKey}` };
    const lab = await app.inject({ url: '/v1/devices', headers: asLab });
    assert.equal(lab.statusCode, 200, lab.body);
    const forbidden = await app.inject({ url: '/v1/keys', headers: asLab });
    assert.equal(forbidden.statusCode, 403, forbidden.body);
    await app.close();
  });

  test('comes back in PostgreSQL, and is the same when that is backed up while a service runs on it', {
    skip: noPostgres,
  }, async (t) => {
    const postgres = await PostgresServer.start();
    t.after(() => postgres.stop());
    const over = place('copies', await postgres.database());
    await restore(over, backup);
    const running = await served(over, false);
    t.after(() => running.app.close());
    await untilServing(running.ask);
    assertSame(await answers(running.ask), kept);
    const fromPostgres = join(folder, 'from-postgres.tar');
    await backUp(over, fromPostgres);
    await assertSameContent(fromPostgres, backup);

    const taken = place('other-copies', over.databaseUrl);
    await assert.rejects(
      restore(taken, backup),
      /DATABASE_URL: the database is not empty \(it holds \w+\.\w+/,
    );
    // What fails half-way leaves the database and the folder as they were: empty.
    const bad = await changedArchive(backup, join(folder, 'bad-number.tar'), ({ name, content }) =>
      name === 'tables/measurement/0.json' ? content.toString().replace('latency', 'x"') : content.toString(),
    );
    const empty = place('empty-copies', await postgres.database());
    await assert.rejects(restore(empty, bad), /json/);
    assert.ok(!existsSync(join(dataPaths(empty.folder).accuracies, 'made-up.csv')));
    await restore(empty, backup);
    const nothing = place('nothing', await postgres.database());
    await assert.rejects(
      backUp(nothing, join(folder, 'no.tar')),
      /DATABASE_URL: it does not contain a store/,
    );
  });
});

/** What is promoted is fetched after the store has been opened. */
async function untilServing(ask: Ask) {
  for (const deadline = Date.now() + 60_000; ; ) {
    assert.ok(Date.now() < deadline, 'the version is never served');
    const { devices } = await ask('GET', '/v1/devices');
    if (devices.some(({ id }: { id: string }) => id === 'board')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
