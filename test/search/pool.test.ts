import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/base/random.js';
import { withinLimits } from '../../src/search/constraints.js';
import { poolOf, poolOfSpace } from '../../src/search/pool.js';
import { mnasnet } from '../../src/spaces/mnasnet/space.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';

const pool = poolOfSpace(nasbench201, 1);

test('isomorphic networks are one candidate, without dead operations, and all are connected', () => {
  const classes = new Set(pool.architectures.map((a) => nasbench201.classOf(a)));
  assert.equal(classes.size, pool.size);
  const all = Array.from({ length: nasbench201.size }, (_, i) => nasbench201.at(i));
  const connected = all
    .filter((a) => nasbench201.isConnected(a))
    .map((a) => nasbench201.classOf(nasbench201.prune(a)));
  assert.equal(pool.size, new Set(connected).size);
  for (const a of pool.architectures) {
    assert.ok(nasbench201.isConnected(a));
    assert.deepEqual(nasbench201.prune(a), a);
  }
});

test('a convolution is the same candidate on any edge that skips make equal', () => {
  const cell = '|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|';
  const twin = '|skip_connect~0|+|none~0|none~1|+|none~0|nor_conv_3x3~1|none~2|';
  const [a, b] = [cell, twin].map((text) => pool.candidateOf(nasbench201.parse(text)));
  assert.notEqual(a, undefined);
  assert.equal(a, b);
});

test('neighbours are other candidates one choice away; in a thin pool, the nearest', () => {
  for (const candidate of [0, 17, pool.size - 1]) {
    const neighbours = pool.neighbours(candidate);
    assert.ok(neighbours.length > 0 && neighbours.length <= 24);
    assert.ok(!neighbours.includes(candidate));
  }
  const random = new Random(2);
  const thin = poolOf(
    mnasnet,
    Array.from({ length: 50 }, () => mnasnet.sample(random)),
  );
  const differing = (i: number, j: number) =>
    thin.architectures[i].filter((option, slot) => option !== thin.architectures[j][slot]).length;
  const others = Array.from({ length: thin.size - 1 }, (_, i) => i + 1);
  const nearest = Math.min(...others.map((i) => differing(0, i)));
  assert.ok(nearest > 1, 'no two of fifty random networks are neighbours');
  for (const i of thin.neighbours(0)) assert.equal(differing(0, i), nearest);
});

test('limits leave only candidates within all of them, safety margin included', () => {
  const one = Float64Array.from({ length: pool.size }, (_, i) => i);
  const two = one.toReversed();
  const kept = withinLimits(pool, [
    { device: 'one', bound: 4000, values: one, worst: one.map((x) => 1.25 * x) },
    { device: 'two', bound: pool.size - 3000, values: two, worst: two },
  ]);
  assert.deepEqual([kept.costs.one[0], kept.costs.one.at(-1)], [2999, 3200]);
  assert.deepEqual(kept.architectures[0], pool.architectures[2999]);
  assert.throws(
    () =>
      withinLimits(pool, [{ device: 'one', bound: 1, values: one, worst: one.map((x) => 1.5 * (x + 2)) }]),
    /keeps within 1 ms on one, where the fastest takes 3\.000 ms/,
  );
});

test('of a space too large to list, a seeded sample is the pool', () => {
  const [a, b, c] = [1, 1, 2].map((seed) => poolOfSpace(mnasnet, seed));
  assert.ok(a.size > 19_000);
  assert.deepEqual(a.architectures[5], b.architectures[5]);
  assert.notDeepEqual(a.architectures[5], c.architectures[5]);
});
