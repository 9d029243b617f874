import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepLease } from '../../fleet/keep-lease.js';

test('a lease is kept at once and again, never twice at a time, and no more once it is stopped', async () => {
  const answers: (() => void)[] = [];
  const signals: AbortSignal[] = [];
  const stop = keepLease(5, (signal) => {
    signals.push(signal);
    return new Promise<void>((resolve, reject) => {
      answers.push(answers.length === 0 ? () => reject(new Error('no such search')) : resolve);
    });
  });
  await sleep(50);
  assert.equal(answers.length, 1, 'the first is not answered yet');
  answers[0]();
  while (answers.length < 2) await sleep(5);
  stop();
  assert.ok(signals[1].aborted, 'the one that waits is ended');
  answers[1]();
  await sleep(30);
  assert.equal(answers.length, 2);
});
