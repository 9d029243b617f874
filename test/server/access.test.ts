import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { ROLES, type Role } from '../../api/role.js';
import { buildApp } from '../../server/app.js';
import { addKey, deleteKey, listKeys } from '../../server/store/keys.js';
import { Store } from '../../server/store/store.js';
import { packageRoot } from '../../src/base/package-root.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';
import { boardService } from './board-service.js';
import { measuredCells } from './measured-cells.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

const ADMIN_KEY = 'a'.repeat(43);
/** What anybody may ask: whether the service is there. */
const OPEN = ['GET /healthz', 'GET /readyz', 'GET /v2/health/live', 'GET /v2/health/ready'];
/** What may be sent without the right to change what the service serves. */
const LESS_THAN_ADMIN: Record<string, Role> = {
  'POST /v1/meets': 'read',
  'POST /v1/predict': 'read',
  'POST /v1/spaces/{name}/architecture': 'read',
  'POST /v1/emulators/{name}/predict': 'read',
  'POST /v1/network': 'read',
  'POST /v1/networks/predict': 'read',
  'POST /v1/breakdown': 'read',
  'POST /v2/models/{model}/infer': 'read',
  'POST /v2/models/{model}/versions/{version}/infer': 'read',
  'POST /v1/devices/{id}/measurements': 'measure',
  'POST /v1/devices/{id}/candidates': 'measure',
  'POST /v1/devices/{id}/candidates/claim': 'measure',
  'POST /v1/devices/{id}/candidates/{candidate}/failure': 'measure',
  'POST /v1/searches/{id}/ask': 'measure',
  'POST /v1/searches/{id}/tell': 'measure',
};
const ADMIN_ONLY = ['GET /v1/keys', 'GET /v1/audit'];

interface Operation {
  readonly name: string;
  readonly method: 'GET';
  readonly url: string;
  readonly security?: { key: [Role] }[];
}

describe('a service that requires API keys', () => {
  let app: FastifyInstance;
  const keys = { admin: ADMIN_KEY } as Record<Role, string>;

  before(async () => {
    app = await boardService({ requireKeys: true, adminKey: ADMIN_KEY });
    for (const role of ['read', 'measure'] as const) {
      const made = await ask({ method: 'POST', url: '/v1/keys', payload: { name: role, role } }, ADMIN_KEY);
      assert.equal(made.statusCode, 201, made.body);
      keys[role] = made.json().key;
    }
  });
  after(async () => {
    await app.close();
  });

  const ask = (request: InjectOptions, key?: string) =>
    app.inject({
      ...request,
      headers: { ...request.headers, ...(key && { authorization: `Bearer ${key}` }) },
    });

  /** Every operation that the service documents, at a URL whose parameters are filled in. */
  async function operations(): Promise<Operation[]> {
    const { paths } = (await app.inject('/docs/json')).json() as {
      paths: Record<string, Record<string, { security?: Operation['security'] }>>;
    };
    const id = '00000000-0000-4000-8000-000000000000';
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase() as 'GET',
        url: path.replace('{candidate}', id).replace(/\{\w+\}/g, path.includes('/jobs/') ? id : 'nothing'),
        security,
      })),
    );
  }

  test('documents for every operation the role that this test expects', async () => {
    const all = await operations();
    assert.ok(all.length > 15);
    for (const { name, security } of all) {
      const expected = ADMIN_ONLY.includes(name)
        ? 'admin'
        : (LESS_THAN_ADMIN[name] ?? (name.startsWith('GET ') ? 'read' : 'admin'));
      assert.deepEqual(security, OPEN.includes(name) ? undefined : [{ key: [expected] }], name);
    }
  });

  test('refuses every operation without a key, with a wrong one, and with one of too low a role', async () => {
    for (const { name, method, url, security } of await operations()) {
      if (!security) {
        assert.equal((await ask({ method, url })).statusCode, 200, name);
        continue;
      }
      for (const key of [undefined, `tg_00000000_${'A'.repeat(43)}`]) {
        const answer = await ask({ method, url }, key);
        assert.equal(answer.statusCode, 401, name);
        assert.match(
          answer.body,
          key ? /the API key in the header authorization is unknown here/ : /send an API key/,
          name,
        );
        // RFC 6750, section 3: no error for who has sent nothing.
        assert.equal(answer.headers['www-authenticate'], key ? 'Bearer error="invalid_token"' : 'Bearer');
      }
      const needed = ROLES.indexOf(security[0].key[0]);
      for (const [rank, role] of ROLES.entries()) {
        // A stream of events that is let in does not end.
        if (rank >= needed && url.endsWith('/events')) continue;
        const { statusCode, body } = await ask({ method, url }, keys[role]);
        if (rank < needed) assert.equal(statusCode, 403, `${name} as ${role}: ${body}`);
        else assert.ok(![401, 403].includes(statusCode), `${name} as ${role}: ${statusCode}`);
      }
    }
  });

  test('keeps other ways of asking shut: HEAD, other schemes, a key in the query', async () => {
    assert.equal((await ask({ method: 'HEAD', url: '/v1/devices' })).statusCode, 401);
    assert.equal((await ask({ method: 'GET', url: `/v1/devices?key=${ADMIN_KEY}` })).statusCode, 401);
    const authorization = `Basic ${Buffer.from(`admin:${ADMIN_KEY}`).toString('base64')}`;
    assert.equal((await ask({ url: '/v1/devices', headers: { authorization } })).statusCode, 401);
    assert.equal((await ask({ url: '/v1//devices' })).statusCode, 404);
  });

  test('keeps no key: a list shows who has one, and a removed key opens nothing', async () => {
    const payload = { name: 'leaver', role: 'read' };
    const { key, ...made } = (await ask({ method: 'POST', url: '/v1/keys', payload }, ADMIN_KEY)).json();
    assert.equal((await ask({ url: '/v1/devices' }, key)).statusCode, 200);
    const listed = (await ask({ url: '/v1/keys' }, ADMIN_KEY)).json();
    assert.deepEqual(listed.keys.at(-1), made);
    assert.ok(!JSON.stringify(listed).includes(key.slice(-43)));
    const gone = await ask({ method: 'DELETE', url: `/v1/keys/${made.id}` }, ADMIN_KEY);
    assert.deepEqual(gone.json(), made);
    assert.equal((await ask({ url: '/v1/devices' }, key)).statusCode, 401);
    assert.equal((await ask({ method: 'DELETE', url: `/v1/keys/${made.id}` }, ADMIN_KEY)).statusCode, 404);
  });

  test('writes down who asked for which change, and how it was answered', async () => {
    const url = '/v1/devices/audited/measurements';
    const payload = { key: 'a secret of the body', space: 'nasbench201', measurements: measuredCells(1, 3) };
    await ask({ method: 'POST', url: `${url}?space=x`, payload }, keys.measure);
    await ask({ method: 'POST', url, payload }, keys.measure);
    await ask({ method: 'POST', url: '/v1/devices/unheard_of/train', payload: {} }, ADMIN_KEY);
    await ask(
      {
        method: 'POST',
        url: '/v1/predict',
        payload: { device: 'board', architectures: [nasbench201.example] },
      },
      keys.read,
    );
    const { body } = await ask({ url: '/v1/audit?limit=3' }, ADMIN_KEY);
    assert.ok(!body.includes('secret'));
    const { changes } = JSON.parse(body);
    assert.deepEqual(
      changes.map(({ name, address, method, path, status }: Record<string, unknown>) => [
        name,
        address,
        method,
        path,
        status,
      ]),
      [
        ['TEMPOGRAPH_ADMIN_KEY', '127.0.0.1', 'POST', '/v1/devices/unheard_of/train', 404],
        ['measure', '127.0.0.1', 'POST', url, 200],
        ['measure', '127.0.0.1', 'POST', url, 200],
      ],
    );
    const next = (await ask({ url: `/v1/audit?limit=1&before=${changes[0].id}` }, ADMIN_KEY)).json();
    assert.deepEqual(next.changes, [changes[1]]);
  });

  test('writes down which networks a worker was lent, not that there were none', async () => {
    const url = '/v1/devices/audited/candidates';
    const architectures = [nasbench201.example];
    await ask({ method: 'POST', url, payload: { space: 'nasbench201', architectures } }, keys.measure);
    const claim = () =>
      ask({ method: 'POST', url: `${url}/claim`, payload: { worker: 'w', count: 1 } }, keys.measure);
    assert.equal((await claim()).json().candidates.length, 1);
    assert.equal((await claim()).json().candidates.length, 0);
    const { changes } = (await ask({ url: '/v1/audit?limit=2' }, ADMIN_KEY)).json();
    assert.deepEqual(
      changes.map(({ name, path, status }: Record<string, unknown>) => [name, path, status]),
      [
        ['measure', `${url}/claim`, 200],
        ['measure', url, 200],
      ],
    );
  });

  test('writes down who was refused for a role too low, and who asked and told of a search', async () => {
    const search = { space: 'nasbench201', strategy: 'random', budget: 1, evaluator: { kind: 'ask-tell' } };
    const begin = { method: 'POST', url: '/v1/searches', payload: search } as const;
    // Of each address a refusal is written down once a second.
    const { statusCode } = await ask({ ...begin, remoteAddress: '10.0.0.9' }, keys.read);
    assert.equal(statusCode, 403);
    const { id } = (await ask(begin, ADMIN_KEY)).json();
    let trials: { number: number }[] = [];
    while (trials.length === 0) {
      const url = `/v1/searches/${id}/ask`;
      ({ trials } = (await ask({ method: 'POST', url, payload: { worker: 'w' } }, keys.measure)).json());
    }
    const payload = { worker: 'w', results: [{ number: trials[0].number, accuracy: 70 }] };
    await ask({ method: 'POST', url: `/v1/searches/${id}/tell`, payload }, keys.measure);
    const { changes } = (await ask({ url: '/v1/audit?limit=4' }, ADMIN_KEY)).json();
    assert.deepEqual(
      changes.map(({ name, path, status }: Record<string, unknown>) => `${name} ${path} ${status}`),
      [
        `measure /v1/searches/${id}/tell 200`,
        `measure /v1/searches/${id}/ask 200`,
        'TEMPOGRAPH_ADMIN_KEY /v1/searches 202',
        'read /v1/searches 403',
      ],
    );
  });

  test('sends every answer with headers that keep browsers from misusing it', async () => {
    for (const url of ['/healthz', '/v1/devices', '/docs/json', '/nothing']) {
      const { headers } = await ask({ url });
      assert.equal(headers['x-content-type-options'], 'nosniff', url);
      assert.equal(headers['x-frame-options'], 'SAMEORIGIN', url);
      assert.match(String(headers['content-security-policy']), /default-src 'self'/, url);
    }
  });
});

test('a key that sends more than its share of requests is told to slow down, others are not', async (t) => {
  const folder = temporaryFolder();
  const app = await buildApp({
    models: folder,
    adminKey: ADMIN_KEY,
    requireKeys: true,
    requestsPerSecond: 20,
    logLevel: 'silent',
  });
  t.after(async () => {
    await app.close();
  });
  const many = (url: string, headers: Record<string, string>) =>
    Promise.all(Array.from({ length: 50 }, () => app.inject({ url, headers })));
  const authorization = `Bearer ${ADMIN_KEY}`;
  const answers = await many('/v1/devices', { authorization });
  const refused = answers.filter(({ statusCode }) => statusCode === 429);
  assert.ok(refused.length >= 10, `${refused.length} of 50 were refused`);
  assert.equal(refused[0].json().error.code, 'too_many_requests');
  assert.equal(refused[0].headers['retry-after'], '1');
  assert.ok((await many('/healthz', {})).every(({ statusCode }) => statusCode === 200));

  // A second passes also where the clock is set back by an hour in it.
  mock.timers.enable({ apis: ['Date'], now: Date.now() - 3_600_000 });
  t.after(() => mock.timers.reset());
  await sleep(1100);
  assert.equal((await app.inject({ url: '/v1/devices', headers: { authorization } })).statusCode, 200);
});

test('without an administrator’s key a service that requires keys does not start, and says how to make one', async () => {
  const folder = temporaryFolder();
  const options = { models: folder, data: join(folder, 'data'), requireKeys: true, logLevel: 'silent' };
  await assert.rejects(buildApp(options), /tempograph keys add <name> --role admin/);
  await assert.rejects(buildApp({ ...options, adminKey: 'hunter2' }), /TEMPOGRAPH_ADMIN_KEY.* 7 characters/);
});

test('a key that another process makes or removes counts on every server', {
  skip: noPostgres,
}, async (t) => {
  const folder = temporaryFolder();
  const postgres = await PostgresServer.start();
  const options = {
    models: folder,
    data: folder,
    databaseUrl: await postgres.database(),
    logLevel: 'silent',
  };
  const guarded = { ...options, requireKeys: true, adminKey: ADMIN_KEY };
  const [one, other] = [await buildApp(guarded), await buildApp(guarded)];
  t.after(async () => {
    await Promise.all([one.close(), other.close()]);
    await postgres.stop();
  });
  const headers = { authorization: `Bearer ${ADMIN_KEY}` };
  const payload = { name: 'lab', role: 'read' };
  const { id, key } = (await one.inject({ method: 'POST', url: '/v1/keys', headers, payload })).json();
  const tried = async () =>
    (await other.inject({ url: '/v1/devices', headers: { authorization: `Bearer ${key}` } })).statusCode;
  for (const deadline = Date.now() + 5000; (await tried()) !== 200; ) {
    assert.ok(Date.now() < deadline, 'the new key is not let in');
  }
  await one.inject({ method: 'DELETE', url: `/v1/keys/${id}`, headers });
  for (const deadline = Date.now() + 10_000; (await tried()) !== 401; ) {
    assert.ok(Date.now() < deadline, 'the removed key is let in');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
});

test('of two administrators who remove each other’s key at the same time one stays', {
  skip: noPostgres,
}, async (t) => {
  const postgres = await PostgresServer.start();
  const store = new Store({
    folder: temporaryFolder(),
    databaseUrl: await postgres.database(),
    onProblem: () => {},
  });
  store.open();
  t.after(async () => {
    await store.close();
    await postgres.stop();
  });
  const { database } = await store.ready();
  let [one, other] = [await addKey(database, 'one', 'admin'), await addKey(database, 'other', 'admin')];
  for (let round = 0; round < 10; round++) {
    const both = await Promise.allSettled([one, other].map(({ id }) => deleteKey(database, id)));
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], `round ${round}`);
    const [left] = await listKeys(database);
    one = [one, other].find(({ id }) => id === left.id)!;
    other = await addKey(database, 'other', 'admin');
  }
});

test('strangers are counted, written down once a second, and told no paths; the last administrator stays', async (t) => {
  const folder = temporaryFolder();
  const options = { models: join(folder, 'models'), data: join(folder, 'data'), logLevel: 'silent' };
  await saveAdditiveDevice(options.models, 'board', 1);
  await mkdir(join(options.models, 'broken'));
  const store = new Store({ folder: options.data, onProblem: () => {} });
  store.open();
  const admin = await addKey((await store.ready()).database, 'first', 'admin');
  await store.close();
  const app = await buildApp({ ...options, requireKeys: true, requestsPerSecond: 20, runJobs: false });
  t.after(async () => {
    await app.close();
  });
  const asAdmin = { authorization: `Bearer ${admin.key}` };

  const strange = await app.inject('/readyz');
  assert.equal(strange.statusCode, 200);
  assert.ok(!strange.body.includes(folder), strange.body);
  assert.deepEqual(strange.json().problems[0].folder, 'broken');
  const known = await app.inject({ url: '/readyz', headers: asAdmin });
  assert.equal(known.json().problems[0].folder, join(options.models, 'broken'));

  // Guesses are not free: each address has as many as it has requests.
  const guess = (i: number) =>
    app.inject({ url: '/v1/devices', headers: { authorization: `Bearer tg_00000000_${i}` } });
  const statuses: number[] = [];
  for (let i = 0; i < 300 && !statuses.includes(429); i++) statuses.push((await guess(i)).statusCode);
  assert.ok(statuses.includes(401), String(statuses));
  assert.ok(statuses.includes(429), String(statuses));

  const last = await app.inject({ method: 'DELETE', url: `/v1/keys/${admin.id}`, headers: asAdmin });
  assert.deepEqual([last.statusCode, last.json().error.code], [409, 'last_admin']);
  const { changes } = (await app.inject({ url: '/v1/audit', headers: asAdmin })).json();
  const refused = changes.filter(({ status }: { status: number }) => status === 401);
  assert.ok(refused.length >= 1 && refused.length < 10, JSON.stringify(changes));
  assert.deepEqual([refused[0].path, refused[0].key], ['/v1/devices', null]);
});

test('keys that are made and removed on the command line are in the audit log', async (t) => {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  const keys = (...args: string[]) =>
    promisify(execFile)(process.execPath, [
      join(packageRoot, 'scripts', 'tempograph.mjs'),
      'keys',
      ...args,
      '--data',
      data,
    ]);
  await keys('add', 'lab', '--role', 'read');
  const app = await buildApp({ models: join(folder, 'models'), data, runJobs: false, logLevel: 'silent' });
  t.after(() => app.close());
  const { changes } = (await app.inject('/v1/audit')).json();
  assert.deepEqual(
    changes.map(({ address, method, path, status }: Record<string, unknown>) => [
      address,
      method,
      path,
      status,
    ]),
    [['command line', 'POST', '/v1/keys', 201]],
  );
});
