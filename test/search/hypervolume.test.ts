import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/base/random.js';
import { hypervolume, paretoFront } from '../../src/search/hypervolume.js';

test('hypervolume of hand-made fronts', () => {
  assert.equal(hypervolume([], [0, 0]), 0);
  assert.equal(hypervolume([[2, 3]], [0, 0]), 6);
  // Two overlapping rectangles: 3·1 + 1·3 - 1·1.
  assert.equal(
    hypervolume(
      [
        [3, 1],
        [1, 3],
      ],
      [0, 0],
    ),
    5,
  );
  assert.equal(
    hypervolume(
      [
        [3, 1],
        [1, 3],
        [1, 1],
        [3, 1],
      ],
      [0, 0],
    ),
    5,
  );
  // Three slabs of 1 × 1 × 3 along the axes that share the unit cube.
  assert.equal(
    hypervolume(
      [
        [3, 1, 1],
        [1, 3, 1],
        [1, 1, 3],
      ],
      [0, 0, 0],
    ),
    7,
  );
  assert.equal(hypervolume([[2, 2]], [1, 3]), 0, 'a point not above the reference adds nothing');
});

test('hypervolume agrees with counting random points, in three and four dimensions', () => {
  const random = new Random(3);
  for (const axes of [3, 4]) {
    const point = () => Array.from({ length: axes }, () => random.uniform());
    const points = Array.from({ length: 12 }, point);
    const draws = 40_000;
    let hits = 0;
    for (let i = 0; i < draws; i++) {
      const x = point();
      if (points.some((p) => p.every((value, axis) => value >= x[axis]))) hits++;
    }
    const origin = points[0].map(() => 0);
    // Four standard errors of a share of 40,000 draws.
    assert.ok(Math.abs(hypervolume(points, origin) - hits / draws) < 0.01, `${axes} axes`);
  }
});

test('the front has what nothing beats, and equal points once', () => {
  assert.deepEqual(
    paretoFront([
      [1, 1],
      [2, 0],
      [0, 2],
      [1, 1],
      [1, 0],
    ]),
    [0, 1, 2],
  );
  assert.deepEqual(paretoFront([]), []);
});

test('the front is what comparing all points with each other finds', () => {
  const random = new Random(7);
  const covers = (a: number[], b: number[]) => a.every((value, axis) => value >= b[axis]);
  for (const axes of [1, 2, 3, 4]) {
    for (const steps of [4, 1000]) {
      // Few steps make many equal points; an axis may be endless, as the latency of what does not fit is.
      const value = () => (random.integer(20) === 0 ? Number.NEGATIVE_INFINITY : random.integer(steps));
      const points = Array.from({ length: 200 }, () => Array.from({ length: axes }, value));
      const expected = [...points.keys()].filter(
        (i) => !points.some((p, j) => covers(p, points[i]) && (j < i || !covers(points[i], p))),
      );
      assert.deepEqual(paretoFront(points), expected, `${axes} axes, ${steps} steps`);
    }
  }
});
