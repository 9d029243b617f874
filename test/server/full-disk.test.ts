import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildApp } from '../../server/app.js';
import { RESERVE_BYTES } from '../../server/store/disk-space.js';
import { EmbeddedDatabase } from '../../server/store/embedded.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';
import { KilledService } from './killed-service.js';
import { measuredCells } from './measured-cells.js';

interface Refused {
  error: { code: string; message: string };
}

interface Page {
  measurements: { key: string }[];
  next: number | null;
}

const ROWS = 500;
const BOARD = '/v1/devices/board';

const mounted: string[] = [];

/** Makes a folder a file system of its own; false where this process may not. */
async function mount(folder: string, kibibytes: number): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return false;
  }
  mounted.push(folder);
  return true;
}

/** Fills a disk but for some bytes. @returns the file to remove for space */
async function fill(disk: string, butBytes: number): Promise<string> {
  const { bavail, bsize } = await statfs(disk);
  const filler = join(disk, `filler-${bavail}`);
  await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - butBytes)));
  return filler;
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = performance.now() + 120_000; ; await sleep(100)) {
    const seen = await look();
    if (seen !== undefined) return seen;
    assert.ok(performance.now() < deadline, what);
  }
}

describe('a full disk', () => {
  let folder: string;
  let models: string;
  let mayMount: boolean;
  before(async () => {
    folder = temporaryFolder();
    models = join(folder, 'models');
    await saveAdditiveDevice(models, 'shipped', 1);
    mayMount = await mount(join(folder, 'disk'), 160 * 1024);
  });
  after(async () => {
    for (const disk of mounted) execFileSync('umount', [disk]);
  });
  const notice = 'no file system may be mounted here';

  test('is said by the service, which keeps what it has acknowledged and goes on when there is space', async (t) => {
    if (!mayMount) return t.skip(notice);
    const disk = join(folder, 'disk');
    const data = join(disk, 'data');
    let filler = await fill(disk, RESERVE_BYTES / 2);
    let service = KilledService.start(models, data);
    t.after(() => service.kill());
    const ask = <Body>(method: string, path: string, body?: object) => service.ask<Body>(method, path, body);
    const measurements = measuredCells(ROWS, 3);
    let uploads = 0;
    const upload = async () => {
      const body = { key: `upload ${uploads}`, space: 'nasbench201', measurements };
      const answer = await ask<Refused>('POST', `${BOARD}/measurements`, body);
      if (answer.status === 200) uploads++;
      return answer;
    };
    const isRefused = ({ status, body }: { status: number; body: Refused }) => {
      assert.equal(status, 503, JSON.stringify(body));
      assert.match(body.error.message, /^the disk of \S+ is full: free space \(64 MiB are needed\) on it/);
    };
    const predicts = async () => {
      const query = { device: 'shipped', architectures: [nasbench201.example] };
      assert.equal((await ask('POST', '/v1/predict', query)).status, 200);
    };
    const kept = async () => {
      const keys = new Map<string, number>();
      for (let next: number | null = 0; next !== null; ) {
        const path: string = `${BOARD}/measurements?limit=10000&after=${next}`;
        const { body }: { body: Page } = await ask('GET', path);
        for (const { key } of body.measurements) keys.set(key, (keys.get(key) ?? 0) + 1);
        next = body.next;
      }
      assert.deepEqual(
        [...keys],
        Array.from({ length: uploads }, (_, k) => [`upload ${k}`, ROWS]),
      );
    };
    const opens = () =>
      until('the store opens', async () => {
        const { body } = await ask<{ store: { state: string } }>('GET', '/readyz');
        return body.store.state === 'ready' ? true : undefined;
      });

    // From the beginning.
    isRefused(await upload());
    await predicts();
    await rm(filler);
    await opens();

    // While it works.
    assert.equal((await upload()).status, 200);
    filler = await fill(disk, RESERVE_BYTES + 2 ** 20);
    let answer = await upload();
    for (let k = 0; answer.status === 200 && k < 200; k++) answer = await upload();
    isRefused(answer);
    assert.equal(answer.body.error.code, 'disk_full');
    isRefused(await ask<Refused>('POST', `${BOARD}/train`, { predictor: 'lookup' }));
    await kept();
    await predicts();
    await rm(filler);
    assert.equal((await upload()).status, 200);
    await kept();

    // When it is killed and begins again.
    filler = await fill(disk, RESERVE_BYTES / 2);
    isRefused(await upload());
    await service.kill();
    service = KilledService.start(models, data);
    isRefused(await upload());
    await predicts();
    await rm(filler);
    await opens();
    await kept();
    assert.equal((await upload()).status, 200);
  });

  test('that others have filled in the midst of a write ends the database, which opens again with all it had', async (t) => {
    if (!mayMount) return t.skip(notice);
    const disk = join(folder, 'other');
    assert.ok(await mount(disk, 160 * 1024));
    let lost: Error | undefined;
    const open = () =>
      EmbeddedDatabase.open(join(disk, 'database'), (error) => (lost = error), new AbortController().signal);
    let database = await open();
    t.after(() => database.close());
    await database.execute(
      'CREATE TABLE a (t text); INSERT INTO a SELECT md5(g::text) FROM generate_series(1, 2000) g',
    );
    const before = await database.query('SELECT sum(hashtext(t)) FROM a');
    let filler = '';
    const written = database.transaction(async (sql) => {
      // Space for the table, not for the next segment of the log, of which all but the end is used up.
      filler = await fill(disk, 4 * 2 ** 20);
      await sql.query(
        `SELECT pg_logical_emit_message(true, 'test',
           repeat('x', (2 ^ 24 - (pg_current_wal_insert_lsn() - '0/0') % (2 ^ 24)::int - 100000)::int))`,
      );
      for (let k = 0; k < 5; k++) await sql.query('UPDATE a SET t = md5(t)');
    });
    await assert.rejects(written, /was filled while it wrote/);
    await until('the loss is told', async () => lost);
    await database.close();
    await rm(filler);
    database = await open();
    assert.deepEqual(await database.query('SELECT sum(hashtext(t)) FROM a'), before);
  });

  test('under the files of a job fails it with the reason; under those of versions has the last one serve on', async (t) => {
    if (!mayMount) return t.skip(notice);
    const data = join(folder, 'data');
    const app = await buildApp({ models, data, logLevel: 'silent' });
    t.after(() => app.close());
    const post = (path: string, payload: object) =>
      app.inject({ method: 'POST', url: `${BOARD}/${path}`, payload });
    const trained = async (request: object) => {
      const { id } = (await post('train', request)).json();
      return until(`job ${id} ends`, async () => {
        const job = (await app.inject(`/v1/jobs/${id}`)).json();
        return ['queued', 'running'].includes(job.state) ? undefined : job;
      });
    };
    const serves = async () =>
      (await app.inject(`${BOARD}/versions`)).json() as {
        serving: string | null;
        versions: { version: string }[];
      };

    await post('measurements', { key: 'a', space: 'nasbench201', measurements: measuredCells(40, 3) });
    const jobs = join(data, 'jobs');
    assert.ok(await mount(jobs, 64));
    // The service cannot write the task, then the training not the predictor.
    for (const butBytes of [0, 24 * 1024]) {
      const filler = await fill(jobs, butBytes);
      const job = await trained({ predictor: 'gcn', epochs: 2 });
      assert.deepEqual([job.state, job.attempt], ['failed', 1], job.error);
      assert.match(job.error, /^the disk of \S+\/jobs\S* is full/);
      await rm(filler);
    }
    const { serving, versions } = await serves();
    assert.deepEqual([serving, versions], [null, []]);

    const place = join(data, 'versions');
    assert.ok(await mount(place, 1024));
    const first = await trained({ predictor: 'lookup' });
    assert.equal((await serves()).serving, first.result.version);
    await post('measurements', { key: 'b', space: 'nasbench201', measurements: measuredCells(60, 3, 2) });
    const filler = await fill(place, 0);
    // Who reads that a version is promoted finds it served; until then it is said why it is not.
    const refused = await trained({ predictor: 'lookup', promote: 'always' });
    assert.equal(refused.error.code, 'disk_full');
    assert.match(refused.error.message, /^the disk of \S+versions is full/);
    assert.equal((await serves()).serving, first.result.version);
    await rm(filler);
    const second = await until('it serves', async () => {
      const { serving, versions } = await serves();
      return serving === first.result.version ? undefined : { serving, versions };
    });
    assert.ok(second.versions.some(({ version }) => version === second.serving));
  });
});
