import assert from 'node:assert/strict';
import { type AddressInfo, connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../server/app.js';
import { temporaryFolder } from '../temporary-folder.js';
import { boardService } from './board-service.js';
import { measuredCells } from './measured-cells.js';

const SEARCH = {
  space: 'nasbench201',
  strategy: 'random',
  budget: 2,
  evaluator: { kind: 'ask-tell' },
};

describe('a service without keys, and a browser on its machine', () => {
  let app: FastifyInstance;

  before(async () => {
    app = await boardService({ host: 'My-Box.lan' });
    const payload = { key: 'a', space: 'nasbench201', measurements: measuredCells(5, 3) };
    await app.inject({ method: 'POST', url: '/v1/devices/mine/measurements', payload });
  });
  after(async () => {
    await app.close();
  });

  test('is answered under the names of the machine only, so that rebinding a name to it leads nowhere', async () => {
    const ask = (host: string, url: string) => app.inject({ url, headers: { host } });
    for (const host of [
      'localhost',
      'LocalHost:8080',
      'localhost.:80',
      'tempograph.localhost:8080',
      '127.0.0.1:9000',
      '127.8.9.10',
      '[::1]:8080',
      '[0:0:0:0:0:0:0:1]',
      '[::ffff:127.0.0.1]:1',
      'my-box.lan:8080',
    ]) {
      assert.equal((await ask(host, '/v1/devices')).statusCode, 200, host);
    }
    for (const host of [
      'evil.example',
      'evil.example:8080',
      'localhost.evil.example',
      'evillocalhost',
      '127.0.0.1.evil.example',
      'localhost@evil.example',
      'evil.example, localhost',
      '192.168.1.7:8080',
      '0.0.0.0:8080',
      '[fe80::1]:8080',
      'other.my-box.lan',
      '::1',
    ]) {
      for (const url of ['/v1/devices', '/healthz', '/docs', '/nothing']) {
        const { statusCode, body } = await ask(host, url);
        assert.equal(statusCode, 403, `${host} ${url}`);
        const { error } = JSON.parse(body);
        assert.equal(error.code, 'foreign_host');
        assert.match(
          error.message,
          /localhost, \*\.localhost, loopback addresses, My-Box\.lan .*--require-keys/,
        );
      }
    }
  });

  test('is answered over HTTP/1.0 without a host, which no browser sends', async () => {
    await app.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.end('GET /healthz HTTP/1.0\r\n\r\n');
    let answer = '';
    for await (const data of socket) answer += data;
    assert.match(answer, /^HTTP\/1.1 200 /);
  });

  test('changes nothing for a page of another site, not even what takes no body', async () => {
    const begun = await app.inject({ method: 'POST', url: '/v1/searches', payload: SEARCH });
    const { id } = begun.json();
    const cancel = (headers: Record<string, string>) =>
      app.inject({ method: 'POST', url: `/v1/searches/${id}/cancel`, headers });
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:3000' },
      { 'sec-fetch-site': 'same-site', origin: 'http://other.lan' },
      { origin: 'https://evil.example' },
      { origin: 'http://localhost.evil.example:8080' },
      { origin: 'null' },
    ] as Record<string, string>[]) {
      const { statusCode, body } = await cancel(headers);
      assert.equal(statusCode, 403, JSON.stringify(headers));
      assert.equal(JSON.parse(body).error.code, 'foreign_origin');
    }
    assert.notEqual((await app.inject(`/v1/searches/${id}`)).json().state, 'cancelled');
    for (const headers of [
      { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:80' },
      // A proxy before the service has rewritten the host.
      { 'sec-fetch-site': 'same-origin', origin: 'https://tool.example' },
      { origin: 'http://[::1]:5173' },
      {},
    ] as Record<string, string>[]) {
      assert.equal((await cancel(headers)).statusCode, 200, JSON.stringify(headers));
    }
  });

  test('reads are left to the browser, which shows them to no other site', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    const answer = await app.inject({ url: '/v1/devices', headers });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
    const preflight = { ...headers, 'access-control-request-method': 'DELETE' };
    const asked = await app.inject({ method: 'OPTIONS', url: '/v1/keys/00000000', headers: preflight });
    assert.ok(asked.statusCode >= 400);
    assert.equal(asked.headers['access-control-allow-origin'], undefined);
  });

  test('takes from no route what a page may send unasked, but for the one that has no body', async () => {
    const { paths } = (await app.inject('/docs/json')).json() as { paths: Record<string, object> };
    const posts = Object.entries(paths).flatMap(([path, methods]) => ('post' in methods ? [path] : []));
    assert.ok(posts.length > 10);
    const id = '00000000-0000-4000-8000-000000000000';
    const taken: string[] = [];
    for (const path of posts) {
      const url = path
        .replace(/\{candidate\}/, id)
        .replace(/\{\w+\}/g, path.includes('/searches/') ? id : 'mine');
      for (const type of [
        undefined,
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
      ]) {
        const request = type ? { headers: { 'content-type': type }, payload: '{}' } : {};
        const { statusCode, body } = await app.inject({ method: 'POST', url, ...request });
        if (statusCode !== 400 && statusCode !== 415) taken.push(`${path} ${type}: ${statusCode}`);
        else assert.ok(JSON.parse(body).error, body);
      }
    }
    assert.deepEqual(taken, ['/v1/searches/{id}/cancel undefined: 404']);
  });
});

test('where keys are required any host is answered, as load balancers rewrite it', async (t) => {
  const adminKey = 'a'.repeat(43);
  const folder = temporaryFolder();
  const app = await buildApp({ models: folder, requireKeys: true, adminKey, logLevel: 'silent' });
  t.after(async () => {
    await app.close();
  });
  const headers = {
    host: 'tempograph.example',
    authorization: `Bearer ${adminKey}`,
    origin: 'https://a.example',
  };
  assert.equal((await app.inject({ url: '/v1/devices', headers })).statusCode, 200);
  const predict = await app.inject({ method: 'POST', url: '/v1/predict', headers, payload: {} });
  assert.equal(predict.json().error.code, 'invalid_request');
});
