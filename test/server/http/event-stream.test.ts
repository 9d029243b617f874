import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import fastify, { type FastifyReply } from 'fastify';
import { EventStreams } from '../../../server/http/event-stream.js';
import type { JobQueue } from '../../../server/jobs/queue.js';
import { DatabaseUnavailable } from '../../../server/store/database.js';
import { Refusal } from '../../../server/store/refusal.js';
import { collectGarbage } from '../../collect-garbage.js';

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
  const told = async () => {
    const values = (await Promise.all(watchers.map((each) => each.next()))).map(({ value }) => value);
    // One event in memory, however many do not read it.
    assert.equal(new Set(values).size, 1);
    return values.map(String);
  };
  assert.deepEqual(await told(), events('running'));
  const next = told();
  state = 'over';
  queue.emit('changed', 'x');
  assert.deepEqual(await next, events('over'));
  assert.equal(reads, 2);
  assert.ok((await Promise.all(watchers.map((each) => each.next()))).every(({ done }) => done));
});

test('a caller has a hundred streams at most, all together a thousand; one that is closed makes room', async () => {
  const queue = new EventEmitter() as unknown as JobQueue;
  const closing = new AbortController();
  const streams = new EventStreams('search', closing.signal);
  const sent: Readable[] = [];
  const reply = {
    request: { method: 'GET' },
    type: () => reply,
    header: () => reply,
    send: (stream: Readable) => sent.push(stream),
  } as unknown as FastifyReply;
  const read = async () => ({ answer: {}, isOver: false });
  const open = (caller: string) => streams.send(reply, queue, 'x', read, caller);
  const refused = (statusCode: number) => (error: Error & { statusCode?: number }) =>
    error.statusCode === statusCode;
  for (let i = 0; i < 100; i++) open('hog');
  assert.throws(() => open('hog'), refused(429));
  sent[0].destroy();
  await once(sent[0], 'close');
  open('hog');
  for (let i = 0; i < 900; i++) open(`caller ${i}`);
  assert.throws(() => open('one too many'), refused(503));
  closing.abort();
  for (const stream of sent) stream.destroy();
});

test('asking for the head of a stream opens none', async (t) => {
  const app = fastify();
  t.after(() => app.close());
  const queue = new EventEmitter() as unknown as JobQueue;
  const streams = EventStreams.of(app, 'job');
  let reads = 0;
  const read = async () => ({ answer: reads++, isOver: false });
  app.get('/events', (_request, reply) => streams.send(reply, queue, 'x', read, 'caller'));
  for (let i = 0; i < 101; i++) {
    const { statusCode, headers } = await app.inject({ method: 'HEAD', url: '/events' });
    assert.deepEqual([statusCode, headers['content-type']], [200, 'text/event-stream']);
  }
  assert.equal(reads, 0);
});

test('what another server changes is seen, too, whatever the garbage collector does meanwhile', {
  timeout: 20_000,
}, async (t) => {
  const queue = new EventEmitter() as unknown as JobQueue;
  const streams = new EventStreams('search', new AbortController().signal);
  let isOver = false;
  const events = streams.follow(queue, 'x', async () => ({ answer: { isOver }, isOver }));
  await events.next();
  const last = events.next();
  isOver = true;
  const collecting = setInterval(collectGarbage, 100);
  t.after(() => clearInterval(collecting));
  assert.match(String((await last).value), /"isOver":true/);
});

test('a stream goes on while the store is away, and ends where reading fails otherwise', async () => {
  const queue = new EventEmitter() as unknown as JobQueue;
  const streams = new EventStreams('search', new AbortController().signal);
  const away = [
    new DatabaseUnavailable('PostgreSQL does not answer'),
    new Refusal('unavailable', 'store_unavailable', 'it is being opened'),
  ];
  let reads = 0;
  const events = streams.follow(queue, 'x', async () => {
    const error = away[reads++ - 1];
    if (error) throw error;
    return { answer: { reads }, isOver: false };
  });
  assert.match(String((await events.next()).value), /"reads":1/);
  const next = events.next();
  const changing = setInterval(() => queue.emit('changed', 'x'), 10);
  assert.match(String((await next).value), /"reads":4/);
  away.push(...Array(10).fill(new Error('a mistake')));
  await assert.rejects(events.next(), /a mistake/);
  clearInterval(changing);
});
