import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { WorkNotDone, WorkPool, type WorkPoolOptions } from '../../src/base/work-pool.js';

/** A thread that computes as its pieces say. */
const CODE = `
  import { parentPort, threadId } from 'node:worker_threads';
  parentPort.on('message', (piece) => {
    if (piece === 'break') throw new Error('broken by a piece');
    if (piece === 'hang') for (;;);
    if (piece === 'grow') for (const all = [];;) all.push(new Array(1000).fill(piece.length + all.length));
    if (piece === 'unreadable') {
      let deep = [];
      for (let i = 0; i < 1e5; i++) deep = [deep];
      parentPort.postMessage(deep);
      return;
    }
    parentPort.postMessage([threadId, piece]);
  });`;

type Answer = [thread: number, piece: string];

describe('threads for pieces of work', () => {
  const module = new URL(`data:text/javascript,${encodeURIComponent(CODE)}`);
  const usual = { module, threads: 1, limitMs: 20_000, memoryMb: 64, most: 3, mostEach: 3 };
  const pools: WorkPool<string, Answer>[] = [];
  const poolOf = (options: Partial<WorkPoolOptions> = {}) => {
    const pool = new WorkPool<string, Answer>({ ...usual, ...options });
    pools.push(pool);
    return pool;
  };
  after(() => Promise.all(pools.map((pool) => pool.close())));
  const because = (reason: string) => (error: Error) =>
    error instanceof WorkNotDone && error.reason === reason;
  /** A busy machine may take more than a short limit to start a thread. */
  async function atLast(pool: WorkPool<string, Answer>, piece: string, caller?: string): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      const answer = await pool.do(piece, caller).catch((error) => {
        assert.ok(because('slow')(error) && attempt < 20, error);
      });
      if (answer) return answer;
    }
  }

  test('one thread answers each piece; more than may wait are refused', async () => {
    const pool = poolOf();
    const asked = ['a', 'b', 'c'].map((piece, i) => pool.do(piece, `${i}`));
    await assert.rejects(pool.do('d', 'another'), because('crowded'));
    const answers = await Promise.all(asked);
    assert.deepEqual(
      answers.map(([, piece]) => piece),
      ['a', 'b', 'c'],
    );
    assert.equal(new Set(answers.map(([id]) => id)).size, 1);
    assert.equal((await pool.do('d'))[1], 'd');
  });

  test('works on after a piece that broke it, or whose answer cannot be read', async () => {
    const pool = poolOf();
    for (const [bad, why] of [
      ['break', /broken by a piece/],
      ['unreadable', /cannot be read|call stack/],
    ] as const) {
      const broken = pool.do(bad);
      const next = pool.do('next');
      await assert.rejects(broken, why);
      assert.equal((await next)[1], 'next');
    }
  });

  test('works on after a piece that took too long, or too much memory', async () => {
    const hurried = poolOf({ limitMs: 1000 });
    await assert.rejects(hurried.do('hang'), because('slow'));
    assert.equal((await atLast(hurried, 'next'))[1], 'next');
    const pool = poolOf();
    await assert.rejects(pool.do('grow'), because('large'));
    assert.equal((await pool.do('next'))[1], 'next');
  });

  test('callers take turns, and nobody waits for one who has the others occupied', async () => {
    const pool = poolOf({ threads: 2, most: 100, mostEach: 3, limitMs: 600_000 });
    const hog = ['hang', 'hang', 'hang'].map((piece) => pool.do(piece, 'hog'));
    for (const each of hog) each.catch(() => {});
    await assert.rejects(pool.do('hang', 'hog'), because('busy'));
    // The hog's second piece would take the other thread for ten minutes.
    for (let i = 0; i < 10; i++) assert.equal((await pool.do(`${i}`, 'other'))[1], `${i}`);
    const order: string[] = [];
    const ask = (piece: string, caller: string) => pool.do(piece, caller).then(() => order.push(piece));
    await Promise.all([ask('a1', 'a'), ask('a2', 'a'), ask('a3', 'a'), ask('b1', 'b'), ask('c1', 'c')]);
    // The first finds the thread free; from then on one of each in turn.
    assert.deepEqual(order, ['a1', 'a2', 'b1', 'c1', 'a3']);
  });

  test('a piece under way when it is closed is refused, and so is one that waits or comes later', async () => {
    const pool = poolOf();
    const hanging = pool.do('hang');
    const waiting = pool.do('a');
    hanging.catch(() => {});
    waiting.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    await pool.close();
    for (const piece of [hanging, waiting, pool.do('b')]) await assert.rejects(piece, /closed/);
  });
});
