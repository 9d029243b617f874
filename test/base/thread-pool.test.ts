import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapOnThreads } from '../../src/base/thread-pool.js';

const moduleOf = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`);
const EACH = `import { parentPort } from 'node:worker_threads'; parentPort.on('message', (piece) =>`;

test('pieces are done by threads, each once', async () => {
  const done: number[] = [];
  const twice = { module: moduleOf(`${EACH} parentPort.postMessage(2 * piece));`), workerData: undefined };
  await mapOnThreads(twice, [1, 2, 3], 2, (result: number) => void done.push(result));
  assert.deepEqual(done.sort(), [2, 4, 6]);
});

test('a thread that ends by itself, before or during a piece, is not waited for', async () => {
  for (const code of ['process.exit(3)', `${EACH} process.exit(3));`]) {
    const task = { module: moduleOf(code), workerData: undefined };
    await assert.rejects(
      mapOnThreads(task, [1, 2], 1, () => assert.fail()),
      /a thread has ended with exit code 3/,
    );
  }
});
