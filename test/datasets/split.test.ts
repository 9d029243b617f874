import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { type CountSplit, dealFolds, splitSamples } from '../../src/datasets/split.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';

const cells = Array.from({ length: 3000 }, (_, i) => nasbench201.at(i));
const split = (options: Partial<CountSplit>, of = cells) =>
  splitSamples(nasbench201, of, { kind: 'random', train: 900, valid: 100, seed: 1, ...options });

for (const kind of ['random', 'by-class'] as const) {
  test(`${kind}: every sample is in exactly one part, in the sizes asked for`, () => {
    const { train, valid, test: rest } = split({ kind });
    assert.deepEqual([train.length, valid.length, rest.length], [900, 100, 2000]);
    assert.equal(new Set([...train, ...valid, ...rest]).size, 3000);
  });

  test(`${kind}: the same seed gives the same split, another seed another`, () => {
    assert.deepEqual(split({ kind }), split({ kind }));
    assert.notDeepEqual(split({ kind }).train, split({ kind, seed: 2 }).train);
  });
}

test('by class, cells that compute the same stay together; at random, they do not', () => {
  const shared = (kind: CountSplit['kind']) => {
    const { train, valid, test: rest } = split({ kind });
    const keys = [train, valid, rest].map((part) => new Set(part.map((i) => nasbench201.classOf(cells[i]))));
    return [...keys[0]].filter((key) => keys[1].has(key) || keys[2].has(key)).length;
  };
  assert.equal(shared('by-class'), 0);
  assert.ok(shared('random') > 50);
});

test('a class that is larger than a part goes where it fits', () => {
  const disconnected = nasbench201.parse('|none~0|+|none~0|none~1|+|none~0|none~1|none~2|');
  const others = cells.filter((cell) => nasbench201.isConnected(cell)).slice(0, 5);
  const samples = [...Array.from({ length: 20 }, () => disconnected), ...others];
  for (let seed = 0; seed < 10; seed++) {
    const { train, valid, test: rest } = split({ kind: 'by-class', train: 2, valid: 1, seed }, samples);
    assert.deepEqual([train.length, valid.length, rest.length], [2, 1, 22]);
  }
});

test('too few samples are refused', () => {
  assert.throws(() => split({ train: 2950 }), InputError);
  assert.throws(() => split({ train: 2950 }), /2950 training and 100 validation .* there are 3000/);
  const one = Array.from({ length: 10 }, () => cells[0]);
  assert.throws(() => split({ kind: 'by-class', train: 5, valid: 2 }, one), /1 classes of up to 10 samples/);
});

test('a split by class that starves validation is refused with its numbers, the same at random is not', () => {
  // Ten classes of ten and three single ones: validation gets single ones only.
  const keys = new Map(cells.map((cell) => [nasbench201.classOf(cell), cell]));
  const representatives = [...keys.values()].slice(0, 13);
  const samples = representatives.flatMap((cell, i) => Array.from({ length: i < 10 ? 10 : 1 }, () => cell));
  const options = { kind: 'by-class', train: 94, valid: 9, seed: 1 } as const;
  assert.throws(
    () => split(options, samples),
    /by class, only \d+ of 94 samples would be for training, and [0-4] of 9 for validation: there are 13 classes of up to 10/,
  );
  assert.equal(split({ ...options, kind: 'random' }, samples).valid.length, 9);
});

test('by hash: samples that are added move none of those that were there, and classes stay together', () => {
  const byHash = (of: typeof cells, seed = 1) =>
    splitSamples(nasbench201, of, { kind: 'by-hash', validShare: 0.1, testShare: 0.2, seed });
  const [few, all] = [byHash(cells.slice(0, 1000)), byHash(cells)];
  for (const part of ['train', 'valid', 'test'] as const) {
    assert.deepEqual(
      few[part],
      all[part].filter((i) => i < 1000),
    );
  }
  assert.equal(all.train.length + all.valid.length + all.test.length, 3000);
  assert.ok(Math.abs(all.test.length - 600) < 100 && Math.abs(all.valid.length - 300) < 75);
  const classesOf = (part: readonly number[]) => new Set(part.map((i) => nasbench201.classOf(cells[i])));
  const testClasses = classesOf(all.test);
  assert.ok([...classesOf(all.train)].every((key) => !testClasses.has(key)));
  assert.notDeepEqual(byHash(cells, 2).test, all.test);
});

for (const kind of ['random', 'by-class'] as const) {
  test(`${kind}: folds hold every sample once, in about the size asked for`, () => {
    const folds = dealFolds(nasbench201, cells, { kind, size: 700, seed: 1 });
    assert.deepEqual(
      folds.flat().sort((a, b) => a - b),
      [...cells.keys()],
    );
    assert.equal(folds.length, 5);
    for (const fold of folds.slice(0, -1)) assert.ok(fold.length >= 700 && fold.length < 800);
    assert.deepEqual(dealFolds(nasbench201, cells, { kind, size: 700, seed: 1 }), folds);
  });
}

test('by-class: cells that compute the same are in one fold', () => {
  const foldOf = new Map<string, number>();
  dealFolds(nasbench201, cells, { kind: 'by-class', size: 300, seed: 1 }).forEach((fold, f) => {
    for (const i of fold) {
      const key = nasbench201.classOf(cells[i]);
      assert.equal(foldOf.get(key) ?? f, f);
      foldOf.set(key, f);
    }
  });
});
