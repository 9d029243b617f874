import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { packageRoot } from '../../src/base/package-root.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { boardService } from './board-service.js';

const TIMEOUT_MS = 400;

describe('clients that mean no good', () => {
  let app: FastifyInstance;
  let port: number;

  before(async () => {
    app = await boardService({ requestTimeoutMs: TIMEOUT_MS });
    await app.listen({ port: 0, host: '127.0.0.1' });
    port = (app.server.address() as AddressInfo).port;
  });
  after(async () => {
    await app.close();
  });

  /** A connection, and all that comes back on it until it is closed. */
  function open(): { socket: Socket; answer: Promise<string> } {
    const socket = connect(port, '127.0.0.1');
    const answer = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(text));
    });
    return { socket, answer };
  }
  /** What a path is answered that is sent as it stands, not tidied up as `fetch` does it. */
  async function get(path: string): Promise<string> {
    const { socket, answer } = open();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    return answer;
  }

  test('paths that climb out of a folder lead nowhere', async () => {
    const climbs = [
      '../',
      '..%2f',
      '%2e%2e/',
      '%2e%2e%2f',
      '..\\',
      '..%5c',
      '....//',
      '%252e%252e%252f',
      '..%00/',
    ];
    const starts = [
      '/',
      '/docs/static/',
      '/assets/',
      '/v1/devices/',
      '/v1/frontiers/',
      '/v1/spaces/',
      '/v2/models/',
    ];
    for (const start of starts) {
      for (const climb of climbs) {
        for (const target of ['etc/passwd', 'package.json']) {
          const path = start + climb.repeat(8) + target;
          const answer = await get(path);
          assert.match(answer, /^HTTP\/1\.1 4\d\d /, path);
          assert.doesNotMatch(answer, /root:|"devDependencies"/, path);
        }
      }
    }
    for (const device of ['..', '.hidden', 'a/../../b', 'a\0b', 'x'.repeat(101)]) {
      const url = `/v1/devices/${encodeURIComponent(device)}/measurements`;
      const payload = { key: 'a', space: 'nasbench201', measurements: [] };
      const { statusCode } = await app.inject({ method: 'POST', url, payload });
      assert.ok(statusCode === 400 || statusCode === 404, `${device}: ${statusCode}`);
    }
  });

  test('compressed bodies are refused before anything is unpacked', async () => {
    // 30 MB of spaces and a request, in some thousand bytes.
    const bomb = Buffer.concat([
      Buffer.alloc(30 * 2 ** 20, ' '),
      Buffer.from(JSON.stringify({ device: 'board', architectures: [nasbench201.example] })),
    ]);
    for (const [encoding, payload] of [
      ['gzip', gzipSync(bomb)],
      ['identity, gzip', gzipSync('{}')],
    ] as const) {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      const { statusCode, body } = await app.inject({ method: 'POST', url: '/v1/predict', headers, payload });
      assert.equal(statusCode, 415, encoding);
      assert.match(JSON.parse(body).error.message, /compressed/);
    }
    const headers = { 'content-type': 'application/json', 'content-encoding': 'identity' };
    const payload = JSON.stringify({ device: 'board', architectures: [nasbench201.example] });
    const plain = await app.inject({ method: 'POST', url: '/v1/predict', headers, payload });
    assert.equal(plain.statusCode, 200);
  });

  test('a body without announced length is cut off at the limit', async () => {
    const { socket, answer } = open();
    socket.write(
      'POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    // One byte too many. If more were on its way when the connection is closed, the answer could get lost.
    socket.write(`${chunk.repeat(app.initialConfig.bodyLimit! / 0x10000)}1\r\n \r\n`);
    assert.match(await answer, /^HTTP\/1\.1 413 [\s\S]*"body_too_large"/);
  });

  test('who sends headers or a body by drops is cut off; others are served meanwhile', async () => {
    const head = 'POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    const slow = Array.from({ length: 50 }, (_, i) => {
      const { socket, answer } = open();
      socket.write(i % 2 === 0 ? head : `${head}Content-Length: 1000\r\n\r\n{`);
      const drops = setInterval(() => socket.writable && socket.write(i % 2 === 0 ? 'X: y\r\n' : ' '), 50);
      return answer.finally(() => clearInterval(drops));
    });
    assert.match(await get('/healthz'), /^HTTP\/1\.1 200 /);
    for (const answer of await Promise.all(slow)) {
      if (answer !== '') assert.match(answer, /^HTTP\/1\.1 408 [\s\S]*"request_timeout"/);
    }
  });

  test('who asks for much and reads nothing is cut off', async () => {
    const { socket } = open();
    socket.pause();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    for (let i = 0; i < 20; i++) {
      socket.write('GET /v1/devices/board/predictions HTTP/1.1\r\nHost: localhost\r\n\r\n');
    }
    // A socket that is not read does not notice its end: the server's side tells.
    const connections = () =>
      new Promise<number>((resolve, reject) =>
        app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      );
    for (const deadline = Date.now() + 30_000; (await connections()) > 0; await sleep(100)) {
      assert.ok(Date.now() < deadline, 'it is still connected');
    }
    socket.destroy();
    await closed;
  });

  test('two ways of saying how long a body is are one too many', async () => {
    for (const headers of [
      'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n',
      'Content-Length: 4\r\nContent-Length: 5\r\n',
      'Content-Length: -1\r\n',
      'Transfer-Encoding: chunked, identity\r\n',
    ]) {
      const { socket, answer } = open();
      socket.write(
        `POST /v1/predict HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n`,
      );
      const text = await answer;
      assert.match(text, /^HTTP\/1\.1 400 /, headers);
      assert.doesNotMatch(text, /"status":"ok"/, 'what was smuggled in is not answered');
    }
  });
});

test('no key and no password is ever logged, whatever the level and whatever goes wrong', async () => {
  const folder = temporaryFolder();
  const [adminKey, wrongKey, password] = ['a'.repeat(43), `tg_00000000_${'b'.repeat(43)}`, 'hunter2hunter2'];
  const script = `
    import { buildApp } from './dist/server/app.js';
    const [models, adminKey, wrongKey, databaseUrl] = process.argv.slice(1);
    for (const url of [undefined, databaseUrl]) {
      const app = await buildApp({
        models, data: models, databaseUrl: url, requireKeys: true, adminKey, logLevel: 'trace', requestsPerSecond: 5,
      });
      app.get('/v1/broken', () => { throw new Error('broken'); });
      await app.listen({ port: 0, host: '127.0.0.1' });
      const made = await app.inject({
        method: 'POST', url: '/v1/keys', payload: { name: 'x', role: 'read' },
        headers: { authorization: 'Bearer ' + adminKey },
      });
      console.error(made.json().key ?? '');
      for (const key of [adminKey, wrongKey]) {
        for (const path of ['/v1/broken', '/v1/devices', '/v1/jobs', '/nothing', '/v1/devices/%zz', '/v1/devices']) {
          await app.inject({ url: path, headers: { authorization: 'Bearer ' + key } });
        }
      }
      await app.close();
    }`;
  const databaseUrl = `postgresql://someone:${password}@127.0.0.1:1/nothing`;
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', script, folder, adminKey, wrongKey, databaseUrl],
    { cwd: packageRoot, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let [log, made] = ['', ''];
  child.stdout.on('data', (data) => {
    log += data;
  });
  child.stderr.on('data', (data) => {
    made += data;
  });
  await new Promise((resolve) => child.on('close', resolve));
  const key = made.match(/tg_[0-9a-f]{8}_[\w-]{43}/)![0];
  assert.match(log, /"msg":"broken"/);
  assert.match(log, /PostgreSQL does not answer/);
  for (const secret of [adminKey, wrongKey, key, key.slice(-43), password]) {
    assert.ok(!log.includes(secret), `${secret} is in the log`);
  }
});
