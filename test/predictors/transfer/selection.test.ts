import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { adapt, applyLinear } from '../../../src/predictors/transfer/adapt.js';
import { createBasis } from '../../../src/predictors/transfer/basis.js';
import { choose, SELECTION_STRATEGIES } from '../../../src/predictors/transfer/selection.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { addedUp, cells } from './made-up-devices.js';

const candidates = cells(120, 1);
const ready = createBasis(nasbench201, 'timed').then(async (basis) => ({
  basis,
  columns: await basis.columns(candidates),
}));

for (const strategy of SELECTION_STRATEGIES) {
  test(`${strategy}: a shorter list is the beginning of a longer, and nothing comes twice`, async () => {
    const { basis, columns } = await ready;
    const short = choose(basis, columns, { strategy, count: 5, seed: 3 });
    const long = choose(basis, columns, { strategy, count: 30, seed: 3 });
    assert.deepEqual(long.slice(0, 5), short);
    assert.equal(new Set(long).size, 30);
  });

  test(`${strategy}: what has been measured is not chosen, and there are no more than there are`, async () => {
    const { basis, columns } = await ready;
    const measured = [4, 8, 15];
    const chosen = choose(basis, columns, { strategy, count: 500, seed: 3, measured });
    assert.equal(chosen.length, candidates.length - measured.length);
    assert.ok(measured.every((i) => !chosen.includes(i)));
  });
}

test('reference samples teach more than random ones', async () => {
  const { basis, columns } = await ready;
  const random = new Random(5);
  const noisy = Float64Array.from(
    candidates,
    (cell) => addedUp([0, 0.1, 0.7, 2, 0.4], 1)(cell) * (0.9 + 0.2 * random.uniform()),
  );
  const errorOf = (chosen: readonly number[]) => {
    const adapted = adapt(
      basis,
      columns.subMatrixRow([...chosen]),
      Float64Array.from(chosen, (i) => noisy[i]),
    );
    const predicted = applyLinear(adapted, columns);
    return predicted.reduce((sum, p, i) => sum + Math.abs(p / noisy[i] - 1), 0) / noisy.length;
  };
  const seeds = [1, 2, 3, 4, 5, 6];
  const mean = (strategy: 'random' | 'reference') =>
    seeds.reduce((sum, seed) => sum + errorOf(choose(basis, columns, { strategy, count: 8, seed })), 0) /
    seeds.length;
  assert.ok(mean('reference') < mean('random'), `${mean('reference')} and ${mean('random')}`);
});
