import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { LimitedProcess } from '../../src/base/limited-process/limited-process.js';
import { WorkNotDone } from '../../src/base/limited-process/work-not-done.js';
import { WorkPool, type WorkPoolOptions } from '../../src/base/work-pool.js';

type Answer = [pid: number, piece: string];

describe('processes for pieces of work', () => {
  const module = new URL('./computing-process.js', import.meta.url);
  const usual = { module, processes: 1, cpuMs: 20_000, memoryMb: 256, most: 3, mostEach: 3 };
  const pools: WorkPool<string, Answer>[] = [];
  const poolOf = (options: Partial<WorkPoolOptions> = {}) => {
    const pool = new WorkPool<string, Answer>({ ...usual, ...options });
    pools.push(pool);
    return pool;
  };
  after(() => {
    for (const pool of pools) pool.close();
  });
  const because = (reason: string) => (error: Error) =>
    error instanceof WorkNotDone && error.reason === reason;

  test('one process answers each piece; more than may wait are refused', async () => {
    const pool = poolOf();
    const asked = ['a', 'b', 'c'].map((piece, i) => pool.do(piece, `${i}`));
    await assert.rejects(pool.do('d', 'another'), because('crowded'));
    const answers = await Promise.all(asked);
    assert.deepEqual(
      answers.map(([, piece]) => piece),
      ['a', 'b', 'c'],
    );
    assert.equal(new Set(answers.map(([pid]) => pid)).size, 1);
    assert.notEqual(answers[0][0], process.pid);
    assert.equal((await pool.do('d'))[1], 'd');
  });

  test('a process may be started before the first piece, which it answers', async () => {
    const limited = new LimitedProcess<string, Answer>(usual);
    assert.equal(limited.isRunning, false);
    limited.start();
    assert.equal(limited.isRunning, true);
    assert.equal((await limited.ask('first'))[1], 'first');
    limited.close();
    const pool = poolOf();
    pool.warm();
    assert.equal((await pool.do('first'))[1], 'first');
  });

  test('works on after a piece that failed, ended the process, or whose answer cannot be read', async () => {
    const pool = poolOf();
    for (const [bad, why] of [
      ['throw', /broken by a piece/],
      ['end', /ended with exit code 3/],
      ['deep', /cannot be read|call stack/],
    ] as const) {
      const broken = pool.do(bad);
      const next = pool.do('next');
      await assert.rejects(broken, why);
      assert.equal((await next)[1], 'next');
    }
  });

  test('works on after a piece that took too long, or too much memory', async () => {
    const hurried = poolOf({ cpuMs: 1000 });
    await assert.rejects(hurried.do('hang'), because('slow'));
    assert.equal((await hurried.do('next'))[1], 'next');
    const pool = poolOf();
    for (const growing of ['grow', 'grow outside']) {
      await assert.rejects(pool.do(growing), because('large'), growing);
      assert.equal((await pool.do('next'))[1], 'next');
    }
  });

  test('callers take turns, and nobody waits for one who has the others occupied', async () => {
    const pool = poolOf({ processes: 2, most: 100, mostEach: 3, cpuMs: 600_000 });
    const hog = ['hang', 'hang', 'hang'].map((piece) => pool.do(piece, 'hog'));
    for (const each of hog) each.catch(() => {});
    await assert.rejects(pool.do('hang', 'hog'), because('busy'));
    // The hog's second piece would take the other process for ten minutes.
    for (let i = 0; i < 10; i++) assert.equal((await pool.do(`${i}`, 'other'))[1], `${i}`);
    const order: string[] = [];
    const ask = (piece: string, caller: string) => pool.do(piece, caller).then(() => order.push(piece));
    await Promise.all([ask('a1', 'a'), ask('a2', 'a'), ask('a3', 'a'), ask('b1', 'b'), ask('c1', 'c')]);
    // The first finds the process free; from then on one of each in turn.
    assert.deepEqual(order, ['a1', 'a2', 'b1', 'c1', 'a3']);
  });

  test('a piece under way when it is closed is refused, and so is one that waits or comes later', async () => {
    const pool = poolOf();
    const hanging = pool.do('hang');
    const waiting = pool.do('a');
    hanging.catch(() => {});
    waiting.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    pool.close();
    for (const piece of [hanging, waiting, pool.do('b')]) await assert.rejects(piece, /closed/);
  });
});
