import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { referenceArchitecture } from '../../src/measure/network.js';
import { sampleArchitectures } from '../../src/measure/sample.js';
import { architecturesOf } from '../../src/spaces/architectures.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { spaces } from '../../src/spaces/registry.js';

test('a sample follows its seed; its networks have a path, and no two compute the same', () => {
  const draw = (seed: number) => sampleArchitectures(nasbench201, { count: 1500, seed, distinct: 'classes' });
  const sample = draw(1);
  assert.deepEqual(sample, draw(1));
  assert.notDeepEqual(sample, draw(2));
  assert.equal(new Set(sample.map(nasbench201.classOf)).size, 1500);
  assert.ok(sample.every(nasbench201.isConnected));
});

test('more classes than a space has are refused with their number', () => {
  const connected = [...architecturesOf(nasbench201)].filter(nasbench201.isConnected);
  const classes = new Set(connected.map(nasbench201.classOf)).size;
  assert.throws(
    () => sampleArchitectures(nasbench201, { count: 7000, seed: 1, distinct: 'classes' }),
    (error) => error instanceof InputError && error.message.includes(`only ${classes} were found`),
  );
  assert.equal(
    sampleArchitectures(nasbench201, { count: 7000, seed: 1, distinct: 'architectures' }).length,
    7000,
  );
});

test('the reference is a space’s own, of middling size, with nothing dead in it', () => {
  for (const space of spaces) {
    const reference = referenceArchitecture(space);
    assert.deepEqual(referenceArchitecture(space), reference);
    assert.deepEqual(space.prune(reference), reference);
    const macs = sampleArchitectures(space, { count: 200, seed: 5, distinct: 'architectures' })
      .map((architecture) => space.macs(space.prune(architecture)))
      .sort((a, b) => a - b);
    const rank = macs.filter((m) => m < space.macs(reference)).length;
    assert.ok(rank > 50 && rank < 150, `${space.name}: ${rank}`);
  }
});
