import assert from 'node:assert/strict';
import { test } from 'node:test';
import { piecesOf, poolValues, type Setting } from '../../bench/search/runs.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { madeUpAccuracy, smallPool } from '../search/made-up.js';

const pool = smallPool();
const accuracies = Float64Array.from(pool.architectures, madeUpAccuracy);
const selection = accuracies.map((accuracy) => -accuracy);
const setting: Setting = {
  name: 'made-up/local',
  strategy: 'local',
  budget: 30,
  seeds: [1, 2],
  task: () => ({ pool, accuracies, selection }),
};

test('a setting has a piece for each seed, once for all tables that show it', () => {
  const names = piecesOf([setting, { ...setting, name: 'made-up/other', seeds: [5] }, setting]).map(
    ({ name }) => name,
  );
  assert.deepEqual(names, ['search/made-up/local/1', 'search/made-up/local/2', 'search/made-up/other/5']);
});

test('a run is kept with what tables ask of it, and follows from its seed', async () => {
  const [piece, other] = piecesOf([setting]);
  const [row] = await piece.run();
  assert.equal(row.setting, 'made-up/local');
  assert.equal(row.candidates, pool.size);
  assert.equal(row.optimum, Math.max(...accuracies));
  assert.equal(row.best.length, 30);
  assert.deepEqual(
    row.best,
    row.best.toSorted((a, b) => a - b),
  );
  assert.equal(row.top[0].accuracy, row.best[29]);
  assert.equal(madeUpAccuracy(space.parse(row.top[0].network)), row.best[29]);
  assert.equal(row.selected[29], Math.min(...row.selected), 'a score that is upside down chooses the worst');
  const { seconds, ...same } = row;
  assert.deepEqual({ ...(await piece.run())[0], seconds }, { ...same, seconds });
  assert.notDeepEqual((await other.run())[0].best, row.best);
});

test('values of a table are those of its candidates, whatever the order of its rows', () => {
  const rows = pool.architectures.toReversed();
  assert.deepEqual(poolValues(pool, rows, Float64Array.from(rows, madeUpAccuracy)), accuracies);
});
