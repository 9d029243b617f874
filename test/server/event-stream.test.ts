import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { EventStreams } from '../../server/event-stream.js';
import type { JobQueue } from '../../server/jobs/queue.js';

test('a change is read once for all who watch, and each is told of it', async () => {
  const queue = new EventEmitter() as unknown as JobQueue;
  const streams = new EventStreams('search', AbortSignal.timeout(60_000));
  let state = 'running';
  let reads = 0;
  const read = async () => {
    reads++;
    return { answer: { state }, isOver: state === 'over' };
  };
  const watchers = Array.from({ length: 20 }, () => streams.follow(queue, 'x', read));
  const events = (state: string) => watchers.map(() => `event: search\ndata: {"state":"${state}"}\n\n`);
  const told = async () => (await Promise.all(watchers.map((each) => each.next()))).map(({ value }) => value);
  assert.deepEqual(await told(), events('running'));
  const next = told();
  state = 'over';
  queue.emit('changed', 'x');
  assert.deepEqual(await next, events('over'));
  assert.equal(reads, 2);
  assert.ok((await Promise.all(watchers.map((each) => each.next()))).every(({ done }) => done));
});
