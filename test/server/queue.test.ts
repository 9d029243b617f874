import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MAX_ATTEMPTS } from '../../server/jobs/queue.js';
import { findJob, type JobRow } from '../../server/store/jobs.js';
import { type OpenStore, Store } from '../../server/store/store.js';
import { temporaryFolder } from '../temporary-folder.js';

describe('jobs that are cut off', () => {
  let folder: string;
  let store: Store;
  let open: OpenStore;

  before(async () => {
    folder = temporaryFolder();
    store = new Store({ folder, onProblem: (problem) => assert.fail(problem) });
    store.open();
    open = await store.ready();
  });
  after(async () => {
    await store.close();
  });

  const add = () => open.database.transaction((sql) => open.queue.addIn(sql, 'search', null, {}));
  const taken = async (id: string): Promise<JobRow> => {
    const job = await open.queue.take('search');
    assert.equal(job?.id, id);
    return job!;
  };
  const recordProgress = (job: JobRow) =>
    open.database.transaction((sql) => open.queue.recordProgress(sql, job));

  test('go on for as long as each attempt gets on, and are given up after so many in vain', async () => {
    const { id } = await add();
    const cutOff = async (progresses: boolean) => {
      const job = await taken(id);
      if (progresses) await recordProgress(job);
      await open.queue.recover(true);
      return (await findJob(open.database, id))!;
    };
    for (let k = 0; k < 2 * MAX_ATTEMPTS; k++) assert.equal((await cutOff(true)).state, 'queued');
    for (let k = 1; k < MAX_ATTEMPTS; k++) assert.equal((await cutOff(false)).state, 'queued');
    const { state, error, attempt } = await cutOff(false);
    assert.deepEqual([state, attempt], ['failed', 3 * MAX_ATTEMPTS]);
    assert.match(error!, /the process that ran it has ended/);
    assert.equal(await open.queue.take('search'), undefined);
  });

  test('are dealt out again however often a service that stops gives them back', async () => {
    const { id } = await add();
    for (let k = 0; k < 2 * MAX_ATTEMPTS; k++) await open.queue.giveBack(await taken(id));
    const job = await taken(id);
    assert.equal(job.attempt, 1);
    await open.queue.succeed(job, async () => ({}));
    assert.equal((await findJob(open.database, id))!.state, 'succeeded');
  });
});
