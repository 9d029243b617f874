import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalisation, reduction } from '../../src/runtimes/kernels-moving.js';

function reduced(from: readonly number[], to: readonly number[], axes?: readonly number[]) {
  const tensor = (shape: readonly number[]) => ({ type: 'float32', shape, constant: false });
  return reduction({
    operator: 'ReduceMean',
    domain: '',
    attributes: new Map(axes === undefined ? [] : [['axes', axes]]),
    inputs: [tensor(from)],
    outputs: [tensor(to)],
  });
}

test('a reduction reads rows if the last dimension is among its axes, and else with a stride', () => {
  assert.deepEqual(reduced([2, 8, 8], [2, 8], [2]), { kind: 'ReduceMean', m: 16, n: 8 });
  assert.deepEqual(reduced([2, 8, 8], [2, 8], [-1]), { kind: 'ReduceMean', m: 16, n: 8 });
  assert.deepEqual(reduced([2, 8, 8], [2, 8], [1]), { kind: 'ReduceMean.outer', m: 16, n: 8 });
});

test('without axes its shapes say it', () => {
  assert.equal(reduced([2, 6, 8], [2, 8]).kind, 'ReduceMean.outer');
  assert.equal(reduced([2, 6, 8], [2, 6]).kind, 'ReduceMean');
  assert.equal(reduced([2, 6, 8], [2, 6, 1]).kind, 'ReduceMean');
  assert.equal(reduced([2, 6, 8], [2, 1, 8]).kind, 'ReduceMean.outer');
});

test('a batch normalisation has a row per channel; without positions it works element by element', () => {
  const normalised = (shape: readonly number[]) => {
    const tensor = { type: 'float32', shape, constant: false };
    const { kind, m, n } = normalisation({
      operator: 'BatchNormalization',
      domain: '',
      attributes: new Map(),
      inputs: [tensor],
      outputs: [tensor],
    });
    return [kind, m, n];
  };
  assert.deepEqual(normalised([2, 8, 7, 7]), ['BatchNormalization', 16, 49]);
  assert.deepEqual(normalised([2, 8]), ['BatchNormalization.flat', 16, 1]);
});
