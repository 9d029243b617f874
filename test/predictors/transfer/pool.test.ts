import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { InputError } from '../../../src/base/errors.js';
import { LATENCY } from '../../../src/metrics/metric.js';
import { deviceCorrelation, sourceDevice, withoutTwins } from '../../../src/predictors/transfer/pool.js';
import { keptPool } from '../../../src/predictors/transfer/pool-file.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { madeUpSource } from './made-up-devices.js';

test('a near-twin is left out of the sources, another device is not', () => {
  const board = madeUpSource('board', [0, 0.2, 0.9, 1, 0.8], 1);
  const twin = madeUpSource('twin', [0, 0.4, 1.8, 2.01, 1.6], 1);
  const other = madeUpSource('other', [0, 0.1, 0.1, 3, 0.3], 1);
  assert.deepEqual(
    withoutTwins(nasbench201, board, [board, twin, other]).map(({ device }) => device),
    ['other'],
  );
});

test('devices that share no architectures cannot be compared', () => {
  const board = madeUpSource('board', [0, 0.2, 0.9, 1, 0.8], 1);
  const { architectures, values: latencyMs } = board.samples;
  const few = { architectures: architectures.slice(0, 10), metric: LATENCY, values: latencyMs.slice(0, 10) };
  const short = sourceDevice(nasbench201, 'short', 'timed', few);
  assert.ok(Number.isNaN(deviceCorrelation(nasbench201, board, short)));
});

test('a pruned device is compared with the other on what it ran', () => {
  const times = [0, 0.2, 0.9, 1, 0.8];
  const pruned = madeUpSource('pruned', times, 1, 'pruned');
  const architectures = pruned.samples.architectures.map((a) => nasbench201.prune(a));
  const timed = sourceDevice(nasbench201, 'timed', 'timed', { ...pruned.samples, architectures });
  assert.ok(deviceCorrelation(nasbench201, pruned, timed) > 0.999);
});

test('a device without two connected architectures is no source', () => {
  const none = { architectures: [new Uint8Array(6)], metric: LATENCY, values: Float64Array.of(1) };
  assert.throws(() => sourceDevice(nasbench201, 'board', 'timed', none), InputError);
});

test('a pool that was kept is not trained again, one of other samples is', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'a.pool');
  const options = { epochs: 2, hidden: 8, layers: 1, embedding: 4, threads: 1 };
  const sources = [madeUpSource('a', [0, 1, 2, 3, 4], 1), madeUpSource('b', [0, 1, 1, 5, 1], 2)];
  let epochs = 0;
  const hooks = { onEpoch: () => void epochs++ };
  const first = await keptPool(file, nasbench201, sources, 1, options, hooks);
  const again = await keptPool(file, nasbench201, sources, 1, options, hooks);
  assert.equal(epochs, 2);
  assert.deepEqual(again.theta, first.theta);
  await keptPool(file, nasbench201, sources.slice(0, 1), 1, options, hooks);
  assert.equal(epochs, 4);
  assert.deepEqual(await readdir(folder), ['a.pool']);
});
