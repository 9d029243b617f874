import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { NetworkPredictAnswer } from '../../api/networks.js';
import { buildApp } from '../../server/app.js';
import { predictedNetwork } from '../../server/networks/network-prediction.js';
import { publishedNetwork } from '../../src/network/zoo/index.js';
import { DataType } from '../../src/onnx/proto.js';
import { readTensorGraph } from '../../src/onnx/read/read-tensor-graph.js';
import { GraphBuilder } from '../../src/onnx/write/graph-builder.js';
import { networkModel } from '../../src/onnx/write/network-model.js';
import { networkAnswer } from '../../src/predictors/kernels/answer.js';
import { findKernels } from '../../src/predictors/kernels/find.js';
import { saveMadeUpKernels } from '../predictors/kernels/made-up-kernels.js';
import { temporaryFolder } from '../temporary-folder.js';

/** x·W, then the given activation. */
function model(activation: string): string {
  const g = new GraphBuilder('g');
  g.input('x', DataType.float, [32, 64]);
  const product = g.node('Gemm', ['x', g.floats(new Float32Array(64 * 48), [64, 48])]);
  g.output(g.node(activation, [product]), DataType.float, [32, 48], 'y');
  return Buffer.from(g.model({ producerVersion: '1' })).toString('base64');
}

describe('networks on a device with learned kernels', () => {
  let app: FastifyInstance;
  let models: string;

  before(async () => {
    models = temporaryFolder();
    await saveMadeUpKernels(join(models, 'bench'));
    app = await buildApp({ models, logLevel: 'silent' });
  });
  after(async () => {
    await app.close();
  });

  const predict = (payload: object) => app.inject({ method: 'POST', url: '/v1/networks/predict', payload });

  test('are predicted kernel by kernel, under the name of the folder or of the device', async () => {
    for (const device of ['bench', 'made_up']) {
      const answer = await predict({ device, onnx: model('Relu') });
      assert.equal(answer.statusCode, 200, answer.body);
      const { latencyMs, interval, kernels } = answer.json<NetworkPredictAnswer>();
      assert.deepEqual(
        kernels.map(({ kind, activation, runs, macs }) => ({ kind, activation, runs, macs })),
        [{ kind: 'Gemm', activation: 'Relu', runs: 1, macs: 32 * 64 * 48 }],
      );
      assert.ok(interval && interval.lowMs < latencyMs && latencyMs < interval.highMs);
      assert.ok(kernels[0].ms < latencyMs && kernels[0].share < 1);
    }
  });

  test('published networks take no more memory than their structure does, and as long as with their weights', async () => {
    // 138 million weights (arXiv:1409.1556, table 2), 553 MB; a process that looks at networks may have less.
    const answer = await predict({ device: 'bench', network: 'vgg16' });
    assert.equal(answer.statusCode, 200, answer.body);
    const small = publishedNetwork('resnet18');
    const whole = await readTensorGraph(networkModel(small, { batch: 1, seed: 1 }));
    const predictor = await findKernels(models, 'bench');
    const named = (await predict({ device: 'bench', network: 'resnet18' })).json<NetworkPredictAnswer>();
    assert.equal(named.latencyMs, networkAnswer(predictor, predictor.predict(whole)).latencyMs);
  });

  test('say what is unfamiliar, and the command that measures it', async () => {
    const answer = (await predict({ device: 'bench', onnx: model('Softmax') })).json<NetworkPredictAnswer>();
    assert.equal(answer.familiar, false);
    assert.deepEqual(
      answer.unfamiliarKinds.map(({ kind, measured }) => [kind, measured]),
      [['Softmax', 0]],
    );
    assert.match(
      answer.remarks.join(),
      /Softmax, \d+ % of the time, never measured.*tempograph measure --onnx/s,
    );
  });

  test('an unknown device is answered with those there are', async () => {
    const answer = await predict({ device: 'nowhere', onnx: model('Relu') });
    assert.equal(answer.statusCode, 404);
    assert.match(
      answer.json().error?.message ?? answer.body,
      /"nowhere.*; devices that answer for ONNX files: bench/s,
    );
  });

  test('devices of all folders are listed, whichever comes first', async () => {
    const asked = predictedNetwork({ device: 'nowhere', network: 'resnet18' }, [
      join(models, 'none'),
      models,
    ]);
    await assert.rejects(asked, /"nowhere"; devices that answer for ONNX files: bench/);
  });

  test('what is no ONNX model is refused', async () => {
    assert.equal((await predict({ device: 'bench', onnx: 'bm8gbW9kZWw=' })).statusCode, 400);
  });

  test('the devices are listed, and are none of the predictors of architectures', async () => {
    const { devices } = (await app.inject('/v1/networks/devices')).json();
    assert.deepEqual(
      devices.map(({ id, runtime, level }: Record<string, string>) => [id, runtime, level]),
      [['bench', 'onnxruntime-cpu', 'all']],
    );
    assert.deepEqual((await app.inject('/v1/devices')).json().devices, []);
  });

  test('a damaged folder is named, asked in vain, and no trouble to the others', async () => {
    const damaged = async (name: string, change: (kernels: string) => string, card: object = {}) => {
      const folder = join(models, name);
      await cp(join(models, 'bench'), folder, { recursive: true });
      const kernels = change(await readFile(join(folder, 'kernels.json'), 'utf8'));
      await writeFile(join(folder, 'kernels.json'), kernels);
      const version = createHash('sha256').update(kernels).digest('hex').slice(0, 12);
      const before = JSON.parse(await readFile(join(folder, 'card.json'), 'utf8'));
      await writeFile(
        join(folder, 'card.json'),
        JSON.stringify({ ...before, version, device: name, ...card }),
      );
    };
    await damaged('cut', (kernels) => kernels.replace(/"weights":"[^"]{8}/g, '"weights":"'));
    await damaged('unknown', (kernels) => kernels, { runtime: 'constructor' });
    for (const name of ['cut', 'unknown']) {
      const answer = await predict({ device: name, onnx: model('Relu') });
      assert.equal(answer.statusCode, 422, answer.body);
      assert.equal(answer.json().error.code, 'damaged_predictor');
    }
    if (process.platform !== 'win32') {
      await mkdir(join(models, 'piped'));
      for (const file of ['card.json', 'kernels.json']) execFileSync('mkfifo', [join(models, 'piped', file)]);
    }
    const { devices, problems } = (await app.inject('/v1/networks/devices')).json();
    assert.ok(devices.some(({ id }: { id: string }) => id === 'bench'));
    assert.match(
      problems.find(({ folder }: { folder: string }) => folder === 'unknown').message,
      /no runtime/,
    );
    assert.equal((await predict({ device: 'made_up', onnx: model('Relu') })).statusCode, 200);
  });
});
