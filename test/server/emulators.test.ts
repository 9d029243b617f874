import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { TempographClient } from '../../client/client.js';
import { buildApp } from '../../server/app.js';
import { Emulator } from '../../src/emulate/emulator.js';
import { SUM_INPUTS, saveQuickEmulator } from '../emulate/quick-emulator.js';
import { temporaryFolder } from '../temporary-folder.js';

const learn = (models: string, factor: number) => saveQuickEmulator(join(models, 'sums'), factor);

describe('emulators over HTTP', () => {
  const models = temporaryFolder();
  let app: FastifyInstance;
  before(async () => {
    await learn(models, 1);
    app = await buildApp({ models, logLevel: 'silent' });
  });
  after(() => app.close());

  const predict = (runs: unknown, name = 'sums') =>
    app.inject({ method: 'POST', url: `/v1/emulators/${name}/predict`, payload: { runs } as object });

  it('are listed, and are no devices', async () => {
    const { emulators, problems } = (await app.inject('/v1/emulators')).json();
    assert.deepEqual(problems, []);
    assert.equal(emulators[0].name, 'sums');
    assert.deepEqual(emulators[0].inputs, SUM_INPUTS);
    assert.deepEqual(emulators[0].outputs[0], { name: 'curve', points: 3 });
    assert.deepEqual((await app.inject('/v1/devices')).json().devices, []);
    const card = (await app.inject('/v1/emulators/sums')).json();
    assert.equal(card.format, 'tempograph-emulator/1');
    assert.equal(card.data.runs, 30);
  });

  it('answer as they do in the library', async () => {
    const answer = (
      await predict([
        { b: 10, a: 0.5 },
        { a: 2, b: 20 },
      ])
    ).json();
    const emulator = await Emulator.load(join(models, 'sums'));
    const { mean, low } = await emulator.emulate(Float64Array.of(0.5, 10, 2, 20));
    await emulator.release();
    assert.equal(answer.modelVersion, emulator.card.version);
    assert.deepEqual(answer.runs[0].outputs.curve.mean, [...mean.subarray(0, 3)]);
    assert.deepEqual(answer.runs[1].outputs.total.low, [low[7]]);
    assert.deepEqual([answer.runs[0].outside, answer.runs[1].outside], [[], ['a']]);
  });

  it('refuse what they cannot be asked, by name', async () => {
    const unknown = await predict([{ a: 1, b: 1 }], 'nobody');
    assert.equal(unknown.statusCode, 404);
    assert.match(unknown.json().error.message, /no emulator "nobody"; emulators: sums/);
    const bad = await predict([
      { a: 1, b: 1 },
      { a: 1, z: 2 },
      { a: 0, b: -1 },
    ]);
    assert.equal(bad.statusCode, 400);
    assert.deepEqual(
      bad.json().error.details.map(({ field }: { field: string }) => field),
      ['runs/1/z', 'runs/1/b', 'runs/2/b'],
    );
    assert.equal((await predict([])).statusCode, 400);
    assert.equal((await predict([{ a: 'x', b: 1 }])).statusCode, 400);
  });

  it('are asked by the client, and replaced while the service runs', async () => {
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    const client = new TempographClient({ url: address });
    const [{ name }] = await client.emulators();
    const ask = async () => {
      const { modelVersion, runs } = await client.emulate(name, { runs: [{ a: 0.5, b: 10 }] });
      return { modelVersion, total: runs[0].outputs.total.mean[0] };
    };
    const before = await ask();
    const { version } = await learn(models, 1000);
    const now = await ask();
    assert.equal(now.modelVersion, version);
    assert.ok(Math.abs(now.total) > 20 * Math.abs(before.total));
  });

  it('of a damaged folder are named, and serve nobody', async () => {
    mkdirSync(join(models, 'broken'));
    writeFileSync(join(models, 'broken', 'card.json'), '{"format": "tempograph-emulator/1"}');
    const { emulators, problems } = (await app.inject('/v1/emulators')).json();
    assert.equal(emulators.length, 1);
    assert.equal(problems[0].folder, 'broken');
  });
});
