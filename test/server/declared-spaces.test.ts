import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { TempographClient } from '../../client/index.js';
import { serviceSpace } from '../../fleet/service-space.js';
import { buildApp } from '../../server/app.js';
import { StoredSpaces } from '../../server/spaces/stored-spaces.js';
import { addSpace } from '../../server/store/spaces.js';
import { Store } from '../../server/store/store.js';
import { dataPaths } from '../../src/base/data-folder.js';
import { packageRoot } from '../../src/base/package-root.js';
import { Random } from '../../src/base/random.js';
import { declaredSpace } from '../../src/spaces/declared/declared-space.js';
import type { SpaceFile } from '../../src/spaces/declared/space-file.js';
import { followSpaceFolder, spaceFiles } from '../../src/spaces/declared/space-files.js';
import { spaceNamed } from '../../src/spaces/registry.js';
import { temporaryFolder } from '../temporary-folder.js';

const TINY = JSON.parse(
  readFileSync(join(packageRoot, 'examples', 'spaces', 'tiny.json'), 'utf8'),
) as SpaceFile;
const space = declaredSpace(TINY);

describe('spaces that are uploaded to a service', () => {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  let app: FastifyInstance;
  let client: TempographClient;

  const start = async () => {
    app = await buildApp({ models: join(folder, 'models'), data, logLevel: 'warn' });
    client = new TempographClient({ url: await app.listen({ port: 0, host: '127.0.0.1' }), retries: 0 });
  };
  before(start);
  after(() => app.close());

  /** Made-up latency of an architecture, ms: so much for each of its choices, as a lookup table can learn. */
  const latencyOf = (text: string) => {
    const [width, depth, kernels] = text.split('/');
    return kernels.split('-').reduce((sum, k) => sum + Number(k), Number(width) / 16 + Number(depth));
  };
  const drawn = (count: number) => {
    const random = new Random(1);
    const texts = new Set<string>();
    while (texts.size < count) texts.add(space.format(space.sample(random)));
    return [...texts].map((architecture) => ({ architecture, latencyMs: latencyOf(architecture) }));
  };

  test('a space is uploaded, listed and described, and its file comes back as it was', async () => {
    const made = await client.uploadSpace(TINY);
    assert.equal(made.size, 72);
    assert.deepEqual(await client.uploadSpace(TINY), made, 'the same again changes nothing');
    const listed = await client.spaces();
    assert.deepEqual(
      listed.find(({ name }) => name === 'tiny'),
      { name: 'tiny', description: TINY.description, size: 72, version: made.version },
    );
    assert.ok(listed.some(({ name }) => name === 'mnasnet'));
    const told = await client.space('tiny');
    // Of objects the order counts too: definitions build on those before them.
    assert.equal(JSON.stringify(told.file), JSON.stringify(TINY));
    const file = await app.inject(`/v1/spaces/tiny/versions/${made.version}`);
    assert.equal(file.json().name, 'tiny');
    const served = await serviceSpace('tiny', client);
    assert.equal(served.example, space.example);
  });

  test('a space whose networks a program would write is refused, and one in its folder runs none', async () => {
    const { blocks: _, ...slots } = TINY;
    const program = `touch ${join(folder, 'never')} {arch}`;
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/spaces',
      payload: { ...slots, name: 'other', program },
    });
    assert.equal(answer.statusCode, 400);
    assert.match(answer.json().error.message, /a service does not run programs/);
    const kept = join(folder, 'kept');
    mkdirSync(kept);
    writeFileSync(join(kept, 'other.json'), JSON.stringify({ ...slots, name: 'other', program }));
    followSpaceFolder(kept);
    const found = spaceFiles().find(({ name }) => name === 'other');
    assert.ok(found && found.model === undefined);
  });

  test('an uploaded space that breaks a newer rule is told of, and asked for by name says what', async () => {
    const store = new Store({ folder: join(folder, 'older'), onProblem: () => {} });
    const problems: string[] = [];
    const stored = new StoredSpaces(store, (problem) => problems.push(problem));
    store.open();
    const open = await store.ready();
    const [slot] = TINY.slots;
    await addSpace(open.database, { ...TINY, name: 'older', slots: [slot, slot] });
    await stored.sync(open);
    await stored.sync(open);
    await stored.close();
    await store.close();
    assert.equal(problems.length, 1, 'once');
    assert.match(problems[0], /the uploaded space "older" cannot be used: .*older\.json/);
    const answer = await app.inject('/v1/spaces/older');
    assert.equal(answer.statusCode, 404);
    assert.match(answer.json().error.message, /the file of the search space "older" is no longer valid: /);
    assert.throws(() => spaceNamed('older'), /older\.json/);
  });

  test('an architecture is made choice by choice; what other choices switch off is said', async () => {
    const choose = async (body: object) => {
      const payload = body;
      const answer = await app.inject({ method: 'POST', url: '/v1/spaces/tiny/architecture', payload });
      return { status: answer.statusCode, body: answer.json() };
    };
    const { body } = await choose({ architecture: '32/3/3-3-5', choices: { depth: '2', kernel0: '1' } });
    assert.equal(body.architecture, '32/2/1-3');
    const last = body.choices.at(-1);
    assert.deepEqual([last.slot, last.active], ['kernel2', false]);
    const wrong = await choose({ choices: { width: '64' } });
    assert.deepEqual([wrong.status, wrong.body.error.details[0].field], [400, 'choices.width']);
    assert.equal((await choose({ choices: { nosuch: '1' } })).status, 400);
  });

  test('what is wrong with a file is said with its place, and a name that is taken is not given away', async () => {
    const refused = async (file: object) => {
      const answer = await app.inject({ method: 'POST', url: '/v1/spaces', payload: file });
      const { error } = answer.json();
      return [answer.statusCode, error.code, error.details?.[0]?.field];
    };
    const active = TINY.slots.map((slot) => (slot.active ? { ...slot, active: 'i <' } : slot));
    assert.deepEqual(await refused({ ...TINY, slots: active }), [400, 'invalid_request', '/slots/2/active']);
    assert.equal((await refused({ ...TINY, slots: [] }))[0], 400);
    assert.deepEqual((await refused({ ...TINY, name: 'mnasnet' })).slice(0, 2), [409, 'space_taken']);
  });

  test('measurements, training, predictions, labels and searches are in it', async () => {
    const measurements = drawn(60);
    await client.upload('board', { key: 'a', space: 'tiny', measurements });
    const csv = measurements.map(({ architecture, latencyMs }) => `${architecture},${3 * latencyMs}`);
    const uploaded = await app.inject({
      method: 'POST',
      url: '/v1/devices/board/measurements?key=csv',
      headers: { 'content-type': 'text/csv' },
      payload: ['arch,energy_mj', ...csv].join('\n'),
    });
    assert.equal(uploaded.statusCode, 200, uploaded.body);
    const done = async (id: string) => {
      for await (const job of client.followJob(id)) if (job.state === 'succeeded') return job.result!;
      throw new Error((await client.job(id)).error ?? '');
    };
    const { promoted } = await done((await client.train('board', { predictor: 'lookup' })).id);
    assert.equal(promoted, true);
    const architectures = [measurements[0].architecture, '32/9/3'];
    const { predictions } = await client.predict({ device: 'board', architectures });
    assert.ok(Math.abs(predictions[0].latencyMs! / measurements[0].latencyMs - 1) < 0.2);
    assert.ok(predictions[1].error);

    const label = { analytic: 'fnas:zcu102', space: 'tiny', samples: 10 };
    assert.ok(Number((await done((await client.label('fpga', label)).id)).labels) > 0);
    const network = await app.inject({
      method: 'POST',
      url: '/v1/network',
      payload: { space: 'tiny', architecture: space.example },
    });
    assert.equal(network.statusCode, 200, network.body);

    const table = drawn(72).map(({ architecture }, i) => `${architecture},${50 + i / 10}`);
    const search = await client.startSearch({
      space: 'tiny',
      strategy: 'random',
      budget: 12,
      limits: [{ device: 'board', maxMs: 1e6 }],
      evaluator: { kind: 'table', column: 'accuracy', csv: ['arch,accuracy', ...table].join('\n') },
    });
    let last = search;
    for await (const seen of client.followSearch(search.id)) last = seen;
    assert.deepEqual([last.state, last.points.length], ['succeeded', 12], last.error ?? '');
  });

  test('another version is taken where what was measured stays in it, and refused where not', async () => {
    const before = (await client.space('tiny')).version;
    const narrower = {
      ...TINY,
      slots: TINY.slots.map((s) => (s.name === 'width' ? { ...s, options: ['16'] } : s)),
    };
    await assert.rejects(
      client.uploadSpace(narrower),
      /32\/.*, which was measured on \w+, would not belong to it/,
    );
    const wider = {
      ...TINY,
      slots: TINY.slots.map((s) => (s.name === 'width' ? { ...s, options: ['16', '32', '64'] } : s)),
    };
    const now = await client.uploadSpace(wider);
    assert.equal(now.size, 108);
    assert.deepEqual(
      now.versions?.map(({ version }) => version),
      [now.version, before],
    );
    const more = [{ architecture: '64/2/1-1', latencyMs: 3 }];
    await client.upload('board', { key: 'wider', measurements: more });
    assert.equal((await client.drift('board')).unlearned, 1);
  });

  test('a version is removed, and the one before counts again where what was measured fits it', async () => {
    const { version: now, versions } = await client.space('tiny');
    const before = versions!.find(({ version }) => version !== now)!.version;
    await assert.rejects(client.removeSpace('tiny', { version: 'aaaaaaaaaaaa' }), /no version aaaaaaaaaaaa/);
    await assert.rejects(client.removeSpace('tiny', { version: now }), /64\/2\/1-1, .* not belong to it/);
    const removed = await client.removeSpace('tiny', { version: before });
    assert.deepEqual(removed, { name: 'tiny', removed: [before], version: now });
    await assert.rejects(client.removeSpace('tiny', { version: now }), /is in use by/);
    await client.uploadSpace({ ...TINY, name: 'second' });
    const { version } = await client.uploadSpace({ ...TINY, name: 'second', description: 'Another one' });
    assert.notEqual((await client.removeSpace('second', { version })).version, version);
    assert.equal((await client.space('second')).description, TINY.description);
  });

  test('a space that something is in stays, and who uses it is named; another goes, and is in the audit log', async () => {
    const inUse = await app.inject({ method: 'DELETE', url: '/v1/spaces/tiny' });
    assert.deepEqual([inUse.statusCode, inUse.json().error.code], [409, 'space_in_use']);
    const { message, details } = inUse.json().error;
    assert.match(message, /measurements.*: board, fpga; models that serve: board$/);
    assert.deepEqual(
      details.map(({ field }: { field: string }) => field),
      ['board', 'fpga', 'board'],
    );

    const search = await client.startSearch({ space: 'second', budget: 2, evaluator: { kind: 'ask-tell' } });
    await assert.rejects(client.removeSpace('second'), new RegExp(`running searches: ${search.id}`));
    await client.cancelSearch(search.id);
    await client.uploadSpace({ ...TINY, name: 'third' });
    await client.queueCandidates('new', { space: 'third', architectures: [space.example] });
    await assert.rejects(client.removeSpace('third'), /networks to measure: new/);

    const { removed, version } = await client.removeSpace('second');
    assert.deepEqual([removed.length, version], [1, null]);
    await assert.rejects(client.space('second'), /no search space "second"/);
    assert.ok(!spaceFiles().some(({ name }) => name === 'second'));
    await assert.rejects(client.extendSearch(search.id, 3), /no search space "second"/);
    await assert.rejects(client.removeSpace('second'), /no search space "second"/);
    await assert.rejects(client.removeSpace('mnasnet'), /mnasnet was not uploaded/);
    const { changes } = await client.audit();
    const asked = changes.filter(({ method, path }) => method === 'DELETE' && path === '/v1/spaces/second');
    assert.deepEqual(
      asked.map(({ status }) => status),
      [404, 200, 409],
    );
  });

  test('a service that starts again has them from its store', async () => {
    await app.close();
    await rm(dataPaths(data).spaces, { recursive: true });
    await start();
    // Also one that has not opened its store yet: devices of the space were known before.
    const more = [{ architecture: '64/2/1-3', latencyMs: 3 }];
    await client.upload('board', { key: 'again', measurements: more });
    assert.equal((await client.space('tiny')).size, 108);
  });
});
