import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SearchRequest } from '../../api/search-request.js';
import { DatabaseUnavailable } from '../../server/store/database.js';
import { addSearch } from '../../server/store/searches.js';
import { type OpenStore, Store } from '../../server/store/store.js';
import { trialsOf } from '../../server/store/trials.js';
import { temporaryFolder } from '../temporary-folder.js';

/** Computes for minutes. */
const ENDLESS =
  'SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b WHERE a # b = -1';

/** `{"a":{"a":…1}}` */
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('an embedded store', () => {
  let folder: string;
  let store: Store;
  let open: OpenStore;
  const problems: string[] = [];

  before(async () => {
    folder = temporaryFolder();
    const onProblem = (problem: string) => problems.push(problem);
    store = new Store({ folder, statementLimitMs: 5000, onProblem });
    store.open();
    open = await store.ready();
  });
  after(async () => {
    await store.close();
  });

  test('refuses what cannot be brought from its thread, and goes on', async () => {
    // A copy between threads takes values apart recursively.
    const deep = open.database.query('SELECT $1::jsonb AS deep', [nested(3000)]);
    await assert.rejects(deep, /cannot be read|call stack/);
    assert.deepEqual(await open.database.query('SELECT 1 AS one'), [{ one: 1 }]);
    const inTransaction = open.database.transaction((sql) =>
      sql.query('SELECT $1::jsonb AS deep', [nested(3000)]),
    );
    await assert.rejects(inTransaction, /cannot be read|call stack/);
    assert.deepEqual(await open.database.query('SELECT 2 AS two'), [{ two: 2 }]);
  });

  test('shows searches whose trainers said more than can be read', async () => {
    const id = randomUUID();
    await addSearch(open.database, id, { budget: 1 } as SearchRequest, null);
    await open.database.query(
      `INSERT INTO trial (search, number, round, architecture, reason, latency_ms, outcome)
       VALUES ($1, 1, 0, 'a', 'random', '{}', $2::jsonb), ($1, 2, 0, 'b', 'random', '{}', $3::jsonb)`,
      [id, `{"accuracy":70,"details":${nested(3000)}}`, '{"accuracy":71,"details":{"areaMm2":12,"other":1}}'],
    );
    assert.deepEqual(
      (await trialsOf(open.database, id)).map(({ outcome }) => outcome),
      [{ accuracy: 70 }, { accuracy: 71, details: { areaMm2: 12 } }],
    );
  });

  test('says that it does not answer, ends what takes too long, and is opened again', async () => {
    assert.deepEqual(await store.look(), { state: 'ready' });
    const endless = open.database.query(ENDLESS);
    const waiting = open.database.query('SELECT 1 AS one');
    const looked = await store.look();
    assert.equal(looked.state, 'failed');
    assert.match(JSON.stringify(looked), /the embedded database has not answered for 2 s/);
    for (const asked of [endless, waiting]) {
      await assert.rejects(asked, (error) => error instanceof DatabaseUnavailable);
    }
    while (store.now) await sleep(10);
    assert.match(problems.at(-1)!, /has ended \(a statement took too long\); it is being reopened/);
    for (const deadline = performance.now() + 60_000; store.state.state !== 'ready'; await sleep(100)) {
      assert.ok(performance.now() < deadline, JSON.stringify(store.state));
    }
    open = await store.ready();
    assert.deepEqual(await open.database.query('SELECT 1 AS one'), [{ one: 1 }]);
    assert.deepEqual(await store.look(), { state: 'ready' });
  });
});

test('a store whose listener fails is not left open', async () => {
  const folder = temporaryFolder();
  const failing = new Store({ folder, onProblem: () => {} });
  failing.onOpen(() => Promise.reject(new Error('no process to be had')));
  failing.open();
  await assert.rejects(failing.ready(), /no process to be had/);
  const next = new Store({ folder, onProblem: assert.fail });
  next.open();
  await next.ready();
  await next.close();
  await failing.close();
});
