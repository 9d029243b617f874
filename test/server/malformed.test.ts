import assert from 'node:assert/strict';
import { type AddressInfo, connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../server/app.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';

const json = { 'content-type': 'application/json' };
const good = { device: 'board', architectures: [nasbench201.example] };

describe('bad input over HTTP is refused in one shape', () => {
  let app: FastifyInstance;
  let models: string;

  before(async () => {
    models = temporaryFolder();
    await saveAdditiveDevice(models, 'board', 1);
    app = await buildApp({ models, logLevel: 'silent' });
    await app.listen({ port: 0, host: '127.0.0.1' });
  });
  after(async () => {
    await app.close();
  });

  const post = (payload: string | Buffer, headers: Record<string, string> = json) =>
    app.inject({ method: 'POST', url: '/v1/predict', payload, headers });

  function assertErrorShape(body: string): { code: string; message: string; details?: { field: string }[] } {
    const { error, ...rest } = JSON.parse(body);
    assert.deepEqual(rest, {});
    assert.match(error.code, /^[a-z_]+$/);
    assert.ok(error.message.length > 0);
    assert.deepEqual(
      Object.keys(error).filter((key) => !['code', 'message', 'details'].includes(key)),
      [],
    );
    return error;
  }

  async function assertRefused(payload: string | Buffer, status: number, headers = json) {
    const answer = await post(payload, headers);
    assert.equal(answer.statusCode, status, answer.body.slice(0, 500));
    return assertErrorShape(answer.body);
  }

  test('any text that is not JSON: 400 malformed_json', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }).filter(isNotJson), async (text) => {
        assert.equal((await assertRefused(text, 400)).code, 'malformed_json');
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test('a good request cut off anywhere: 400 malformed_json', async () => {
    const whole = JSON.stringify(good);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        assert.equal((await assertRefused(whole.slice(0, length), 400)).code, 'malformed_json');
      }),
      { numRuns: 50, seed: 2 },
    );
  });

  test('any JSON that is not a request: 400 invalid_request naming a field', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const error = await assertRefused(JSON.stringify(value), 400);
        // `{"__proto__": …}` is refused while parsing.
        assert.ok(error.code === 'malformed_json' || error.details!.every(({ field }) => field.length > 0));
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  test('a field of any wrong type: 400 that names it', async () => {
    const notText = fc.jsonValue().filter((value) => typeof value !== 'string');
    const notTexts = fc.oneof(
      fc.jsonValue().filter((value) => !Array.isArray(value)),
      fc.array(notText, { minLength: 1, maxLength: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(notText, notTexts, fc.boolean(), async (device, architectures, first) => {
        const request = first ? { ...good, device } : { ...good, architectures };
        const error = await assertRefused(JSON.stringify(request), 400);
        if (error.code === 'malformed_json') return;
        assert.match(error.details![0].field, first ? /^device/ : /^architectures/);
      }),
      { numRuns: 200, seed: 4 },
    );
  });

  test('any device that is not served: 404', async () => {
    const names = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 200 })
      .filter((name) => name !== 'board');
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(names, fc.constantFrom('__proto__', 'constructor', '../board')),
        async (device) => {
          const error = await assertRefused(JSON.stringify({ ...good, device }), 404);
          assert.equal(error.code, 'unknown_device');
        },
      ),
      { numRuns: 100, seed: 5 },
    );
  });

  test('any architecture that is not one: an error in its place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
        const answer = await post(JSON.stringify({ ...good, architectures: [text, nasbench201.example] }));
        assert.equal(answer.statusCode, 200);
        const [bad, fine] = answer.json().predictions;
        assert.equal(typeof bad.error, 'string');
        assert.equal(bad.latencyMs, undefined);
        assert.equal(typeof fine.latencyMs, 'number');
      }),
      { numRuns: 200, seed: 6 },
    );
  });

  test('any other content type: 415', async () => {
    const types = fc.constantFrom(
      'text/plain',
      'application/xml',
      'multipart/form-data; boundary=x',
      'nonsense',
      '',
    );
    await fc.assert(
      fc.asyncProperty(types, async (type) => {
        const error = await assertRefused(JSON.stringify(good), 415, { 'content-type': type });
        assert.equal(error.code, 'unsupported_media_type');
      }),
      { numRuns: 10, seed: 7 },
    );
  });

  test('a field that would change every object is named as what it is', async () => {
    for (const field of ['"__proto__":{"a":1}', '"constructor":{"prototype":{"a":1}}']) {
      const body = `{${field},${JSON.stringify(good).slice(1)}`;
      const error = await assertRefused(body, 400);
      assert.deepEqual(
        [error.code, /__proto__, or constructor/.test(error.message)],
        ['malformed_json', true],
      );
    }
    assert.match((await assertRefused('{"device":', 400)).message, /not valid JSON/);
  });

  test('a body that is too large is told how large it may be, and what to do', async () => {
    const long = JSON.stringify({ ...good, architectures: new Array(1_000_000).fill('|none~0|') });
    assert.match(
      (await assertRefused(long, 413)).message,
      /more than the 4 MiB accepted here; send it in parts/,
    );
  });

  test('10,000 architectures are fine, one more is not', async () => {
    const of = (count: number) =>
      JSON.stringify({ ...good, architectures: new Array(count).fill(nasbench201.example) });
    assert.equal((await post(of(10_000))).json().predictions.length, 10_000);
    const error = await assertRefused(of(10_001), 400);
    assert.equal(error.details![0].field, 'architectures');
  });

  test('a million items are refused, whether they fit into the body limit or not', async () => {
    const short = JSON.stringify({ ...good, architectures: new Array(1_000_000).fill('') });
    assert.equal((await assertRefused(short, 413)).code, 'body_too_large');
    const long = JSON.stringify({ ...good, architectures: new Array(1_000_000).fill('|none~0|') });
    assert.equal((await assertRefused(long, 413)).code, 'body_too_large');
  });

  test('JSON nested a hundred thousand deep: 400', async () => {
    const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    await assertRefused(deep(100_000), 400);
    await assertRefused(`{"device":"board","architectures":${deep(100_000)}}`, 400);
    await assertRefused(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 400);
  });

  test('both one device and several, or neither: 400', async () => {
    await assertRefused(JSON.stringify({ ...good, devices: ['board'] }), 400);
    await assertRefused(JSON.stringify({ architectures: good.architectures }), 400);
  });

  test('any path that is no route: 404 or 400', async () => {
    await fc.assert(
      fc.asyncProperty(fc.webPath(), fc.constantFrom('GET', 'POST', 'DELETE'), async (path, method) => {
        const answer = await app.inject({ method: method as 'GET', url: `/nothing${path}` });
        assert.ok([400, 404].includes(answer.statusCode), `${path}: ${answer.statusCode}`);
        assertErrorShape(answer.body);
      }),
      { numRuns: 100, seed: 8 },
    );
    const malformed = await app.inject('/v1/devices/%zz');
    assert.equal(malformed.statusCode, 400);
    assertErrorShape(malformed.body);
  });

  test('what the server itself does wrong is not told', async () => {
    const broken = await buildApp({ models, logLevel: 'silent' });
    broken.get('/broken', () => {
      throw new Error('password is hunter2');
    });
    const answer = await broken.inject('/broken');
    assert.equal(answer.statusCode, 500);
    assert.equal(assertErrorShape(answer.body).message, 'the server made a mistake');
    await broken.close();
  });

  describe('below HTTP', () => {
    /** Writes bytes to a socket, ends it, and gives what comes back. */
    function raw(bytes: string): Promise<string> {
      return new Promise((resolve, reject) => {
        let answer = '';
        const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1', () =>
          socket.end(bytes),
        );
        socket
          .on('data', (data) => {
            answer += data;
          })
          .on('error', reject)
          .on('close', () => resolve(answer));
      });
    }

    const head = (length: number) =>
      `POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

    function assertRaw(answer: string, status: number) {
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
      assertErrorShape(answer.slice(answer.indexOf('\r\n\r\n') + 4));
    }

    test('a body that ends before its announced length: 400', async () => {
      assertRaw(await raw(head(1000) + JSON.stringify(good)), 400);
    });

    test('bytes that are not HTTP: 400', async () => {
      assertRaw(await raw('hello\r\n\r\n'), 400);
    });

    test('headers without end: 431', async () => {
      assertRaw(await raw(`GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`), 431);
    });

    test('the service goes on', async () => {
      const body = JSON.stringify(good);
      const request = head(body.length).replace('Host: localhost', 'Host: localhost\r\nConnection: close');
      assert.match(await raw(request + body), /^HTTP\/1.1 200 OK[\s\S]*"latencyMs":/);
    });
  });
});

function isNotJson(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
}
