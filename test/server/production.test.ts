import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { TempographClient } from '../../client/index.js';
import { buildApp } from '../../server/app.js';
import { metricNamed } from '../../src/metrics/metric.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';
import { measuredCells } from './measured-cells.js';

describe('predictions that are followed', () => {
  const folder = temporaryFolder();
  const models = join(folder, 'models');
  let app: FastifyInstance;
  let client: TempographClient;

  before(async () => {
    await saveAdditiveDevice(models, 'board', 1);
    await saveAdditiveDevice(models, 'board', 1, metricNamed('energy'));
    // Trainings are looked at as they are queued.
    app = await buildApp({ models, data: join(folder, 'data'), runJobs: false, logLevel: 'error' });
    client = new TempographClient({ url: await app.listen({ port: 0, host: '127.0.0.1' }), retries: 0 });
  });
  after(() => app.close());

  const cells = measuredCells(60, 1);
  const slower = (from: number, to: number, factor: number) =>
    cells.slice(from, to).map((cell) => ({ ...cell, latencyMs: factor * cell.latencyMs }));
  const track = async (from: number, to: number, metric?: string) => {
    const architectures = cells.slice(from, to).map(({ architecture }) => architecture);
    return (await client.predict({ device: 'board', metric, architectures, track: true })).predictions;
  };
  const near = (actual: number | null | undefined, expected: number) =>
    assert.ok(Math.abs(actual! - expected) < 0.02, `${actual} is not ${expected}`);

  test('a measurement that comes later is joined with what was served; each network counts once', async () => {
    const [first] = await track(0, 30);
    await track(0, 5);
    assert.equal(first.interval, undefined, 'it is kept, and told only where it is asked for');
    assert.equal((await client.prediction(first.id!)).measured, null);

    // Half as slow again as predicted: off by a third of the measurement.
    await client.upload('board', { key: 'a', measurements: [...slower(0, 20, 1.5), ...slower(40, 50, 1)] });
    const met = await client.prediction(first.id!);
    assert.equal(met.architecture, cells[0].architecture);
    assert.equal(met.modelVersion, first.modelVersion);
    near(met.measured! / met.value, 1.5);
    assert.ok(met.low! < met.value && met.value < met.high!);
    const { versions, days, predictions } = await client.production('board');
    assert.equal(versions.length, 1);
    assert.deepEqual([versions[0].modelVersion, versions[0].compared], [first.modelVersion, 20]);
    near(versions[0].medianError, 1 / 3);
    near(versions[0].medianRatio, 1.5);
    assert.deepEqual([versions[0].within10, versions[0].coverage], [0, 0]);
    assert.equal(predictions.length, 25, 'those of the first five were asked for twice');
    assert.equal(
      days.reduce((sum, { compared }) => sum + compared, 0),
      20,
    );

    const { body } = await app.inject('/metrics');
    const labels = `device="board",metric="latency",version="${first.modelVersion}"`;
    assert.match(body, new RegExp(`tempograph_production_compared\\{${labels}\\} 20`));
    assert.match(body, new RegExp(`tempograph_production_median_error\\{${labels}\\} 0\\.33`));
    assert.match(body, new RegExp(`tempograph_production_outside_interval\\{${labels}\\} 1`));
    assert.match(body, new RegExp(`tempograph_version_predictions_total\\{${labels}\\} 35`));
    // Of the thirty uploaded networks twenty are off by a third.
    assert.match(body, new RegExp(`tempograph_drifted\\{${labels}\\} 1`));
    assert.match(body, new RegExp(`tempograph_drift_compared\\{${labels}\\} 30`));
    assert.match(body, new RegExp(`tempograph_drift_median_error\\{${labels}\\} 0\\.33`));
    const { drift } = (await app.inject('/v1/devices/board/drift')).json();
    const heldOut = `tempograph_drift_held_out_median_error{${labels}} ${drift.heldOutMedianError}`;
    assert.ok(body.includes(heldOut), heldOut);
  });

  test('an upload that is taken back leaves its predictions waiting, for the next', async () => {
    const withdrawn = await app.inject({ method: 'DELETE', url: '/v1/devices/board/measurements?key=a' });
    assert.equal(withdrawn.statusCode, 200, withdrawn.body);
    assert.deepEqual((await client.production('board')).versions, []);
    await client.upload('board', { key: 'a', measurements: slower(0, 10, 1) });
    const { versions } = await client.production('board');
    assert.equal(versions[0].compared, 10);
    near(versions[0].medianError, 0);
    assert.deepEqual([versions[0].within10, versions[0].coverage], [1, 1]);
  });

  test('each metric by itself; architectures that are none are not kept', async () => {
    const architectures = [cells[55].architecture, 'none'];
    const asked = { device: 'board', metric: 'energy', architectures, track: true, intervals: true };
    const [good, bad] = (await client.predict(asked)).predictions;
    assert.ok(good.id && good.interval);
    assert.deepEqual([bad.id, typeof bad.error], [undefined, 'string']);
    const latency = [{ architecture: cells[55].architecture, latencyMs: 5 }];
    await client.upload('board', { key: 'other', measurements: latency });
    assert.equal((await client.prediction(good.id!)).measured, null);
    const energy = [{ architecture: cells[55].architecture, metric: 'energy', value: 0.004, unit: 'J' }];
    await client.upload('board', { key: 'own', measurements: energy });
    assert.deepEqual(((p) => [p.measured, p.unit])(await client.prediction(good.id!)), [4, 'mJ']);
    assert.equal((await client.production('board', { metric: 'energy' })).versions[0].compared, 1);
  });

  test('a predictor that is too far off in production is trained again, once', async () => {
    const rule = async (method: 'PUT' | 'DELETE', payload?: object) => {
      const answer = await app.inject({ method, url: '/v1/devices/board/retraining', payload });
      assert.equal(answer.statusCode, 200, answer.body);
      return answer.json().rule;
    };
    assert.deepEqual(await rule('PUT', { medianError: 0.2, least: 20 }), { medianError: 0.2, least: 20 });
    const trainings = async () =>
      (await client.jobs({ device: 'board' })).filter(({ kind }) => kind === 'train');
    // Ten are as predicted, fifteen not: the median is off, but by then as many as the rule wants are compared.
    await track(10, 30);
    await client.upload('board', { key: 'b', measurements: slower(10, 19, 2) });
    assert.deepEqual(await trainings(), [], 'nineteen were compared');
    await client.upload('board', { key: 'c', measurements: slower(19, 25, 2) });
    const [queued, ...others] = await trainings();
    assert.deepEqual([queued.state, others.length], ['queued', 0]);
    await client.upload('board', { key: 'd', measurements: slower(25, 30, 2) });
    assert.equal((await trainings()).length, 1, 'it waits already');
    assert.equal(await rule('DELETE'), null);
  });

  test('what cannot be kept is refused', async () => {
    const architectures = Array(1001).fill(nasbench201.example);
    await assert.rejects(
      client.predict({ device: 'board', architectures, track: true }),
      /1001 predictions are more than the 1000 that can be kept at once/,
    );
    const bare = await buildApp({ models, logLevel: 'error' });
    const payload = { device: 'board', architectures: [nasbench201.example], track: true };
    const refused = await bare.inject({ method: 'POST', url: '/v1/predict', payload });
    assert.deepEqual([refused.statusCode, refused.json().error.code], [409, 'no_store']);
    await bare.close();
    const unknown = await app.inject('/v1/predictions/00000000-0000-4000-8000-000000000000');
    assert.equal(unknown.statusCode, 404);
  });
});
