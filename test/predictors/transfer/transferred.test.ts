import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { LATENCY } from '../../../src/metrics/metric.js';
import { gcnKind } from '../../../src/predictors/kinds/gcn.js';
import { transferKind } from '../../../src/predictors/kinds/transfer.js';
import { spearman } from '../../../src/predictors/metrics.js';
import { OnnxPredictor } from '../../../src/predictors/saved/saved.js';
import { adapt, applyLinear } from '../../../src/predictors/transfer/adapt.js';
import { createBasis } from '../../../src/predictors/transfer/basis.js';
import {
  applyEmbedding,
  embeddingInputs,
  fitEmbedding,
} from '../../../src/predictors/transfer/embedding-fit.js';
import { fineTune } from '../../../src/predictors/transfer/fine-tune.js';
import { type SharedModel, SharedPredictor } from '../../../src/predictors/transfer/shared-predictor.js';
import { transferredModel } from '../../../src/predictors/transfer/transferred.js';
import { asExecuted } from '../../../src/spaces/executed.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import type { DeadOperations } from '../../../src/spaces/space.js';
import { addedUp, cells, madeUpSources, quickPool, sideBySide } from './made-up-devices.js';

let model: SharedModel;
let shared: SharedPredictor;
before(async () => {
  model = await quickPool();
  shared = await SharedPredictor.create(model);
});

test('one network tells the devices it was trained on apart', async () => {
  for (const [column, source] of madeUpSources().entries()) {
    const others = cells(200, 50);
    const executed = asExecuted(nasbench201, source.deadOperations, others);
    const { predicted: shown } = await shared.read(executed);
    const times = [
      [0, 0.2, 0.9, 1, 0.8],
      [0, 0.1, 0.5, 3, 0.3],
      [0, 0.3, 0.8, 2, 1.5],
      [0, 0.1, 0.6, 1.2, 0.9],
    ][column];
    const truth = Float64Array.from(executed, addedUp(times, 1));
    const predicted = Float64Array.from(executed, (_, i) => shown[i * model.sources.length + column]);
    assert.ok(spearman(predicted, truth) > 0.9, `${source.device} ${spearman(predicted, truth)}`);
  }
});

const time = addedUp([0, 0.15, 0.7, 2.5, 0.4], 2);

const devices = [
  { deadOperations: 'timed', latency: time },
  { deadOperations: 'pruned', latency: sideBySide([0, 0.15, 0.7, 2.5, 0.4], 2) },
] satisfies { deadOperations: DeadOperations; latency: unknown }[];

for (const { deadOperations, latency } of devices) {
  test(`model.onnx says what the weights on the basis say (${deadOperations})`, async () => {
    const basis = await createBasis(nasbench201, deadOperations, shared);
    const [train, others] = [cells(15, 11), cells(50, 12)];
    const latencyMs = Float64Array.from(asExecuted(nasbench201, deadOperations, train), latency);
    const adapted = adapt(basis, await basis.columns(train), latencyMs);
    const expected = applyLinear(adapted, await basis.columns(others));
    const onnx = await transferredModel(model, basis, adapted, LATENCY);
    const predictor = await OnnxPredictor.create(onnx, transferKind, nasbench201, deadOperations);
    const predicted = await predictor.predict(others);
    await predictor.release();
    predicted.forEach((ms, i) => {
      assert.ok(Math.abs(ms / expected[i] - 1) < 1e-3, `${ms} and ${expected[i]}`);
    });
  });
}

test('an embedding is fitted, and training goes on from it', async () => {
  const [train, others] = [cells(20, 21), cells(200, 22)];
  const latencyMs = Float64Array.from(train, time);
  const truth = Float64Array.from(others, time);
  const embedding = fitEmbedding(model, await embeddingInputs(shared, train), latencyMs);
  const fitted = applyEmbedding(model, await embeddingInputs(shared, others), embedding);
  assert.ok(spearman(fitted, truth) > 0.9, `embedding ${spearman(fitted, truth)}`);
  const onnx = await fineTune(
    model,
    embedding,
    { architectures: train, metric: LATENCY, values: latencyMs },
    1,
  );
  const predictor = await OnnxPredictor.create(onnx, gcnKind, nasbench201, 'timed');
  const errorOn = async (cellsOf: typeof train, ms: Float64Array) =>
    (await predictor.predict(cellsOf)).reduce((sum, p, i) => sum + Math.abs(p / ms[i] - 1), 0) / ms.length;
  const before = applyEmbedding(model, await embeddingInputs(shared, train), embedding).reduce(
    (sum, p, i) => sum + Math.abs(p / latencyMs[i] - 1) / latencyMs.length,
    0,
  );
  assert.ok(
    (await errorOn(train, latencyMs)) < before,
    'the samples are fitted better than by the embedding',
  );
  await predictor.release();
});
