import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../server/app.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { additiveMs, saveAdditiveDevice } from './additive-device.js';

const cell = '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|avg_pool_3x3~2|';

interface Predictions {
  predictions: {
    architecture: string;
    latencyMs?: number;
    error?: string;
    device?: string;
    interval?: { lowMs: number; highMs: number; level: number; unfamiliar: boolean };
  }[];
  devices?: { device: string }[];
}

describe('the service with two devices', () => {
  let app: FastifyInstance;
  let models: string;

  before(async () => {
    models = temporaryFolder();
    await saveAdditiveDevice(models, 'board_a', 1);
    await saveAdditiveDevice(models, 'board_b', 10);
    app = await buildApp({ models, logLevel: 'silent' });
  });
  after(async () => {
    await app.close();
  });

  const predict = (payload: object) => app.inject({ method: 'POST', url: '/v1/predict', payload });
  const assertNear = (actual: number | undefined, expected: number) =>
    assert.ok(Math.abs(actual! - expected) < 0.01 * expected, `${actual} is not ${expected}`);

  test('predicts one architecture, and says in which unit and for which batch', async () => {
    const answer = await predict({ device: 'board_a', architectures: [cell] });
    assert.equal(answer.statusCode, 200);
    const { predictions, ...conditions } = answer.json();
    assert.deepEqual(conditions, { device: 'board_a', unit: 'ms', batchSize: 1, precision: 'fp32' });
    assert.equal(predictions.length, 1);
    assert.equal(predictions[0].architecture, cell);
    assert.match(predictions[0].modelVersion, /^[0-9a-f]{12}$/);
    // 1 + 2 (3×3) + 0.125 (skip) + 0.5 (1×1) + 0.25 (pooling)
    assertNear(predictions[0].latencyMs, 3.875);
  });

  test('predicts a thousand in their order, again from the cache, and counts both', async () => {
    const architectures = Array.from({ length: 1000 }, (_, i) => nasbench201.format(nasbench201.at(i)));
    const first = (await predict({ device: 'board_b', architectures })).json<Predictions>();
    assert.equal(first.predictions.length, 1000);
    first.predictions.forEach(({ architecture, latencyMs }, i) => {
      assert.equal(architecture, architectures[i]);
      assertNear(latencyMs, additiveMs(architecture, 10));
    });
    const counted = (how: string, text: string) =>
      Number(text.match(new RegExp(`tempograph_predictions_total\\{how="${how}"\\} (\\d+)`))![1]);
    const before = (await app.inject('/metrics')).body;
    const second = (await predict({ device: 'board_b', architectures })).json<Predictions>();
    const after = (await app.inject('/metrics')).body;
    assert.deepEqual(second, first);
    assert.equal(counted('cached', after) - counted('cached', before), 1000);
    assert.equal(counted('computed', after), counted('computed', before));
  });

  test('reports a bad architecture in its place and predicts the others', async () => {
    const answer = await predict({ device: 'board_a', architectures: [cell, '|conv_9x9~0|', cell] });
    assert.equal(answer.statusCode, 200);
    const { predictions } = answer.json<Predictions>();
    assertNear(predictions[0].latencyMs, 3.875);
    assert.equal(predictions[1].latencyMs, undefined);
    assert.match(predictions[1].error!, /unknown operation "conv_9x9"; known are none/);
    assertNear(predictions[2].latencyMs, 3.875);
  });

  test('several devices: each prediction names its own', async () => {
    const answer = await predict({ devices: ['board_b', 'board_a'], architectures: [cell, 'x'] });
    const { predictions, devices } = answer.json<Predictions>();
    assert.deepEqual(
      predictions.map(({ device }) => device),
      ['board_b', 'board_b', 'board_a', 'board_a'],
    );
    assertNear(predictions[0].latencyMs, 12.875);
    assertNear(predictions[2].latencyMs, 3.875);
    assert.ok(predictions[1].error && predictions[3].error);
    assert.deepEqual(
      devices!.map(({ device }) => device),
      ['board_b', 'board_a'],
    );
  });

  test('intervals: where they are asked for, each prediction lies in its own', async () => {
    const architectures = [cell, 'x', nasbench201.example];
    const plain = (await predict({ device: 'board_a', architectures })).json<Predictions>();
    const asked = await predict({ device: 'board_a', architectures, intervals: true });
    assert.equal(asked.statusCode, 200);
    const { predictions } = asked.json<Predictions>();
    assert.deepEqual(
      predictions.map(({ interval: _, ...rest }) => rest),
      plain.predictions,
    );
    assert.equal(predictions[1].interval, undefined);
    for (const { latencyMs, interval } of [predictions[0], predictions[2]]) {
      assert.equal(interval!.level, 0.9);
      assert.equal(interval!.unfamiliar, false);
      assert.ok(interval!.lowMs < latencyMs! && latencyMs! < interval!.highMs);
      // A lookup table represents this device exactly.
      assert.ok(interval!.highMs / interval!.lowMs < 1.01);
    }
    const both = await predict({ devices: ['board_b', 'board_a'], architectures: [cell], intervals: true });
    assert.ok(both.json<Predictions>().predictions.every(({ interval }) => interval));
    assert.equal((await predict({ device: 'board_a', architectures, intervals: 'yes' })).statusCode, 400);
  });

  test('an unknown device is a 404 that lists the devices', async () => {
    const answer = await predict({ devices: ['board_a', 'abacus'], architectures: [cell] });
    assert.equal(answer.statusCode, 404);
    assert.deepEqual(answer.json(), {
      error: {
        code: 'unknown_device',
        message: 'there is no device "abacus"; devices: board_a, board_b',
        details: [{ field: 'abacus', message: 'has no predictor here' }],
      },
    });
  });

  test('concurrent queries are answered by fewer runs of the model', async () => {
    const runs = async () =>
      Number((await app.inject('/metrics')).body.match(/tempograph_batch_size_count (\d+)/)![1]);
    const before = await runs();
    const architectures = Array.from({ length: 40 }, (_, i) => nasbench201.format(nasbench201.at(5000 + i)));
    const answers = await Promise.all(
      architectures.map((architecture) => predict({ device: 'board_a', architectures: [architecture] })),
    );
    answers.forEach((answer, i) => {
      assertNear(answer.json<Predictions>().predictions[0].latencyMs, additiveMs(architectures[i], 1));
    });
    assert.ok((await runs()) - before <= 4, `${(await runs()) - before} runs for 40 queries`);
  });

  test('lists devices with what is needed to read their numbers', async () => {
    const { devices } = (await app.inject('/v1/devices')).json();
    assert.deepEqual(
      devices.map(({ id }: { id: string }) => id),
      ['board_a', 'board_b'],
    );
    const [
      { description, space, unit, batchSize, precision, version, percentilesMs, scores, licence, source },
    ] = devices;
    assert.deepEqual(
      { description, space, unit, batchSize, precision, licence, source },
      {
        description: 'made-up device, 1 ms at least',
        space: 'nasbench201',
        unit: 'ms',
        batchSize: 1,
        precision: 'fp32',
        licence: 'MIT',
        source: 'additive-device.ts',
      },
    );
    assert.match(version, /^[0-9a-f]{12}$/);
    assert.equal(percentilesMs.length, 101);
    assert.equal(scores.test.within10, 1);
  });

  test("gives a device's whole card", async () => {
    const card = (await app.inject('/v1/devices/board_a')).json();
    assert.equal(card.device, 'board_a');
    assert.equal(card.predictor, 'lookup');
    assert.deepEqual(card.split, { kind: 'random', seed: 1 });
    assert.equal(card.data.train, 60);
    assert.equal((await app.inject('/v1/devices/abacus')).statusCode, 404);
  });

  test('describes a space by its slots', async () => {
    const space = (await app.inject('/v1/spaces/nasbench201')).json();
    assert.equal(space.size, 15_625);
    assert.equal(space.slots.length, 6);
    assert.ok(space.slots[5].options.includes('nor_conv_3x3'));
    assert.ok(nasbench201.parse(space.example));
    const unknown = await app.inject('/v1/spaces/darts');
    assert.equal(unknown.statusCode, 404);
    assert.equal(unknown.json().error.code, 'unknown_space');
  });

  test('is alive and ready', async () => {
    assert.deepEqual((await app.inject('/healthz')).json(), { status: 'ok' });
    assert.deepEqual((await app.inject('/readyz')).json(), {
      status: 'ready',
      devices: 2,
      problems: [],
      store: { state: 'off' },
    });
  });

  test('counts requests by route for Prometheus', async () => {
    await app.inject('/healthz');
    const { body, headers } = await app.inject('/metrics');
    assert.match(String(headers['content-type']), /^text\/plain/);
    assert.match(
      body,
      /http_request_duration_seconds_count\{method="GET",route="\/healthz",status="200"\} [1-9]/,
    );
    assert.match(body, /tempograph_devices 2/);
  });

  test('documents every route, its request and its errors in OpenAPI', async () => {
    const openapi = (await app.inject('/docs/json')).json();
    for (const path of [
      '/v1/predict',
      '/v1/devices',
      '/v1/devices/{id}',
      '/v1/spaces/{name}',
      '/healthz',
      '/readyz',
      '/metrics',
    ]) {
      assert.ok(openapi.paths[path], path);
    }
    const { requestBody, responses } = openapi.paths['/v1/predict'].post;
    assert.equal(requestBody.content['application/json'].schema.properties.architectures.maxItems, 10_000);
    assert.ok(responses['4XX'].content['application/json'].schema.properties.error);
    const ui = await app.inject('/docs');
    assert.equal(ui.statusCode, 200);
    assert.match(ui.body, /swagger-ui/);
  });
});

describe('the service without any predictor', () => {
  let app: FastifyInstance;
  before(async () => {
    app = await buildApp({ models: join(tmpdir(), 'tempograph-no-such-folder'), logLevel: 'silent' });
  });
  after(() => app.close());

  test('is alive, but not ready', async () => {
    assert.equal((await app.inject('/healthz')).statusCode, 200);
    const ready = await app.inject('/readyz');
    assert.equal(ready.statusCode, 503);
    assert.deepEqual(ready.json(), {
      error: { code: 'no_models', message: 'there is no trained predictor to serve', details: [] },
    });
  });

  test('lists no devices, and says so when asked about one', async () => {
    assert.deepEqual((await app.inject('/v1/devices')).json(), { devices: [] });
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/predict',
      payload: { device: 'pixel3', architectures: [cell] },
    });
    assert.equal(answer.statusCode, 404);
    assert.equal(answer.json().error.message, 'there is no device "pixel3"; devices: none');
  });
});
