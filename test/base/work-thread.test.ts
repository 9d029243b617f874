import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { WorkNotDone, WorkThread } from '../../src/base/work-thread.js';

/** A thread that computes as its pieces say. */
const CODE = `
  import { parentPort, threadId } from 'node:worker_threads';
  parentPort.on('message', (piece) => {
    if (piece === 'break') throw new Error('broken by a piece');
    if (piece === 'hang') for (;;);
    parentPort.postMessage([threadId, piece]);
  });`;

describe('a thread for pieces of work', () => {
  const module = new URL(`data:text/javascript,${encodeURIComponent(CODE)}`);
  const thread = new WorkThread<string, [number, string]>({ module, limitMs: 20_000, most: 3 });
  const hurried = new WorkThread<string, [number, string]>({ module, limitMs: 1000, most: 3 });
  after(() => Promise.all([thread.close(), hurried.close()]));
  const because = (reason: string) => (error: Error) =>
    error instanceof WorkNotDone && error.reason === reason;

  test('is one thread that answers each piece; more than may wait are refused', async () => {
    const asked = ['a', 'b', 'c'].map((piece) => thread.do(piece));
    await assert.rejects(thread.do('d'), because('crowded'));
    const answers = await Promise.all(asked);
    assert.deepEqual(
      answers.map(([, piece]) => piece),
      ['a', 'b', 'c'],
    );
    assert.equal(new Set(answers.map(([id]) => id)).size, 1);
    assert.equal((await thread.do('d'))[1], 'd');
  });

  test('works on after a piece that broke it', async () => {
    const broken = thread.do('break');
    const next = thread.do('next');
    await assert.rejects(broken, /broken by a piece/);
    assert.equal((await next)[1], 'next');
  });

  test('works on after a piece that took too long', async () => {
    await assert.rejects(hurried.do('hang'), because('slow'));
    for (let attempt = 0; ; attempt++) {
      // A busy machine may take more than the limit to start the thread.
      const answer = await hurried.do('next').catch((error) => {
        assert.ok(because('slow')(error) && attempt < 20);
      });
      if (!answer) continue;
      assert.equal(answer[1], 'next');
      return;
    }
  });

  test('a piece under way when it is closed is refused', async () => {
    const closing = new WorkThread<string, [number, string]>({ module, limitMs: 20_000, most: 3 });
    const hanging = closing.do('hang');
    const waiting = closing.do('a');
    hanging.catch(() => {});
    waiting.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    await closing.close();
    await assert.rejects(hanging, /closed/);
    await assert.rejects(waiting, /closed/);
  });
});
