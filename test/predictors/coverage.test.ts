import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/base/package-root.js';
import { coverageOf, leastCovered } from '../../src/predictors/coverage.js';
import { declaredSpace } from '../../src/spaces/declared/declared-space.js';

/** A width of two, two or three convolutions, of which the third does not count where there are two. */
const space = declaredSpace(
  JSON.parse(readFileSync(join(packageRoot, 'examples', 'spaces', 'tiny.json'), 'utf8')),
);
const parsed = (...texts: string[]) => texts.map((text) => space.parse(text));

test('choices are counted where their slot counts', () => {
  const coverage = coverageOf(space, parsed('16/2/1-3', '16/3/1-3-3', '32/2/1-1'));
  assert.deepEqual(
    coverage.map(({ slot, options, samples }) => [slot, options.join(), samples.join()]),
    [
      ['width', '16,32', '2,1'],
      ['depth', '2,3', '2,1'],
      ['kernel0', '1,3,5', '3,0,0'],
      ['kernel1', '1,3,5', '1,2,0'],
      ['kernel2', '1,3,5', '0,1,0'],
    ],
  );
});

test('what has the choices that were measured least comes first, and counts from then on', () => {
  const coverage = coverageOf(space, parsed('16/2/1-3', '16/2/1-3', '16/2/3-1'));
  const candidates = parsed('16/2/1-3', '16/2/3-1', '32/3/5-5-5', '32/3/5-5-3');
  const chosen = leastCovered(space, candidates, coverage, 10);
  // All of the third and of the fourth is new; then only the third's last choice is not.
  assert.deepEqual(chosen, [2, 3, 1, 0]);
  assert.deepEqual(coverage[0].samples, [3, 0], 'what is given stays as it was');
});
