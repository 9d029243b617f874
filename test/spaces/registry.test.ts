import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../src/base/errors.js';
import { spaceNamed, spaces } from '../../src/spaces/registry.js';

test('spaces are found by name, and an unknown name is answered with the known ones', () => {
  for (const space of spaces) assert.equal(spaceNamed(space.name), space);
  assert.throws(() => spaceNamed('nasbench999'), /"nasbench999"; known are nasbench201, mnasnet, fbnet, ofa/);
});

for (const space of spaces) {
  test(`${space.name}: its example is canonical`, () => {
    assert.equal(space.format(space.parse(space.example)), space.example);
  });

  test(`${space.name}: any text is either canonical or refused with an InputError`, () => {
    const { example } = space;
    // Canonical strings with a part cut out, replaced or repeated, and arbitrary ones.
    const mangled = fc
      .tuple(fc.nat(example.length), fc.nat(12), fc.string({ maxLength: 6 }))
      .map(([at, cut, put]) => example.slice(0, at) + put + example.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(mangled, fc.string()), (text) => {
        try {
          assert.equal(space.format(space.parse(text)), text);
        } catch (error) {
          assert.ok(error instanceof InputError, String(error));
        }
      }),
      { numRuns: 500, seed: 1 },
    );
  });
}
