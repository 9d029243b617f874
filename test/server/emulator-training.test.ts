import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { JobAnswer } from '../../api/jobs.js';
import { buildApp } from '../../server/app.js';
import { temporaryFolder } from '../temporary-folder.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

const lines = Array.from({ length: 25 }, (_, i) => [i / 25, (i * 7) % 25, i / 25 + ((i * 7) % 25)].join());
const csv = ['a,b,sum', ...lines].join('\n');
const request = { name: 'sums', csv, inputs: ['a', 'b'], outputs: 'sum', steps: 4 };

for (const kind of ['embedded', 'postgresql'] as const) {
  describe(`emulators that are learned in an ${kind} store`, {
    skip: kind === 'postgresql' && noPostgres,
  }, () => {
    const folder = temporaryFolder();
    let postgres: PostgresServer | undefined;
    let databaseUrl: string | undefined;
    let app: FastifyInstance;
    const open = (data: string) =>
      buildApp({ models: join(folder, 'models'), data: join(folder, data), databaseUrl, logLevel: 'error' });
    before(async () => {
      mkdirSync(join(folder, 'models'));
      if (kind === 'postgresql') postgres = await PostgresServer.start();
      databaseUrl = await postgres?.database();
      app = await open('data');
    });
    after(async () => {
      await app.close();
      await postgres?.stop();
    });

    const learn = (payload: object) => app.inject({ method: 'POST', url: '/v1/emulators', payload });
    async function finished(payload: object): Promise<JobAnswer> {
      const answer = await learn(payload);
      assert.equal(answer.statusCode, 202, answer.body);
      const { id } = answer.json();
      for (;;) {
        const job = (await app.inject(`/v1/jobs/${id}`)).json() as JobAnswer;
        if (job.state !== 'queued' && job.state !== 'running') return job;
        await setTimeout(100);
      }
    }
    const ask = async (service: FastifyInstance, runs: object[]) => {
      const payload = { runs };
      return (await service.inject({ method: 'POST', url: '/v1/emulators/sums/predict', payload })).json();
    };

    test('runs that are sent become an emulator that answers, here and in every service on the store', async () => {
      const job = await finished(request);
      assert.equal(job.state, 'succeeded', job.error ?? '');
      assert.equal(job.device, null);
      assert.deepEqual(Object.keys(job.request).sort(), ['data', 'inputs', 'name', 'outputs', 'steps']);
      assert.equal(job.result?.runs, 25);
      const asked = [{ a: 0.5, b: 3 }];
      const answer = await ask(app, asked);
      assert.equal(answer.modelVersion, job.result?.version);
      // Another machine has a folder of its own; a service that starts again the same.
      if (kind === 'embedded') await app.close();
      const other = await open(kind === 'embedded' ? 'data' : 'elsewhere');
      assert.deepEqual(await ask(other, asked), answer);
      if (kind === 'embedded') app = other;
      else await other.close();
    });

    test('a later one of that name takes its place; a simulator makes its own runs', async () => {
      const job = await finished({
        name: 'spill',
        simulator: 'pollutant-spill',
        runs: 20,
        steps: 2,
        architecture: 'searched',
      });
      assert.equal(job.state, 'succeeded', job.error ?? '');
      const { emulators } = (await app.inject('/v1/emulators')).json();
      assert.deepEqual(emulators.map(({ name }: { name: string }) => name).sort(), ['spill', 'sums']);
      const again = await finished({ ...request, seed: 2 });
      assert.equal((await ask(app, [{ a: 0.5, b: 3 }])).modelVersion, again.result?.version);
    });

    test('what cannot be learned from is refused at once, with its place', async () => {
      const refusal = async (change: object) => {
        const answer = await learn({ ...request, ...change });
        assert.equal(answer.statusCode, 400, answer.body);
        return answer.json().error.message as string;
      };
      assert.match(await refusal({ csv: csv.replace('0.04', 'NaN') }), /csv, line 3, column a: "NaN" is not/);
      assert.match(await refusal({ inputs: ['a', 'z'] }), /there is no column "z"/);
      assert.match(await refusal({ csv: csv.split('\n').slice(0, 15).join('\n') }), /14 runs are too few/);
      assert.equal((await learn({ name: 'x', simulator: 'rm -rf {a}' })).statusCode, 400);
    });
  });
}
