import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/base/random.js';
import { ArchitectureDistribution, oneHotBlocks, rankedWeights } from '../../src/emulate/ranked-update.js';

const near = (actual: ArrayLike<number>, expected: readonly number[]) => {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(actual[i] - value) < 1e-12, `${i}: ${actual[i]} is not ${value}`);
  }
};

test('weights are uᵢ/Σu − 1/μ of uᵢ = ln(μ + ½) − ln rankᵢ, their sizes adding up to μ', () => {
  const utilities = [1, 2, 3].map((rank) => Math.log(3.5) - Math.log(rank));
  const sum = utilities[0] + utilities[1] + utilities[2];
  const raw = utilities.map((u) => u / sum - 1 / 3);
  const scale = 3 / raw.reduce((total, y) => total + Math.abs(y), 0);
  const [best, middle, worst] = raw.map((y) => y * scale);
  near(rankedWeights(Float64Array.of(0.7, 0.2, 9)), [middle, best, worst]);
});

test('the scale of losses changes no weight by a bit', () => {
  const random = new Random(1);
  const losses = Float64Array.from({ length: 8 }, () => random.uniform());
  for (const factor of [1e-6, 1e3, 1e9]) {
    assert.deepEqual(rankedWeights(losses.map((loss) => loss * factor)), rankedWeights(losses));
  }
  assert.deepEqual(rankedWeights(losses.map(Math.exp)), rankedWeights(losses));
});

test('equal losses have equal weights, none if all are equal', () => {
  const [a, b, c] = rankedWeights(Float64Array.of(2, 2, 1));
  assert.equal(a, b);
  assert.ok(c > 0 && a < 0);
  near(rankedWeights(Float64Array.of(5, 5, 5, 5)), [0, 0, 0, 0]);
});

test('operations of lower losses become likelier, whatever the scale of the losses', () => {
  const learned = (scale: number) => {
    const random = new Random(3);
    const distribution = new ArchitectureDistribution(2, 3, 0.05);
    for (let round = 0; round < 200; round++) {
      const drawn = Array.from({ length: 8 }, () => distribution.draw(random));
      // The second operation is the best of the first block; the other block does not count.
      const losses = Float64Array.from(drawn, ([first]) => scale * (first === 1 ? 1 : 2 + random.uniform()));
      distribution.update(drawn, rankedWeights(losses));
    }
    return distribution.probabilities();
  };
  const [first, second] = learned(1);
  assert.ok(first[1] > 0.9, `${first}`);
  assert.ok(Math.max(...second) < 0.9, `${second}`);
  assert.deepEqual(learned(1e3), learned(1));
});

test('architectures are drawn as often as their probabilities say', () => {
  const distribution = new ArchitectureDistribution(
    1,
    3,
    0.1,
    Float64Array.of(Math.log(1), Math.log(2), Math.log(5)),
  );
  near(distribution.probabilities()[0], [1 / 8, 2 / 8, 5 / 8]);
  const random = new Random(5);
  const counts = [0, 0, 0];
  for (let i = 0; i < 8000; i++) counts[distribution.draw(random)[0]]++;
  for (const [k, share] of [1 / 8, 2 / 8, 5 / 8].entries()) {
    assert.ok(Math.abs(counts[k] / 8000 - share) < 5 * Math.sqrt((share * (1 - share)) / 8000), `${counts}`);
  }
  assert.deepEqual(oneHotBlocks([[2], [0]], 3), Float32Array.of(0, 0, 1, 1, 0, 0));
});
