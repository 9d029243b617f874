import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { LATENCY } from '../../../src/metrics/metric.js';
import { totalCost } from '../../../src/network/cost.js';
import { IntervalModel } from '../../../src/predictors/intervals/interval-model.js';
import { transferKind } from '../../../src/predictors/kinds/transfer.js';
import { spearman, within } from '../../../src/predictors/metrics.js';
import { OnnxPredictor } from '../../../src/predictors/saved/saved.js';
import { adapt, applyLinear } from '../../../src/predictors/transfer/adapt.js';
import { adaptedInterval } from '../../../src/predictors/transfer/adapted-interval.js';
import { type Basis, createBasis } from '../../../src/predictors/transfer/basis.js';
import { sourceDevice } from '../../../src/predictors/transfer/pool.js';
import { SharedPredictor, trainPool } from '../../../src/predictors/transfer/shared-predictor.js';
import { transferredModel } from '../../../src/predictors/transfer/transferred.js';
import { relativeDeviation } from '../../../src/predictors/transfer/uncertainty.js';
import { layersOf as fbnetLayers } from '../../../src/spaces/fbnet/network.js';
import { fbnet } from '../../../src/spaces/fbnet/space.js';
import type { ChainLayer } from '../../../src/spaces/layer-chain.js';
import { layersOf as mnasnetLayers } from '../../../src/spaces/mnasnet/network.js';
import { mnasnet } from '../../../src/spaces/mnasnet/space.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { layersOf as ofaLayers } from '../../../src/spaces/ofa/network.js';
import { ofa } from '../../../src/spaces/ofa/space.js';
import type { Architecture, SearchSpace } from '../../../src/spaces/space.js';

function networks(space: SearchSpace, count: number, seed: number): Architecture[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => space.sample(random));
}

const LAYERS = mnasnet.graph.nodes;
const feature = (name: string) => mnasnet.graph.features.indexOf(name);

/** Milliseconds of a device whose layers take a time per MiB, `slow` times as long in layers with squeeze-excite. */
function perByte(network: Architecture, slow = 5): number {
  const traffic = new Float32Array(LAYERS);
  mnasnet.encodeTraffic!(network, traffic, 0);
  const width = mnasnet.graph.features.length;
  const x = new Float32Array(LAYERS * width);
  mnasnet.encode(network, x, new Float32Array(LAYERS * LAYERS), 0);
  return traffic.reduce(
    (sum, mib, i) => sum + mib * (x[i * width + feature('squeeze_excite')] ? slow : 1),
    1,
  );
}

const spaces: { space: SearchSpace; layersOf: (network: Architecture) => readonly ChainLayer[] }[] = [
  { space: mnasnet, layersOf: mnasnetLayers },
  { space: ofa, layersOf: ofaLayers },
  { space: fbnet, layersOf: fbnetLayers },
];
for (const { space, layersOf } of spaces) {
  test(`layers of ${space.name} move what the whole network writes, and read what they are given`, () => {
    for (const network of networks(space, 20, 1)) {
      const traffic = new Float32Array(2 * space.graph.nodes);
      space.encodeTraffic!(network, traffic, 1);
      const mib = traffic.reduce((sum, own) => sum + own, 0);
      const written = totalCost(space.toNetwork(network)).activationBytes;
      // The image, which the first layer reads, is among what the network writes.
      const read = layersOf(network)
        .slice(1)
        .reduce((sum, { inChannels, resolution }) => sum + 4 * inChannels * resolution ** 2, 0);
      const expected = (written + read) / 2 ** 20;
      assert.ok(Math.abs(mib / expected - 1) < 1e-5, `${space.format(network)}: ${mib} and ${expected} MiB`);
      assert.ok(
        traffic.subarray(0, space.graph.nodes).every((own) => own === 0),
        'another row stays as it is',
      );
    }
  });
}

test('cells, whose operations of a kind all write the same, have no traffic beside their counts', async () => {
  assert.deepEqual((await createBasis(nasbench201, 'timed')).traffic, []);
});

test('a device that takes its time per byte is learned from forty samples', async () => {
  const basis = await createBasis(mnasnet, 'timed');
  const [train, others] = [networks(mnasnet, 40, 2), networks(mnasnet, 300, 3)];
  const [columns, asked] = [await basis.columns(train), await basis.columns(others)];
  const latencyMs = Float64Array.from(train, (n) => perByte(n));
  const truth = Float64Array.from(others, (n) => perByte(n));
  const reached = (known: Basis) => spearman(applyLinear(adapt(known, columns, latencyMs), asked), truth);
  const [withTraffic, without] = [reached(basis), reached({ ...basis, traffic: [] })];
  assert.ok(withTraffic > 0.97, `${withTraffic}`);
  assert.ok(without < withTraffic - 0.05, `${without} without it`);
});

test('one measurement of eight that is far too long does not hide what a device takes its time for', async () => {
  const basis = await createBasis(mnasnet, 'timed');
  const [train, others] = [networks(mnasnet, 40, 2), networks(mnasnet, 300, 3)];
  const latencyMs = Float64Array.from(train, (n, i) => perByte(n, 1) * (i % 8 === 1 ? 50 + i : 1));
  const adapted = adapt(basis, await basis.columns(train), latencyMs);
  const predictedMs = applyLinear(adapted, await basis.columns(others));
  const close = within(
    predictedMs,
    Float64Array.from(others, (n) => perByte(n, 1)),
    0.1,
  );
  assert.ok(close > 0.9, `${close} within 10 %`);
});

test('model.onnx and interval.onnx say what the weights on the basis say', async () => {
  const sources = [2, 8].map((slow, i) => {
    const architectures = networks(mnasnet, 80, 4 + i);
    const latencyMs = Float64Array.from(architectures, (n) => perByte(n, slow));
    return sourceDevice(mnasnet, `slow${slow}`, 'timed', {
      architectures,
      metric: LATENCY,
      values: latencyMs,
    });
  });
  const size = { epochs: 3, batchSize: 64, hidden: 8, layers: 1, embedding: 4, threads: 1 };
  const model = await trainPool(mnasnet, sources, 1, size);
  const shared = await SharedPredictor.create(model);
  const basis = await createBasis(mnasnet, 'timed', shared);
  const [train, others] = [networks(mnasnet, 20, 6), networks(mnasnet, 50, 7)];
  const latencyMs = Float64Array.from(train, (n) => perByte(n));
  const adapted = adapt(basis, await basis.columns(train), latencyMs);
  const asked = await basis.columns(others);
  const expectedMs = applyLinear(adapted, asked);
  const expected = relativeDeviation(adapted.uncertainty(), basis.means, asked, expectedMs);
  const likely = adapted.evidence[0].hypothesis;
  assert.ok(likely.traffic, `weights that are not 0 are compared: ${JSON.stringify(likely)}`);

  const onnx = await transferredModel(model, basis, adapted, LATENCY);
  const predictor = await OnnxPredictor.create(onnx, transferKind, mnasnet, 'timed');
  const predictedMs = await predictor.predict(others);
  const interval = (await adaptedInterval(model, basis, adapted, latencyMs))!;
  const { intervalEncoding } = transferKind;
  const widths = await IntervalModel.create(interval.onnx, mnasnet, 'timed', 0.9, {
    encoding: intervalEncoding,
  });
  const { logHigh } = await widths.spread(others);
  await Promise.all([predictor.release(), widths.release(), shared.release()]);
  const ratio = logHigh[0] / expected[0];
  others.forEach((_, i) => {
    assert.ok(
      Math.abs(predictedMs[i] / expectedMs[i] - 1) < 1e-3,
      `${predictedMs[i]} and ${expectedMs[i]} ms`,
    );
    assert.ok(
      Math.abs(logHigh[i] / expected[i] / ratio - 1) < 1e-2,
      `${logHigh[i]} and ${expected[i] * ratio}`,
    );
  });
});
