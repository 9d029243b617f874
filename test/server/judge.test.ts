import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, uploadOnly } from '../../server/jobs/train.js';
import type { HeldOutComparison } from '../../server/store/versions.js';

const heldOut = (error: number | null, against: number | null, samples = 20): HeldOutComparison => ({
  samples,
  error,
  incumbent: { version: 'old', error: against },
});
const promoted = (
  wanted: Parameters<typeof judge>[0],
  result: HeldOutComparison,
  serves = true,
  version = 'new',
) => judge(wanted, version, result, serves).promoted;

test('if-better promotes exactly what is better on the held-out measurements', () => {
  assert.equal(promoted('if-better', heldOut(0.04, 0.05)), true);
  assert.equal(promoted('if-better', heldOut(0.05, 0.05)), false);
  assert.equal(promoted('if-better', heldOut(0.06, 0.05)), false);
});

test('if-better promotes the first version, and nothing where there is too little to compare', () => {
  assert.equal(promoted('if-better', { samples: 0, error: null, incumbent: null }), true);
  assert.equal(promoted('if-better', heldOut(0.04, 0.05, 4)), false);
  assert.equal(promoted('if-better', heldOut(null, null, 1)), false);
});

test('if-better promotes nothing that was compared with what no longer serves', () => {
  assert.equal(promoted('if-better', heldOut(0.04, 0.05), false), false);
  assert.equal(promoted('if-better', { samples: 9, error: 0.1, incumbent: null }, false), false);
  assert.equal(promoted('if-better', heldOut(0.05, 0.05), true, 'old'), false);
});

test('always and never do as they say', () => {
  assert.equal(promoted('always', heldOut(0.06, 0.05), false), true);
  assert.equal(promoted('never', heldOut(0.04, 0.05)), false);
});

test('a version that takes the place of a predictor whose data is not here says what it learned from', () => {
  const data = { name: 'latbench', source: '', licence: '', sha256: '', train: 12_500, valid: 1, test: 1 };
  const note = uploadOnly(200, { data });
  assert.match(note, /only from the 200 networks measured here.*latbench, 12,500 training samples/);
});
