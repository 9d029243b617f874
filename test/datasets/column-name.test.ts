import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readColumnName } from '../../src/datasets/column-name.js';

// Separators, words and capitals as tables of measurements have them.
for (const [name, device, metric, unit] of [
  ['pixel3-us', 'pixel3', 'latency', 'us'],
  ['pixel3.ms', 'pixel3', 'latency', 'ms'],
  ['my-board_milliseconds', 'my-board', 'latency', 'ms'],
  ['dev_usec', 'dev', 'latency', 'us'],
  ['dev_nanoseconds', 'dev', 'latency', 'ns'],
  ['dev_joule', 'dev', 'energy', 'j'],
  ['dev_qps', 'dev', 'throughput', 'per_s'],
  ['pixel3LatencyMs', 'pixel3', 'latency', 'ms'],
  ['latencyUs', '', 'latency', 'us'],
  ['energy-my-board-mj', 'my-board', 'energy', 'mj'],
  ['mi_max', 'mi_max', undefined, undefined],
] as const) {
  test(`${name} is ${metric ?? 'nothing said'} of ${device || 'no device'}`, () => {
    const read = readColumnName(name);
    assert.deepEqual([read.device, read.metric?.name, read.unit?.name], [device, metric, unit]);
  });
}

test('statistics stand before or behind the name', () => {
  for (const name of ['std_pixel3_ms', 'pixel3_std_ms', 'pixel3-ms-p95', 'sigma pixel3']) {
    const { device, statistic } = readColumnName(name);
    assert.deepEqual([device, statistic], ['pixel3', 'spread'], name);
  }
  const { statistic, perhapsOf } = readColumnName('pixel3_max_ms');
  assert.deepEqual([statistic, perhapsOf], [undefined, 'pixel3']);
});

test('words that look like units and are none are told', () => {
  for (const [name, unit] of [
    ['dev_cycles', 'cycles'],
    ['dev_ms_per_img', 'per_img'],
    ['dev (ms/image)', 'ms/image'],
    ['dev_ms', undefined],
    ['dev_mA', 'mA'],
    ['dev_pJ', 'pJ'],
    ['dev%', '%'],
  ] as const) {
    assert.equal(readColumnName(name).unknownUnit, unit, name);
  }
});
