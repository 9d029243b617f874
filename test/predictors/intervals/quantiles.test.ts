import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantilesOf } from '../../../src/predictors/intervals/quantiles.js';

const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-9, `${a}, ${b}`);

test('of evenly spread positions each share stays below its own', () => {
  const positions = Array.from({ length: 99 }, (_, i) => ({ position: (i + 1) / 100 }));
  for (const { share, position } of quantilesOf(positions).slice(1, -1)) near(position, share);
});

test('the outermost are the ends, or farther out where measurements are', () => {
  const inside = quantilesOf([0.3, 0.5, 0.6].map((position) => ({ position })));
  assert.deepEqual([inside[0].position, inside.at(-1)!.position], [0, 1]);
  const beyond = quantilesOf([-0.5, 0.5, 1.7].map((position) => ({ position })));
  assert.deepEqual([beyond[0].position, beyond.at(-1)!.position], [-0.5, 1.7]);
  for (const all of [inside, beyond]) {
    const positions = all.map(({ position }) => position);
    assert.deepEqual(
      positions,
      positions.toSorted((a, b) => a - b),
    );
  }
});

test('what counts less moves them less', () => {
  const many = Array.from({ length: 60 }, (_, i) => ({ position: 0.2 + i / 1000, weight: 1 / 60 }));
  const few = [0.7, 0.8, 0.9].map((position) => ({ position, weight: 1 }));
  const medianOf = (of: typeof few) => quantilesOf(of).find(({ share }) => share === 0.5)!.position;
  assert.ok(medianOf([...many, ...few]) > 0.69);
  assert.ok(medianOf([...many, ...few].map(({ position }) => ({ position, weight: 1 }))) < 0.26);
});
