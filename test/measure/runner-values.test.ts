import assert from 'node:assert/strict';
import { test } from 'node:test';
import { valuesOf } from '../../src/measure/runner-values.js';

test('what a runner prints beside the latency is read by its name, in the own unit of the metric', () => {
  const { values, leftOut } = valuesOf({
    latency_ms: [1, 2],
    nodes: [],
    energy_j: 0.0045,
    memory_kb: [2000, 3000],
    'co2:g': 0.2,
    throughput_fps: 30,
  });
  assert.deepEqual(values, { energy: [4.5], memory: [2, 3], 'co2:g': [0.2], throughput: [30] });
  assert.deepEqual(leftOut, []);
});

test('what is no metric with a unit is named as left out', () => {
  const { values, leftOut } = valuesOf({
    latency_ms: 1,
    temperature: 40,
    energy: 3,
    energy_std_mj: 1,
    board_mj: 2,
    'energy:ms': 1,
  });
  assert.deepEqual(values, {});
  assert.deepEqual(leftOut, ['temperature', 'energy', 'energy_std_mj', 'board_mj', 'energy:ms']);
});

test('a metric without a number, or said twice, is refused', () => {
  assert.throws(() => valuesOf({ energy_mj: 0 }), /"energy_mj" must be a number above 0/);
  assert.throws(() => valuesOf({ energy_mj: [] }), /must be a number above 0 or a list/);
  assert.throws(() => valuesOf({ energy_mj: '5' }), /must be a number above 0/);
  assert.throws(() => valuesOf({ energy_mj: 5, energy_j: 1 }), /says energy twice, once as "energy_j"/);
});
