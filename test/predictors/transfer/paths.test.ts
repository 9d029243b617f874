import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spearman } from '../../../src/predictors/metrics.js';
import { adapt, applyLinear } from '../../../src/predictors/transfer/adapt.js';
import { createBasis } from '../../../src/predictors/transfer/basis.js';
import { longestPaths } from '../../../src/predictors/transfer/paths.js';
import { fbnet } from '../../../src/spaces/fbnet/space.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { addedUp, cells, sideBySide } from './made-up-devices.js';

const TIMES = [0, 0.1, 0.7, 2, 0.4];

test('operations are counted on the path that has the most of them', () => {
  const cell = nasbench201.parse(
    '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_1x1~0|none~1|avg_pool_3x3~2|',
  );
  const feature = (name: string) => nasbench201.graph.features.indexOf(name);
  const [one, three, pool] = ['nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'].map(feature);
  const lengths = longestPaths(nasbench201, [cell], [[three], [one], [three, pool], [one, pool]]);
  assert.deepEqual(lengths.to1DArray(), [2, 1, 3, 1], 'three 3x3 in all, of which two follow one another');
});

test('a chain of layers has no paths beside its counts', async () => {
  assert.deepEqual((await createBasis(fbnet, 'timed')).paths, []);
});

test('a device that runs branches side by side is learned from its longest paths', async () => {
  const basis = await createBasis(nasbench201, 'pruned');
  const time = sideBySide(TIMES, 1);
  const [train, others] = [cells(50, 1), cells(300, 2)];
  const [columns, asked] = [await basis.columns(train), await basis.columns(others)];
  const truth = Float64Array.from(others, time);
  const reached = (known: typeof basis) =>
    spearman(applyLinear(adapt(known, columns, Float64Array.from(train, time)), asked), truth);
  const [withPaths, without] = [reached(basis), reached({ ...basis, paths: [] })];
  assert.ok(withPaths > 0.95, `${withPaths}`);
  assert.ok(without < withPaths - 0.02, `${without} without them`);
});

test('a device that adds up is not taken for one that runs branches side by side', async () => {
  const basis = await createBasis(nasbench201, 'timed');
  const train = cells(30, 3);
  const latencyMs = Float64Array.from(train, addedUp(TIMES, 1));
  const { evidence } = adapt(basis, await basis.columns(train), latencyMs);
  const parallel = evidence.filter(({ hypothesis }) => hypothesis.paths !== undefined);
  const probability = parallel.reduce((sum, e) => sum + e.probability, 0);
  assert.ok(probability < 0.05, `${probability}`);
});
