import assert from 'node:assert/strict';
import test from 'node:test';
import { PythonRandom } from '../../src/spaces/python-random.js';

// Expected numbers were printed by CPython 3's own `random` module.

test('bits are those of random.seed(n); random.getrandbits(k)', () => {
  const random = new PythonRandom(42);
  assert.deepEqual([random.bits(32), random.bits(32), random.bits(32)], [2746317213, 478163327, 107420369]);
  const few = new PythonRandom(88);
  assert.deepEqual([few.bits(1), few.bits(5), few.bits(20)], [0, 31, 198717]);
  assert.equal(new PythonRandom(4294967295).bits(32), 2728839433);
});

test('the stream goes on the same past the 624 words of state', () => {
  const random = new PythonRandom(88);
  const thousand = Array.from({ length: 1000 }, () => random.bits(32));
  assert.equal(thousand[999], 1496785836);
});

test('shuffle is random.shuffle', () => {
  const shuffled = (seed: number) => {
    const items = Uint32Array.from({ length: 10 }, (_, i) => i);
    new PythonRandom(seed).shuffle(items);
    return [...items];
  };
  assert.deepEqual(shuffled(42), [7, 3, 2, 8, 5, 6, 9, 4, 0, 1]);
  assert.deepEqual(shuffled(88), [8, 2, 9, 4, 0, 7, 1, 5, 3, 6]);
});
