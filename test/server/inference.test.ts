import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../server/app.js';
import { version as packageVersion } from '../../src/base/version.js';
import { metricNamed } from '../../src/metrics/metric.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { additiveMs, saveAdditiveDevice } from './additive-device.js';

// What is expected here comes from the protocol's specification: github.com/kserve/open-inference-protocol,
// specification/protocol/inference_rest.md and open_inference_rest.yaml.
describe('the Open Inference Protocol', () => {
  let app: FastifyInstance;
  let models: string;
  let version: string;
  const cells = [7, 1234, 9999].map((index) => nasbench201.format(nasbench201.at(index)));

  before(async () => {
    models = temporaryFolder();
    await saveAdditiveDevice(models, 'board', 1);
    app = await buildApp({ models, logLevel: 'silent' });
    version = (await app.inject('/v1/devices/board')).json().version;
  });
  after(async () => {
    await app.close();
  });

  const infer = async (payload: unknown, model = 'board') => {
    const headers = { 'content-type': 'application/json' };
    const url = `/v2/models/${model}/infer`;
    const answer = await app.inject({ method: 'POST', url, headers, payload: JSON.stringify(payload) });
    return { status: answer.statusCode, body: answer.json() };
  };
  const input = (data: unknown[], shape: number[] = [data.length]) => ({
    name: 'architecture',
    shape,
    datatype: 'BYTES',
    data,
  });

  test('health, server and model metadata', async () => {
    assert.equal((await app.inject('/v2/health/live')).json().live, true);
    assert.deepEqual((await app.inject('/v2/health/ready')).json(), { live: true, ready: true });
    const server = { name: 'tempograph', version: packageVersion, extensions: [] };
    assert.deepEqual((await app.inject('/v2')).json(), server);
    for (const path of ['/v2/models/board', `/v2/models/board/versions/${version}`]) {
      assert.deepEqual((await app.inject(`${path}/ready`)).json(), { name: 'board', ready: true });
      assert.deepEqual((await app.inject(path)).json(), {
        name: 'board',
        versions: [version],
        platform: 'onnx_onnxv1',
        inputs: [{ name: 'architecture', datatype: 'BYTES', shape: [-1] }],
        outputs: [
          { name: 'latency_ms', datatype: 'FP64', shape: [-1] },
          { name: 'interval_low_ms', datatype: 'FP64', shape: [-1] },
          { name: 'interval_high_ms', datatype: 'FP64', shape: [-1] },
          { name: 'unfamiliar', datatype: 'BOOL', shape: [-1] },
        ],
      });
    }
  });

  test('a request as in the specification: its id comes back, with the outputs that it names', async () => {
    const request = { id: '42', inputs: [input(cells)], outputs: [{ name: 'latency_ms' }] };
    const { status, body } = await infer(request);
    assert.equal(status, 200);
    const [{ data, ...output }, ...others] = body.outputs;
    assert.deepEqual(
      { ...body, outputs: output },
      {
        model_name: 'board',
        model_version: version,
        id: '42',
        outputs: { name: 'latency_ms', shape: [3], datatype: 'FP64' },
      },
    );
    assert.deepEqual(others, []);
    cells.forEach((cell, i) => {
      assert.ok(Math.abs(data[i] / additiveMs(cell, 1) - 1) < 0.01, `${data[i]}`);
    });
  });

  test('without `outputs` all come, in the shape of the input; data may be in rows', async () => {
    const rows = await infer({
      inputs: [
        input(
          cells.map((cell) => [cell]),
          [3, 1],
        ),
      ],
    });
    assert.equal(rows.status, 200, JSON.stringify(rows.body));
    const { outputs } = rows.body as { outputs: { name: string; shape: number[]; data: number[] }[] };
    assert.deepEqual(
      outputs.map(({ name, shape }) => [name, shape]),
      ['latency_ms', 'interval_low_ms', 'interval_high_ms', 'unfamiliar'].map((name) => [name, [3, 1]]),
    );
    const [latency, low, high, unfamiliar] = outputs.map(({ data }) => data);
    latency.forEach((ms, i) => {
      assert.ok(low[i] < ms && ms < high[i]);
      assert.equal(unfamiliar[i], false);
    });
    const none = await infer({ inputs: [input([])] });
    assert.deepEqual(none.body.outputs[0], { name: 'latency_ms', shape: [0], datatype: 'FP64', data: [] });
  });

  test('what is wrong is said in the protocol’s shape: an error, as a string', async () => {
    const [cell] = cells;
    const wrong: [unknown, RegExp][] = [
      [{ inputs: [input([cell, 'x'])] }, /^architecture\[1\]: /],
      [{ inputs: [input([cell], [2])] }, /has 1 elements; its shape says 2/],
      [{ inputs: [input([cell], [1, 1, 1])] }, /shape/],
      [{ inputs: [input([7])] }, /architecture\[0\] is 7, which is not a string/],
      [{ inputs: [{ ...input([cell]), datatype: 'UINT32' }] }, /BYTES, not "UINT32"/],
      [
        { inputs: [{ ...input([cell]), name: 'input0' }] },
        /one input, architecture; the request has "input0"/,
      ],
      [{ inputs: [] }, /has none/],
      [
        { inputs: [input([cell])], outputs: [{ name: 'output0' }] },
        /no output "output0"; outputs: latency_ms/,
      ],
      [{}, /inputs/],
      [[], /object/],
    ];
    for (const [request, message] of wrong) {
      const { status, body } = await infer(request);
      assert.equal(status, 400);
      assert.deepEqual(Object.keys(body), ['error']);
      assert.match(body.error, message);
    }
    assert.match((await infer({ inputs: [] }, 'abacus')).body.error, /no device "abacus"/);
    const undecodable = await app.inject('/v2/models/%ff');
    assert.deepEqual([undecodable.statusCode, typeof undecodable.json().error], [400, 'string']);
    for (const path of ['abacus', 'abacus/ready', 'board/versions/7', 'board/versions/7/ready']) {
      const answer = await app.inject(`/v2/models/${path}`);
      assert.equal(answer.statusCode, 404);
      assert.equal(typeof answer.json().error, 'string');
    }
    const text = await app.inject({ method: 'POST', url: '/v2/models/board/infer', payload: '{"inputs":' });
    assert.equal(typeof text.json().error, 'string');
  });

  test('a device’s other metrics are models too, by any name of theirs, and so is a device with an @ in its own', async () => {
    const own = metricNamed('score:1/kg@20°:more');
    await saveAdditiveDevice(models, 'board', 3, metricNamed('energy'));
    await saveAdditiveDevice(models, 'board', 5, own);
    await saveAdditiveDevice(models, 'jetson@10W', 7);
    // One that starts has all of them at once; a running one looks every second.
    await app.close();
    app = await buildApp({ models, logLevel: 'silent' });
    const [cell] = cells;
    const rows: [string, string, string, number][] = [
      ['board@energy', 'board@energy', 'energy_mj', 3],
      ['board@energy:mJ', 'board@energy', 'energy_mj', 3],
      ['board@latency', 'board', 'latency_ms', 1],
      ['board@score:1/kg@20°:more', 'board@score:1/kg@20°:more', 'score_1_kg_20_', 5],
      ['jetson@10W', 'jetson@10W', 'latency_ms', 7],
    ];
    for (const [asked, name, output, factor] of rows) {
      const path = `/v2/models/${encodeURIComponent(asked)}`;
      const metadata = await app.inject(path);
      assert.equal(metadata.statusCode, 200, `${asked}: ${metadata.body}`);
      assert.deepEqual([metadata.json().name, metadata.json().outputs[0].name], [name, output]);
      const { status, body } = await infer({ inputs: [input([cell])] }, encodeURIComponent(asked));
      assert.equal(status, 200, JSON.stringify(body));
      assert.equal(body.model_name, name);
      const [value, low, high] = body.outputs.map(({ data }: { data: number[] }) => data[0]);
      assert.ok(
        low <= value && value <= high && Math.abs(value / additiveMs(cell, factor) - 1) < 0.01,
        `${value}`,
      );
    }
    assert.deepEqual(app.servedDevices(), ['board', 'jetson@10W'], 'each once, whatever is predicted of it');
    const none = await app.inject('/v2/models/board@power');
    assert.equal(none.statusCode, 404);
    assert.match(
      none.json().error,
      /no predictor of power for device "board"; it has latency, energy, score/,
    );
  });
});
