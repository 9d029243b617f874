import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spearman } from '../../../src/predictors/metrics.js';
import { adapt, applyLinear } from '../../../src/predictors/transfer/adapt.js';
import { createBasis } from '../../../src/predictors/transfer/basis.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { addedUp, cells } from './made-up-devices.js';

const time = addedUp([0.01, 0.1, 0.7, 2, 0.4], 1);

test('without any source, twenty samples of a device that adds up give its order', async () => {
  const basis = await createBasis(nasbench201, 'timed');
  const [train, others] = [cells(20, 1), cells(300, 2)];
  const adapted = adapt(basis, await basis.columns(train), Float64Array.from(train, time));
  const predicted = applyLinear(adapted, await basis.columns(others));
  assert.ok(spearman(predicted, Float64Array.from(others, time)) > 0.99);
});

test('a measurement that is five times too long is not believed', async () => {
  const basis = await createBasis(nasbench201, 'timed');
  const [train, others] = [cells(30, 3), cells(300, 4)];
  const latencyMs = Float64Array.from(train, time);
  latencyMs[7] *= 5;
  const adapted = adapt(basis, await basis.columns(train), latencyMs);
  const predicted = applyLinear(adapted, await basis.columns(others));
  const errors = others.map((cell, i) => Math.abs(predicted[i] / time(cell) - 1)).sort((a, b) => a - b);
  assert.ok(errors[150] < 0.05, `median error ${errors[150]}`);
  assert.ok(adapted.heldOut().predicted[7] < latencyMs[7] / 2, 'what the others say of it is far less');
});

test('samples that are held out are predicted as if they had not been there', async () => {
  const basis = await createBasis(nasbench201, 'timed');
  const train = cells(25, 5);
  const latencyMs = Float64Array.from(train, (cell) => time(cell) + 0.3 * cell[0]);
  const columns = await basis.columns(train);
  const held = adapt(basis, columns, latencyMs).heldOut().predicted;
  const kept = [...train.keys()].filter((i) => i % 10 !== 3);
  const without = adapt(
    basis,
    columns.subMatrixRow(kept),
    Float64Array.from(kept, (i) => latencyMs[i]),
  );
  const direct = applyLinear(without, columns);
  // The scale, which the prior's strengths are relative to, is that of all samples.
  for (const i of [3, 13, 23])
    assert.ok(Math.abs(held[i] / direct[i] - 1) < 0.005, `${held[i]}, ${direct[i]}`);
});
