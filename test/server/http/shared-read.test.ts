import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SharedRead } from '../../../server/http/shared-read.js';

test('all who ask before a read begins share it, who asks while it goes on waits for the next', async () => {
  let reads = 0;
  const shared = new SharedRead(async () => {
    const read = ++reads;
    await sleep(10);
    return read;
  }, AbortSignal.timeout(60_000));
  assert.deepEqual(await Promise.all([shared.read(), shared.read(), shared.read()]), [1, 1, 1]);
  const second = shared.read();
  while (reads < 2) await sleep(1);
  // It may have looked already.
  const third = shared.read();
  assert.deepEqual([await second, shared.latest, await third], [2, 2, 3]);
});

test('reading takes a tenth of the time at most, however many ask', async () => {
  let reads = 0;
  let spentMs = 0;
  const shared = new SharedRead(async () => {
    const from = performance.now();
    await sleep(5);
    // Nobody waits for the rest after the last.
    if (++reads < 6) spentMs += performance.now() - from;
  }, AbortSignal.timeout(60_000));
  const begunAt = performance.now();
  const watch = async () => {
    while (reads < 6) await shared.read();
  };
  await Promise.all([watch(), watch(), watch()]);
  assert.ok(performance.now() - begunAt > 10 * spentMs, `${spentMs} ms`);
});

test('a read that fails is told to those who asked, and tried again for those who ask later; closing ends the rest', async () => {
  const closing = new AbortController();
  let reads = 0;
  const shared = new SharedRead(async () => {
    await sleep(200);
    if (++reads === 1) throw new Error('gone');
    return reads;
  }, closing.signal);
  const asked = [shared.read(), shared.read()];
  for (const each of asked) await assert.rejects(each, /gone/);
  closing.abort();
  assert.equal(await shared.read(), 2);
});
