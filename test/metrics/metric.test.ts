import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { columnOf, factorTo, LATENCY, metricKey, metricNamed, metrics } from '../../src/metrics/metric.js';
import { findUnit, unitAtEnd, units } from '../../src/metrics/units.js';

test('every name of a unit is found again, and no two units share one', () => {
  const names = units.flatMap(({ name, symbol, aliases = [] }) => [
    ...new Set([name, symbol.toLowerCase(), ...aliases]),
  ]);
  assert.equal(new Set(names).size, names.length);
  for (const unit of units) assert.equal(findUnit(unit.symbol), unit);
});

test('the longest unit at the end of a name counts', () => {
  assert.deepEqual(unitAtEnd('a100_img_s'), { rest: 'a100', unit: findUnit('1/s') });
  assert.equal(unitAtEnd('board_b'), undefined);
  assert.equal(unitAtEnd('ms'), undefined);
});

test('metrics go through their key', () => {
  for (const metric of [...metrics, metricNamed('co2:g'), metricNamed('score:points:more')]) {
    assert.deepEqual(metricNamed(metricKey(metric)), metric);
  }
  assert.deepEqual(metrics.map(columnOf), [
    'latency_ms',
    'energy_mj',
    'power_w',
    'memory_mb',
    'throughput_per_s',
  ]);
  assert.equal(columnOf(metricNamed('co2:g/km')), 'co2_g_km');
});

test('what is no metric, or no unit of one, is refused with those there are', () => {
  for (const text of ['speed', 'Latency', 'co2:', 'co2:g:better', 'latency:s', 'energy:ms']) {
    assert.throws(() => metricNamed(text), InputError, text);
  }
  assert.throws(() => factorTo(LATENCY, 'mJ'), /"mJ" is not a unit of latency; it is in ms, s, µs, ns/);
  assert.equal(factorTo(metricNamed('energy'), 'Wh'), 3_600_000);
});
