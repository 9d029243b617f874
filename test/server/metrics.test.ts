import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../server/app.js';
import { metricNamed } from '../../src/metrics/metric.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { additiveMs, saveAdditiveDevice } from './additive-device.js';

const cell = nasbench201.example;
const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 0.01 * expected, `${actual} is not ${expected}`);

describe('a service that knows latency and energy of a board', () => {
  let app: FastifyInstance;
  const models = temporaryFolder();
  before(async () => {
    await saveAdditiveDevice(models, 'board', 1);
    await saveAdditiveDevice(models, 'board', 100, metricNamed('energy'));
    app = await buildApp({ models, logLevel: 'silent' });
  });
  after(() => app.close());
  const predict = async (payload: object) => {
    const answer = await app.inject({ method: 'POST', url: '/v1/predict', payload });
    return { status: answer.statusCode, body: answer.json() };
  };

  test('without a metric it answers latency in the form of version 0.1', async () => {
    const { body } = await predict({ device: 'board', architectures: [cell], intervals: true });
    near(body.predictions[0].latencyMs, additiveMs(cell, 1));
    assert.deepEqual(Object.keys(body.predictions[0]).sort(), [
      'architecture',
      'interval',
      'latencyMs',
      'modelVersion',
    ]);
    assert.ok('lowMs' in body.predictions[0].interval);
    assert.deepEqual([body.unit, body.metric], ['ms', undefined]);
  });

  test('the general form says metric, unit, value and interval', async () => {
    const asked = { device: 'board', metric: 'energy', architectures: [cell, 'x'], intervals: true };
    const { body } = await predict(asked);
    const [good, bad] = body.predictions;
    near(good.value, additiveMs(cell, 100));
    assert.ok(good.interval.low <= good.value && good.value <= good.interval.high);
    assert.equal(good.latencyMs, undefined);
    assert.ok(bad.error);
    assert.deepEqual([body.metric, body.unit], ['energy', 'mJ']);
    const latency = await predict({ ...asked, metric: 'latency' });
    near(latency.body.predictions[0].value, additiveMs(cell, 1));
  });

  test('a limit is answered with a probability that rises with it', async () => {
    const within = async (limit: number) => {
      const { body } = await predict({ device: 'board', metric: 'energy', limit, architectures: [cell] });
      assert.equal(body.predictions[0].interval, undefined);
      return body.predictions[0].withinLimit;
    };
    near(await within(1), 0.025);
    near(await within(10_000), 0.975);
    const { body } = await predict({ device: 'board', limitMs: 1000, architectures: [cell] });
    near(body.predictions[0].withinLimit, 0.975);
    const wrong = await predict({ device: 'board', metric: 'energy', limitMs: 5, architectures: [cell] });
    assert.equal(wrong.status, 400);
  });

  test('a metric that is not predicted is answered with those that are', async () => {
    const { status, body } = await predict({ device: 'board', metric: 'memory', architectures: [cell] });
    assert.equal(status, 404);
    assert.match(body.error.message, /no predictor of memory for device "board"; it has latency, energy/);
  });

  test('devices, predictors and cards name their metrics', async () => {
    const { devices } = (await app.inject('/v1/devices')).json();
    assert.deepEqual(
      devices.map(({ id, unit, metrics }: { id: string; unit: string; metrics: string[] }) => [
        id,
        unit,
        metrics,
      ]),
      [['board', 'ms', ['latency', 'energy']]],
    );
    const { predictors } = (await app.inject('/v1/predictors')).json();
    assert.deepEqual(
      predictors.map(({ metric }: { metric: { name: string; unit: string } }) => [metric.name, metric.unit]),
      [
        ['latency', 'ms'],
        ['energy', 'mJ'],
      ],
    );
    const card = (await app.inject('/v1/devices/board?metric=energy')).json();
    assert.equal(card.target.metric.unit, 'mJ');
  });

  test('by the Open Inference Protocol the metric is part of the model’s name', async () => {
    const { name, outputs } = (await app.inject('/v2/models/board@energy')).json();
    assert.equal(name, 'board@energy');
    assert.deepEqual(
      outputs.map((output: { name: string }) => output.name),
      ['energy_mj', 'interval_low_mj', 'interval_high_mj', 'unfamiliar'],
    );
    const inputs = [{ name: 'architecture', shape: [1], datatype: 'BYTES', data: [cell] }];
    const payload = { inputs, outputs: [{ name: 'energy_mj' }] };
    const answer = await app.inject({ method: 'POST', url: '/v2/models/board@energy/infer', payload });
    near(answer.json().outputs[0].data[0], additiveMs(cell, 100));
  });

  test('a download has the metric’s column', async () => {
    const csv = (await app.inject('/v1/devices/board/predictions?metric=energy&limit=2')).body;
    assert.match(csv, /^"?architecture"?,"?energy_mj"?,"?low_mj"?,"?high_mj"?/);
  });
});
