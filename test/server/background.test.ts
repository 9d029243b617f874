import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { JobAnswer } from '../../api/jobs.js';
import { buildApp } from '../../server/app.js';
import { packageRoot } from '../../src/base/package-root.js';
import { analyticDevice } from '../../src/devices/catalogue.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { measuredCells } from './measured-cells.js';
import { noPostgres, PostgresServer } from './postgres-server.js';

interface Score {
  mean: number;
  std: number;
}
interface Evaluation {
  protocol: { train: number; valid: number; seeds: number };
  results: { predictor: string; testSamples: number; within1: Score; spearman: Score }[];
}

for (const kind of ['embedded', 'postgresql'] as const) {
  describe(`labels and evaluations in an ${kind} store`, {
    skip: kind === 'postgresql' && noPostgres,
  }, () => {
    let folder: string;
    let postgres: PostgresServer | undefined;
    let databaseUrl: string | undefined;
    let app: FastifyInstance;

    const open = () =>
      buildApp({
        models: join(folder, 'models'),
        data: join(folder, 'data'),
        databaseUrl,
        logLevel: 'error',
      });
    before(async () => {
      folder = temporaryFolder();
      await mkdir(join(folder, 'models'));
      if (kind === 'postgresql') postgres = await PostgresServer.start();
      databaseUrl = await postgres?.database();
      app = await open();
    });
    after(async () => {
      await app.close();
      await postgres?.stop();
    });

    const post = async (path: string, payload: object) => {
      const answer = await app.inject({ method: 'POST', url: `/v1/devices/${path}`, payload });
      return { status: answer.statusCode, body: answer.json() };
    };
    const started = async (path: string, payload: object): Promise<string> => {
      const { status, body } = await post(path, payload);
      assert.equal(status, 202, JSON.stringify(body));
      return body.id;
    };
    /** A job as it is when it is over. */
    const over = async (id: string): Promise<JobAnswer> => {
      await app.inject(`/v1/jobs/${id}/events`);
      return (await app.inject(`/v1/jobs/${id}`)).json();
    };
    const measure = async (device: string, networks: number) => {
      const measurements = measuredCells(networks, 5);
      const { status } = await post(`${device}/measurements`, {
        key: 'a',
        space: 'nasbench201',
        measurements,
      });
      assert.equal(status, 200);
    };

    test('labels become measurements of a device, as the analytic model has them', async () => {
      const labels = { analytic: 'overlay:zcu102', space: 'nasbench201', samples: 150, seed: 3 };
      const { state, error, result } = await over(await started('overlay_zcu102/label', labels));
      assert.equal(state, 'succeeded', String(error));
      assert.deepEqual(result, { labels: 150, misfits: 0 });
      const { measurements } = (
        await app.inject('/v1/devices/overlay_zcu102/measurements?limit=1000')
      ).json();
      assert.equal(measurements.length, 150);
      assert.equal(new Set(measurements.map((m: { architecture: string }) => m.architecture)).size, 150);
      const overlay = analyticDevice('overlay:zcu102');
      for (const { architecture, latencyMs } of measurements) {
        const network = nasbench201.toNetwork(nasbench201.prune(nasbench201.parse(architecture)));
        assert.equal(latencyMs, overlay.latency(network).latencyMs);
      }
    });

    test('what cannot be labelled is refused with its reason, and other devices keep their own', async () => {
      await measure('board', 20);
      const space = 'nasbench201';
      const refused: [string, object, number, RegExp][] = [
        ['x/label', { analytic: 'fnas:nowhere', space }, 404, /no analytic device "fnas:nowhere"; known are/],
        [
          'x/label',
          { analytic: join(packageRoot, 'package.json'), space },
          404,
          /package.json" is not an analytic/,
        ],
        ['x/label', { analytic: 'fnas:zcu102', space: 'nats' }, 400, /no search space "nats"/],
        ['x/label', { analytic: 'dpu:zcu102', space: 'mnasnet' }, 400, /mnasnet has .* say how many to draw/],
        ['board/label', { analytic: 'dpu:zcu102', space, samples: 10 }, 409, /under another name|not/],
        ['x/evaluate', {}, 404, /nothing has been measured on a device "x"/],
        ['board/evaluate', { predictors: ['oracle'] }, 400, /predictors\.0 must be "flops", .* or "gcn"$/],
      ];
      for (const [path, payload, status, message] of refused) {
        const answer = await post(path, payload);
        assert.equal(answer.status, status, JSON.stringify(answer.body));
        assert.match(answer.body.error.message, message);
      }
      const { total } = (await app.inject('/v1/devices/board/measurements')).json();
      assert.equal(total, 20);
    });

    test('predictors are compared on what is held out: a sum of operations is exact in the lookup table', async () => {
      await measure('additive', 200);
      const body = { predictors: ['flops', 'lookup'], seeds: 2 };
      const { state, error, result } = await over(await started('additive/evaluate', body));
      assert.equal(state, 'succeeded', String(error));
      const { protocol, results } = result as unknown as Evaluation;
      assert.deepEqual([protocol.train, protocol.valid, protocol.seeds], [144, 16, 2]);
      const [flops, lookup] = results;
      assert.deepEqual([flops.predictor, lookup.predictor], ['flops', 'lookup']);
      assert.equal(lookup.within1.mean, 1);
      assert.ok(flops.within1.mean < 0.9 && flops.within1.std > 0, JSON.stringify(flops));
    });

    test('an evaluation that asks for more than there is fails with that reason', async () => {
      await measure('small', 30);
      const { state, error } = await over(await started('small/evaluate', { train: 28, valid: 2 }));
      assert.equal(state, 'failed');
      assert.match(String(error), /leave 0 to test on after 28 for training and 2 for validation/);
    });

    test('an evaluation goes on where a service that stopped has left it, to the same result', async () => {
      await measure('stopped', 120);
      const body = { predictors: ['mlp'], seeds: 3, epochs: 150 };
      const id = await started('stopped/evaluate', body);
      for (let done = 0; done < 1; ) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        const { state, progress } = (await app.inject(`/v1/jobs/${id}`)).json();
        if (state === 'succeeded' || state === 'failed') break;
        done = progress?.done ?? 0;
      }
      await app.close();
      app = await open();
      await app.inject('/readyz');
      const [cutOff, whole] = [await over(id), await over(await started('stopped/evaluate', body))];
      const scores = ({ result }: JobAnswer) =>
        (result as unknown as Evaluation).results.map(({ within1, spearman }) => [within1, spearman]);
      assert.equal(cutOff.state, 'succeeded', String(cutOff.error));
      assert.deepEqual(scores(cutOff), scores(whole));
    });
  });
}
