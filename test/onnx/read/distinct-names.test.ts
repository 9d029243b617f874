import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distinctNames } from '../../../src/onnx/read/distinct-names.js';

test('names are given out once, in no time however many ask for the same', () => {
  const nameOf = distinctNames(['x']);
  assert.deepEqual([nameOf('x'), nameOf('y'), nameOf('x#1'), nameOf('x')], ['x#1', 'y', 'x#1#1', 'x#2']);
  // Looking through those that are taken, from the first, would take hours.
  const many = new Set(Array.from({ length: 500_000 }, () => nameOf('many')));
  assert.equal(many.size, 500_000);
});
