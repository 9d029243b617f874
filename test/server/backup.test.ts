import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { buildApp } from '../../server/app.js';
import { type ArchiveEntry, readArchive, writeArchive } from '../../server/backup/archive.js';
import { backUp } from '../../server/backup/back-up.js';
import { onDatabase, type Place } from '../../server/backup/place.js';
import { restore } from '../../server/backup/restore.js';
import { newestSchema, storeTables } from '../../server/store/migrations.js';
import { dataPaths } from '../../src/base/data-folder.js';
import { packageRoot } from '../../src/base/package-root.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';
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
  return { app, ask };
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

async function entriesOf(file: string): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>();
  for await (const { name, content } of readArchive(file)) entries.set(name, content);
  return entries;
}

async function* inOrder(entries: Iterable<ArchiveEntry>): AsyncGenerator<ArchiveEntry> {
  yield* entries;
}

describe('backups', () => {
  const folder = temporaryFolder();
  const place = (name: string, databaseUrl?: string): Place => ({ folder: join(folder, name), databaseUrl });
  const first = place('first');
  const backup = join(folder, 'backup.tar');
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

    const working = await served(first, true);
    const { ask } = working;
    await ask('POST', '/v1/keys', { name: 'lab', role: 'measure' });
    await ask('POST', '/v1/spaces', TINY);
    const upload = { space: 'nasbench201', description: 'Zeilen\n\\x41 "µs" \u{1f40c}' };
    const board = '/v1/devices/board';
    await ask('POST', `${board}/measurements`, { key: 'a', measurements: CELLS.slice(0, 40), ...upload });
    const { id } = await ask('POST', `${board}/train`, { predictor: 'lookup', promote: 'always' });
    await ask('GET', `/v1/jobs/${id}/events`);
    const job = await ask('GET', `/v1/jobs/${id}`);
    assert.equal(job.state, 'succeeded', job.error);
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
    await working.app.close();

    // A job that waits.
    const idle = await served(first, false);
    await idle.ask('POST', `${board}/train`, { predictor: 'flops' });
    kept = await answers(idle.ask);
    await idle.app.close();
    await backUp(first, backup);
  });

  /** The backup with some of its entries changed, or left out. */
  async function changed(name: string, change: (entry: ArchiveEntry) => string | undefined): Promise<string> {
    const entries = [...(await entriesOf(backup))].flatMap(([entry, content]) => {
      const now = change({ name: entry, content });
      return now === undefined ? [] : [{ name: entry, content: Buffer.from(now) }];
    });
    const file = join(folder, name);
    await writeArchive(file, inOrder(entries));
    return file;
  }

  test('what is backed up is of every kind that a store can have', async () => {
    const names = [...(await entriesOf(backup)).keys()].map((name) => name.split('/').slice(0, 2).join('/'));
    // A job that is over has no checkpoint.
    const filled = storeTables.filter((table) => table !== 'checkpoint_file');
    assert.deepEqual([...new Set(names)].sort(), [
      'backup.json',
      'files/accuracies',
      ...filled.map((table) => `tables/${table}`).sort(),
    ]);
  });

  test('an embedded store comes back whole: all answers are the same', async () => {
    const second = place('second');
    const { rows } = await restore(second, backup);
    assert.ok(rows > 100);
    const idle = await served(second, false);
    await untilServing(idle.ask);
    assert.deepEqual(await answers(idle.ask), kept);
    await idle.app.close();
    const again = join(folder, 'again.tar.gz');
    await backUp(second, again);
    await assertSameRows(again);
  });

  test('it comes back in PostgreSQL, and from there, with a service running, in an embedded store', {
    skip: noPostgres,
  }, async (t) => {
    const postgres = await PostgresServer.start();
    t.after(() => postgres.stop());
    const over = place('copies', await postgres.database());
    await restore(over, backup);
    const running = await served(over, false);
    t.after(() => running.app.close());
    await untilServing(running.ask);
    assert.deepEqual(await answers(running.ask), kept);
    const fromPostgres = join(folder, 'from-postgres.tar');
    await backUp(over, fromPostgres);
    await assertSameRows(fromPostgres);
    const back = place('back');
    await restore(back, fromPostgres);
    const embedded = await served(back, false);
    await untilServing(embedded.ask);
    assert.deepEqual(await answers(embedded.ask), kept);
    await embedded.app.close();

    const taken = place('other-copies', over.databaseUrl);
    await assert.rejects(
      restore(taken, backup),
      /DATABASE_URL: the database is not empty \(it holds \w+\.\w+/,
    );
    // What fails half-way leaves the database as it was: empty.
    const bad = await changed('bad-number.tar', ({ name, content }) =>
      name === 'tables/measurement/0.json' ? content.toString().replace('latency', 'x"') : content.toString(),
    );
    const empty = place('empty-copies', await postgres.database());
    await assert.rejects(restore(empty, bad), /json/);
    assert.ok(
      !existsSync(dataPaths(empty.folder).accuracies) ||
        readdirSync(dataPaths(empty.folder).accuracies).length === 0,
    );
    await restore(empty, backup);
    const nothing = place('nothing', await postgres.database());
    await assert.rejects(backUp(nothing, join(folder, 'no.tar')), /DATABASE_URL: there is no store/);
  });

  test('a backup of schema 6, which an earlier tempograph made, is brought up to date', async () => {
    const old = place('old');
    const dump = gunzipSync(readFileSync(join(packageRoot, 'test/fixtures/store-schema-6.sql.gz')));
    await onDatabase(old, (database) => database.execute(dump.toString()));
    const file = join(folder, 'old.tar');
    const { schema } = await backUp(old, file);
    assert.equal(schema, 6);
    const now = place('old-now');
    await restore(now, file);
    const { app, ask } = await served(now, false);
    await untilServing(ask);
    assert.equal((await ask('GET', '/v1/devices/board/measurements')).measurements.length, 60);
    assert.equal((await ask('GET', '/v1/devices/board/versions')).serving, '3abe6a320ee0');
    await app.close();
  });

  test('what cannot be restored is refused by name, and leaves nothing', async () => {
    const target = place('target');
    const refused = async (file: string, why: RegExp) => {
      await assert.rejects(restore(target, file), { name: 'InputError', message: why });
      assert.ok(!existsSync(target.folder), `${why}: nothing is made`);
    };
    const whole = readFileSync(backup);
    const written = (name: string, content: Uint8Array | string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    await refused(written('half.tar', whole.subarray(0, whole.length / 2)), /half\.tar: it is (damaged|cut)/);
    const last = whole.lastIndexOf('end.json');
    await refused(written('no-end.tar', whole.subarray(0, last)), /cut off.*end\.json, is missing/);
    const flipped = Buffer.from(whole);
    flipped[whole.indexOf('Zeilen')] = 'z'.charCodeAt(0);
    await refused(written('flipped.tar', flipped), /damaged: its entry tables\/device\/0\.json has changed/);
    await refused(written('text.tar', 'no tar\n'.repeat(200)), /text\.tar: it is damaged, or no backup/);
    const manifest = (edit: object) => (entry: ArchiveEntry) =>
      entry.name === 'backup.json'
        ? JSON.stringify({ ...JSON.parse(entry.content.toString()), ...edit })
        : entry.content.toString();
    await refused(
      await changed('v2.tar', manifest({ version: 2, tempograph: '9.0.0' })),
      /backup of version 2, of a newer tempograph \(9\.0\.0\); this one reads up to 1/,
    );
    await refused(
      await changed('schema.tar', manifest({ schema: newestSchema + 1 })),
      new RegExp(`schema ${newestSchema + 1}, of a newer tempograph .*knows ${newestSchema}`),
    );
    const astray = join(folder, 'astray.tar');
    const entries = [...(await entriesOf(backup))].map(([name, content]) => ({ name, content }));
    const evil = { name: 'files/accuracies/../../out.csv', content: Buffer.from('x') };
    await writeArchive(astray, inOrder([...entries, evil]));
    await refused(astray, /its entry files\/accuracies\/\.\.\/\.\.\/out\.csv would be written outside/);

    await assert.rejects(restore(first, backup), /--data: .*first is not empty \(it holds /);
    const missing = await changed('missing.tar', ({ name, content }) =>
      name === 'tables/audit/0.json' ? undefined : content.toString(),
    );
    await assert.rejects(restore(place('few'), missing), /it has 0 rows of audit, not \d+/);
    assert.ok(!existsSync(dataPaths(join(folder, 'few')).database));
  });

  test('a store that a service has open, or that is not there, and a file that is there are refused', async () => {
    const file = join(folder, 'refused.tar');
    const { app } = await served(first, false);
    try {
      await app.ready();
      await assert.rejects(
        backUp(first, file),
        /--data: another process has the store in .* open; stop it first/,
      );
    } finally {
      await app.close();
    }
    await assert.rejects(backUp(place('nowhere'), file), /--data: there is no store in .*nowhere/);
    assert.ok(!existsSync(file) && !existsSync(join(folder, 'nowhere')));
    await assert.rejects(backUp(first, backup), /--out: there is a file of this name already/);
  });

  async function assertSameRows(file: string) {
    const [before, now] = [await entriesOf(backup), await entriesOf(file)];
    for (const entries of [before, now]) entries.delete('backup.json');
    assert.deepEqual([...now.keys()], [...before.keys()]);
    for (const [name, content] of now) assert.equal(content.toString(), before.get(name)!.toString(), name);
  }
});

/** What is promoted is fetched after the store has been opened. */
async function untilServing(ask: Ask) {
  const architectures = [CELLS[0].architecture];
  for (const deadline = Date.now() + 30_000; ; ) {
    assert.ok(Date.now() < deadline, 'the version is never served');
    const { devices } = await ask('GET', '/v1/devices');
    if (devices.some(({ id }: { id: string }) => id === 'board')) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await ask('POST', '/v1/predict', { device: 'board', architectures });
}
