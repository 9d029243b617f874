import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify, { type FastifyInstance } from 'fastify';
import type { KeyRing } from '../../server/access/key-ring.js';
import { access } from '../../server/plugins/access.js';
import { errors } from '../../server/plugins/errors.js';
import { memoryBudget } from '../../server/plugins/memory-budget.js';

const MIB = 2 ** 20;

describe('answers that nobody reads', () => {
  let app: FastifyInstance;
  let asked = 0;
  let wait = Promise.resolve();
  const sockets: Socket[] = [];

  before(async () => {
    app = fastify();
    await app.register(errors);
    await app.register(access, { keys: {} as KeyRing, required: false });
    await app.register(memoryBudget);
    app.get('/large', async () => {
      asked++;
      await wait;
      return 'x'.repeat(10 * MIB);
    });
    app.get('/small', async () => 'x'.repeat(1000));
    await app.listen({ port: 0, host: '127.0.0.1' });
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await app.close();
  });

  async function ask(): Promise<Socket> {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
    socket.write('GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n');
    return socket;
  }
  /** Reads the first line of an answer, and nothing more. */
  async function statusOf(socket: Socket): Promise<number> {
    const [begin] = await once(socket, 'data');
    socket.pause();
    return Number(String(begin).slice(9, 12));
  }
  const asksAgain = async () => (await app.inject('/large')).statusCode;

  test('count for who asked, until they have left or who asked has', async () => {
    const statuses: number[] = [];
    for (let k = 0; k < 8; k++) statuses.push(await statusOf(await ask()));
    // 64 MiB for a caller.
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 200, 429, 429]);
    assert.equal((await app.inject('/small')).statusCode, 200);
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const deadline = performance.now() + 30_000; (await asksAgain()) !== 200; await sleep(20)) {
      assert.ok(performance.now() < deadline, 'what nobody waits for is forgotten');
    }
  });

  test('of callers who have gone before count no more', async () => {
    let answer = () => {};
    wait = new Promise((resolve) => {
      answer = resolve;
    });
    asked = 0;
    for (let k = 0; k < 20; k++) await ask();
    while (asked < 20) await sleep(10);
    const closed = sockets.splice(0).map((socket) => once(socket.destroy(), 'close'));
    await Promise.all(closed);
    while ((await connections()) > 0) await sleep(10);
    answer();
    await sleep(10);
    assert.equal(await asksAgain(), 200);
  });

  const connections = () =>
    new Promise<number>((resolve, reject) =>
      app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
});
