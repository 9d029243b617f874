import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { type ArchiveEntry, writeArchive } from '../../server/backup/archive.js';
import { backUp } from '../../server/backup/back-up.js';
import { onDatabase, type Place } from '../../server/backup/place.js';
import { restore } from '../../server/backup/restore.js';
import { JobQueue } from '../../server/jobs/queue.js';
import { newestSchema } from '../../server/store/migrations.js';
import { dataPaths } from '../../src/base/data-folder.js';
import { packageRoot } from '../../src/base/package-root.js';
import { temporaryFolder } from '../temporary-folder.js';
import { changedArchive, entriesOf, inOrder } from './archives.js';

/** A job that a process had taken when the backup was made. */
const RUNNING = '00000000-0000-4000-8000-000000000001';

/** A tar of which only the first header is there. */
async function madeOf(header: Parameters<ReturnType<typeof pack>['entry']>[0]): Promise<string> {
  const tar = pack();
  tar.entry(header);
  const [first] = await once(tar, 'data');
  const file = join(temporaryFolder(), 'made.tar');
  writeFileSync(file, first);
  return file;
}

describe('a backup of schema 6, which an earlier tempograph made', () => {
  const folder = temporaryFolder();
  const place = (name: string): Place => ({ folder: join(folder, name) });
  const old = place('old');
  const backup = join(folder, 'old.tar');

  before(async () => {
    const dump = gunzipSync(readFileSync(join(packageRoot, 'test/fixtures/store-schema-6.sql.gz')));
    await onDatabase(old, async (database) => {
      await database.execute(dump.toString());
      await database.execute(`
        INSERT INTO job (id, kind, device, request, state, attempt, got_on, worker, heartbeat_at, memo)
          VALUES ('${RUNNING}', 'train', 'board', '{}', 'running', 2, 1, 'lost:1', now(), '{"last": 60}');
        INSERT INTO checkpoint_file (job, name, content) VALUES ('${RUNNING}', 'half', '\\x00ff')`);
    });
    const { schema } = await backUp(old, backup);
    assert.equal(schema, 6);
  });

  test('is brought up to date, though its devices and promotions refer to each other', async () => {
    const now = place('now');
    await restore(now, backup);
    await onDatabase(now, async (database) => {
      const [kept] = await database.query(
        `SELECT (SELECT max(version) FROM schema_version) AS schema, (SELECT count(*)::int FROM measurement) AS measurements,
           (SELECT version FROM served JOIN promotion ON promotion.id = served.promotion) AS serving`,
      );
      assert.deepEqual(kept, { schema: newestSchema, measurements: 60, serving: '3abe6a320ee0' });
      await assert.rejects(
        database.query(`INSERT INTO served VALUES ('board', 'energy', 99)`),
        /violates foreign key/,
      );
    });
  });

  test('has a job that ran then taken up again, from its checkpoint', async () => {
    await onDatabase(place('now'), async (database) => {
      const queue = await JobQueue.start(database, assert.fail);
      try {
        const job = await queue.take('train');
        assert.deepEqual([job?.id, job?.attempt, job?.memo], [RUNNING, 3, { last: 60 }]);
        assert.equal(await queue.take('train'), undefined);
      } finally {
        await queue.stop();
      }
      const files = await database.query(
        `SELECT name, encode(content, 'hex') AS content FROM checkpoint_file WHERE job = '${RUNNING}'`,
      );
      assert.deepEqual(files, [{ name: 'half', content: '00ff' }]);
    });
  });

  test('is refused by name where it is damaged or too new, and nothing is made', async () => {
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
    flipped[whole.indexOf('nasbench201')] = 'm'.charCodeAt(0);
    await refused(written('flipped.tar', flipped), /damaged: its entry tables\/device\/0\.json has changed/);
    await refused(written('text.tar', 'no tar\n'.repeat(200)), /text\.tar: it is damaged, or not a backup/);
    const manifest = (edit: object) => (entry: ArchiveEntry) =>
      entry.name === 'backup.json'
        ? JSON.stringify({ ...JSON.parse(entry.content.toString()), ...edit })
        : entry.content.toString();
    await refused(
      await changedArchive(backup, join(folder, 'v2.tar'), manifest({ version: 2, tempograph: '9.0.0' })),
      /backup of version 2, written by a newer tempograph \(9\.0\.0\); this one reads versions up to 1/,
    );
    await refused(
      await changedArchive(backup, join(folder, 'schema.tar'), manifest({ schema: newestSchema + 1 })),
      new RegExp(
        `schema ${newestSchema + 1}, written by a newer tempograph .*knows schemas up to ${newestSchema}`,
      ),
    );
    const doubled = join(folder, 'doubled.tar');
    const all = [...(await entriesOf(backup))].map(([name, content]) => ({ name, content }));
    await writeArchive(doubled, inOrder([...all, all[1]]));
    await refused(doubled, /its entry "tables\/\w+\/0\.json" comes twice/);
    await refused(
      await madeOf({ name: 'backup.json', size: 2 ** 30 }),
      /has 1073741824 bytes, more than an entry/,
    );
    const linked = await madeOf({ name: 'backup.json', type: 'symlink', linkname: '/etc/passwd' });
    await refused(linked, /"backup\.json" is a symlink, not a file/);
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [join(folder, 'pipe.tar')]);
      await refused(join(folder, 'pipe.tar'), /pipe\.tar: this is not a regular file/);
    }
    const astray = join(folder, 'astray.tar');
    const evil = { name: 'files/accuracies/../../out.csv', content: Buffer.from('x') };
    await writeArchive(astray, inOrder([...all, evil]));
    await refused(astray, /its entry files\/accuracies\/\.\.\/\.\.\/out\.csv would be written outside/);
  });

  test('that lacks rows is refused when that is found, and what was made goes', async () => {
    const missing = await changedArchive(backup, join(folder, 'missing.tar'), ({ name, content }) =>
      name === 'tables/job/0.json' ? undefined : content.toString(),
    );
    const few = place('few');
    const refused = async (file: string, why: RegExp) => {
      await assert.rejects(restore(few, file), { name: 'InputError', message: why });
      assert.ok(!existsSync(dataPaths(few.folder).database));
    };
    await refused(missing, /it has 0 rows of job, not 3/);
    const edited = (name: string, edit: (text: string) => string) =>
      changedArchive(backup, join(folder, `${randomUUID()}.tar`), (entry) =>
        entry.name === name ? edit(entry.content.toString()) : entry.content.toString(),
      );
    await refused(
      await edited('tables/device/0.json', () => '["cut'),
      /damaged: its rows do not fit \(.*json/,
    );
    await refused(
      await edited('tables/measurement/0.json', (text) => text.replaceAll('"board"', '"nobody"')),
      /damaged: its rows do not fit \(.*foreign key/,
    );
    await refused(
      await edited('backup.json', (text) => JSON.stringify({ ...JSON.parse(text), tables: [] })),
      /it lacks the tables .*measurement.* of schema 6/,
    );
  });

  test('is not written from a store that is open or not there, nor over a file, nor restored over a store', async () => {
    const file = join(folder, 'refused.tar');
    await onDatabase(old, () =>
      assert.rejects(backUp(old, file), /--data: another process has the store in .* open; stop it first/),
    );
    await assert.rejects(backUp(place('nowhere'), file), /--data: there is no store in .*nowhere/);
    assert.ok(!existsSync(file) && !existsSync(join(folder, 'nowhere')));
    await assert.rejects(backUp(old, backup), /--out: there is a file with this name already/);
    await assert.rejects(restore(place('nowhere'), file), /refused\.tar: there is no such file/);
    await assert.rejects(restore(old, backup), /--data: .*old is not empty \(it holds /);
  });
});
