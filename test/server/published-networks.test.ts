import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../server/app.js';
import { temporaryFolder } from '../temporary-folder.js';

describe('published networks over HTTP', () => {
  let app: FastifyInstance;
  let models: string;

  before(async () => {
    models = temporaryFolder();
    app = await buildApp({ models, logLevel: 'silent' });
  });
  after(async () => {
    await app.close();
  });

  it('are listed with families, parameters and GMACs', async () => {
    const { networks, devices } = (await app.inject('/v1/networks')).json();
    const resnet = networks.find(({ name }: { name: string }) => name === 'resnet50');
    // torchvision: 25,557,032 parameters.
    assert.deepEqual(
      { family: resnet.family, imageSize: resnet.imageSize, parametersM: resnet.parametersM },
      { family: 'ResNet', imageSize: 224, parametersM: 25.56 },
    );
    assert.ok(networks.length > 300);
    assert.deepEqual(
      devices.map(({ name }: { name: string }) => name),
      ['rtx3090', 'rtx4090', 'i7_12700h'],
    );
  });

  it('have a latency on a real device, kernel by kernel', async () => {
    const answer = (await app.inject('/v1/networks/resnet18/latency?device=rtx4090&batch=128')).json();
    assert.equal(answer.batch, 128);
    assert.ok(answer.lowMs < answer.latencyMs && answer.latencyMs < answer.highMs);
    const sum = answer.kernels.reduce((total: number, { ms }: { ms: number }) => total + ms, 0);
    assert.ok(Math.abs(sum / answer.latencyMs - 1) < 1e-6);
    const small = (await app.inject('/v1/networks/resnet18/latency?device=rtx4090&imageSize=112')).json();
    const full = (await app.inject('/v1/networks/resnet18/latency?device=rtx4090')).json();
    assert.ok(small.latencyMs < full.latencyMs / 2.5);
  });

  it('are refused by name', async () => {
    const unknown = await app.inject('/v1/networks/resnet51/latency?device=rtx4090');
    assert.equal(unknown.statusCode, 400);
    assert.match(unknown.json().error.message, /resnet51.*resnet50/);
    const device = await app.inject('/v1/networks/resnet18/latency?device=abacus');
    assert.equal(device.statusCode, 404);
    assert.equal(device.json().error.code, 'unknown_device');
    assert.equal((await app.inject('/v1/networks/resnet18/latency')).statusCode, 400);
  });
});
