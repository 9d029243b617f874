import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TrainHandler } from '../../server/jobs/train.js';
import { ModelFolder } from '../../server/models/model-folder.js';
import { PromotedModels } from '../../server/models/promoted-models.js';
import { ServiceMetrics } from '../../server/monitoring/metrics.js';
import { findCheckpoint, keepCheckpoint } from '../../server/store/checkpoint-files.js';
import type { JobRow } from '../../server/store/jobs.js';
import { keepUpload } from '../../server/store/measurements.js';
import { Store } from '../../server/store/store.js';
import { temporaryFolder } from '../temporary-folder.js';
import { keptCells, measuredCells } from './measured-cells.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

const BOARD = {
  id: 'board',
  space: 'nasbench201',
  deadOperations: 'timed',
  description: 'made up',
  batchSize: 1,
  precision: null,
} as const;
const PATIENCE_MS = 90_000;

for (const kind of ['embedded', 'postgresql'] as const) {
  test(`a training that another machine takes over goes on from the checkpoint in the ${kind} store`, {
    skip: kind === 'postgresql' && noPostgres,
  }, async (t) => {
    const folder = temporaryFolder();
    const postgres = kind === 'postgresql' ? await PostgresServer.start() : undefined;
    const databaseUrl = await postgres?.database();
    const store = new Store({ folder, databaseUrl, onProblem: (problem) => assert.fail(problem) });
    store.open();
    const open = await store.ready();
    const onProblem = () => {};
    const metrics = new ServiceMetrics(() => 0);
    const models = new ModelFolder({ folders: [], cacheSize: 0, metrics, onProblem });
    const promoted = new PromotedModels(store, models, onProblem);
    t.after(async () => {
      await promoted.close();
      await store.close();
      await postgres?.stop();
    });
    const { database, queue } = open;
    await database.transaction((sql) =>
      keepUpload(sql, BOARD, 'a', keptCells(measuredCells(1000, 3)), {}, (row) => `${row}`),
    );
    const { id } = await queue.add('train', BOARD.id, { predictor: 'gcn', epochs: 100_000 });

    /** Trains on some machine until there is enough, and is gone. @returns the epochs that it told of */
    const train = async (machine: string, threads: number, isEnough: () => Promise<boolean>) => {
      const job = await queue.take('train');
      assert.equal(job?.id, id);
      const epochs: number[] = [];
      const stop = new AbortController();
      const running = new TrainHandler(models, promoted, threads, 100).run(job!, {
        store: open,
        folder: join(folder, machine),
        signal: stop.signal,
        onProgress: ({ epoch }) => epochs.push(epoch as number),
      });
      running.catch(() => {});
      for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(50)) {
        if (epochs.length > 0 && (await isEnough())) break;
        assert.ok(Date.now() < deadline, `${machine} has come to epoch ${epochs.at(-1)}`);
      }
      stop.abort();
      await assert.rejects(running, /the job's process ended/);
      await queue.recover(true);
      return epochs;
    };

    await train('first', 1, async () => (await findCheckpoint(database, id)).length > 0);
    // What an older attempt has left on a machine does not count.
    const second = join(folder, 'second');
    await mkdir(second);
    await writeFile(join(second, 'checkpoint'), 'an older one');
    const [began] = await train('second', 2, async () => true);
    assert.ok(began > 1, `it began with epoch ${began}`);

    await queue.cancel(id);
    assert.deepEqual(await findCheckpoint(database, id), []);
  });
}

test('a checkpoint is forgotten when its job is over', async (t) => {
  const folder = temporaryFolder();
  const store = new Store({ folder, onProblem: (problem) => assert.fail(problem) });
  t.after(async () => {
    await store.close();
  });
  store.open();
  const { database, queue } = await store.ready();
  const kept = async (id: string) =>
    (await findCheckpoint(database, id)).map(({ name, content }) => [name, String(Buffer.from(content))]);
  const file = (name: string, text: string) => ({ name, content: Buffer.from(text) });

  for (const end of [
    (job: JobRow) => queue.succeed(job, async () => ({})),
    (job: JobRow) => queue.fail(job, 'too few measurements', false),
    (job: JobRow) => queue.cancel(job.id),
  ]) {
    const { id } = await database.transaction((sql) => queue.addIn(sql, 'train', null, {}));
    const first = (await queue.take('train'))!;
    await keepCheckpoint(database, id, [file('a', '1'), file('b', '1')], ['a', 'b']);
    await queue.fail(first, 'the process that ran it has ended', true);
    const second = (await queue.take('train'))!;
    await keepCheckpoint(database, id, [file('a', '2'), file('c', '1')], ['a', 'c']);
    assert.deepEqual(await kept(id), [
      ['a', '2'],
      ['c', '1'],
    ]);
    await end(second);
    assert.deepEqual(await kept(id), []);
  }
});
