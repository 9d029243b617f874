import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Random } from '../../src/base/random.js';
import { CompressibleModel } from '../../src/compress/compressible-model.js';
import { Goal, parameterShare } from '../../src/compress/goal.js';
import { latencyIn, latencyTable } from '../../src/compress/latency-table.js';
import { bestWithin, prepareCompression } from '../../src/compress/prepare.js';
import { RankPool } from '../../src/compress/rank-pool.js';
import { RankSpace } from '../../src/compress/rank-space.js';
import { DataType, decodeModel } from '../../src/onnx/proto.js';
import { GraphBuilder } from '../../src/onnx/write/graph-builder.js';
import type { Evaluator } from '../../src/search/evaluators/evaluator.js';
import { runSeed } from '../../src/search/seeded-run.js';
import { checkSpace } from '../../src/testing/check-space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { randoms } from './models.js';

const MATRICES = 6;

/** A chain of products with square matrices. */
function chain(): CompressibleModel {
  const g = new GraphBuilder('chain');
  let value = g.input('x', DataType.float, [1, 48]);
  for (let i = 0; i < MATRICES; i++) {
    value = g.node('MatMul', [value, g.floats(randoms(i, 48 * 48), [48, 48], `m${i}`)]);
  }
  g.output(value, DataType.float, [1, 48], 'y');
  return new CompressibleModel(decodeModel(g.model({ producerVersion: '' })));
}

/** Every matrix is worth more than the one before it, and two of them are worth more together: dense gets 90. */
const evaluator = (onEvaluate = () => {}): Evaluator => ({
  async evaluate(ranks) {
    onEvaluate();
    const lost = ranks.reduce((sum, option, i) => sum + 0.3 * 2 ** i * (option / 7) ** 2, 0);
    return { accuracy: 90 - lost - 0.1 * ranks[0] * ranks[1] };
  },
});

const prepared = (over: Partial<Parameters<typeof prepareCompression>[0]> = {}) =>
  prepareCompression({
    model: chain(),
    evaluator: evaluator(),
    limits: { maxParameters: 0.4 },
    described: {},
    ...over,
  });

const task = (strategy: string, budget: number, seed = 1) => ({
  strategy,
  options: {},
  objective: 'accuracy' as const,
  budget,
  parallel: 1,
  seed,
});

describe('the space of ranks', () => {
  it('keeps the contract of spaces', () => {
    checkSpace(
      new RankSpace([
        { name: 'a', rows: 64, columns: 256 },
        { name: 'b', rows: 40, columns: 30 },
      ]).space,
    );
  });

  it('has the dense matrix and seven ranks below break-even, each smaller than the one before', () => {
    const ranks = new RankSpace([{ name: 'a', rows: 128, columns: 512 }]);
    // 128·512/(128 + 512) = 102.4
    assert.deepEqual(ranks.ranks[0], [undefined, 77, 51, 38, 26, 17, 13, 6]);
    const sizes = ranks.ranks[0].map((_, option) => ranks.elements(0, option));
    assert.deepEqual(
      sizes,
      sizes.toSorted((a, b) => b - a),
    );
  });
});

describe('rewards', () => {
  const ranks = new RankSpace([{ name: 'a', rows: 48, columns: 48 }]);
  const share = parameterShare(ranks, 4000);
  const dense = ranks.dense;
  const half = Uint8Array.of(2);

  it('are the accuracy won or lost within a limit, and -1 less the excess over it', () => {
    const goal = new Goal({ maxParameters: 0.9 }, { parameters: share }, dense);
    goal.denseAccuracy = 80;
    // Of 2,304 numbers rank 12 leaves 1,152, of 4,000 in all 2,848.
    assert.equal(share(half), 2848 / 4000);
    assert.equal(goal.reward(76, half), -0.05);
    assert.ok(Math.abs(goal.reward(80, dense) - (-1 - (1 / 0.9 - 1))) < 1e-12);
  });

  it('are the share saved while no more accuracy is lost than may be, and else below 0', () => {
    const goal = new Goal({}, { parameters: share }, dense, 1);
    goal.denseAccuracy = 80;
    assert.equal(goal.reward(79, half), 1 - 2848 / 4000);
    assert.equal(goal.reward(75, half), -4 / 80);
  });
});

describe('a search for ranks', () => {
  it('draws, and steps to, only what keeps within the limits', () => {
    const { pool } = prepared();
    const random = new Random(1);
    for (const candidate of pool.drawUntried(new Set(), 30, random)) {
      const share = pool.goal.costs.parameters(pool.architectures[candidate]);
      // A matrix more of the next rank would not fit: what is left is less than half a matrix.
      assert.ok(share <= 0.4 && share > 0.4 - 0.5 / MATRICES, String(share));
      for (const next of pool.neighbours(candidate)) {
        assert.ok(pool.goal.isWithin(pool.architectures[next]));
      }
    }
    assert.ok(pool instanceof RankPool);
  });

  for (const strategy of ['rl', 'greedy', 'evolution']) {
    it(`by ${strategy} finds better ranks than drawing as many at random`, async () => {
      const accuracyOf = async (name: string, seed: number) => {
        const search = prepared();
        const { trials } = await runSeed(task(name, 120, seed), search);
        assert.equal(trials[0].candidate, search.pool.dense);
        return bestWithin(search, trials)?.outcome.accuracy ?? 0;
      };
      const seeds = [1, 2, 3];
      const mean = async (name: string) =>
        (await Promise.all(seeds.map((seed) => accuracyOf(name, seed)))).reduce((a, b) => a + b) /
        seeds.length;
      const [own, random] = [await mean(strategy), await mean('random')];
      assert.ok(own > random + 0.1, `${own} against ${random}`);
    });
  }

  it('for the smallest model loses no more than it may', async () => {
    const search = prepared({ limits: {}, maxLoss: 2 });
    const { trials } = await runSeed(task('greedy', 100), search);
    const best = bestWithin(search, trials);
    assert.ok(best && best.outcome.accuracy >= 88);
    const { pool } = search;
    const share = pool.goal.costs.parameters(pool.architectures[best.candidate]);
    assert.ok(share < 0.75, `the first matrices can go: ${share}`);
  });

  it('survives an evaluator that fails half of the time, the dense model’s included', async () => {
    let asked = 0;
    const { evaluate } = evaluator();
    const flaky: Evaluator = {
      evaluate: async (ranks) => (asked++ % 2 === 0 ? { error: 'out of luck' } : evaluate(ranks)),
    };
    const search = prepared({ evaluator: flaky });
    const { trials } = await runSeed(task('random', 10), search);
    assert.equal(trials.filter(({ outcome }) => outcome && 'accuracy' in outcome).length, 10);
    assert.equal(search.pool.goal.denseAccuracy, 90);
    assert.ok(bestWithin(search, trials));
  });

  for (const strategy of ['rl', 'greedy']) {
    it(`by ${strategy} that was killed ends as if it had not been`, async () => {
      const folder = temporaryFolder();
      const whole = join(folder, 'whole.jsonl');
      await runSeed({ ...task(strategy, 60), log: whole }, prepared());
      const lines = readFileSync(whole, 'utf8').trimEnd().split('\n');
      const cut = join(folder, 'cut.jsonl');
      writeFileSync(cut, `${lines.slice(0, 70).join('\n')}\n{"event":"to`);
      let evaluated = 0;
      const again = prepared({
        evaluator: evaluator(() => {
          evaluated++;
        }),
      });
      await runSeed({ ...task(strategy, 60), log: cut, resume: true }, again);
      const withoutTimes = (text: string) => text.split('\n').slice(1);
      assert.deepEqual(withoutTimes(readFileSync(cut, 'utf8')), withoutTimes(readFileSync(whole, 'utf8')));
      assert.ok(evaluated < 40, `${evaluated} evaluated again`);
    });
  }

  it('needs a limit, and one that ranks can keep to', () => {
    assert.throws(() => prepared({ limits: {} }), /--max-params, --max-latency or --max-loss/);
    assert.throws(
      () => prepared({ limits: { maxParameters: 0.01 } }),
      /--max-params.*0\.0\d\d of the parameters/,
    );
    assert.throws(() => prepared({ limits: { maxLatencyMs: 2 } }), /--max-latency.*--device/);
  });
});

describe('latencies by rank', () => {
  it('are what each matrix alone saves, added up', async () => {
    const ranks = new RankSpace([
      { name: 'a', rows: 48, columns: 48 },
      { name: 'b', rows: 48, columns: 96 },
    ]);
    // The second one is slower as factors of high rank.
    const latency = async ([a, b]: Uint8Array) => 10 - 0.5 * a + (b === 0 ? 0 : 1 - 0.4 * b);
    const table = await latencyTable(ranks, latency);
    for (const architecture of [Uint8Array.of(0, 0), Uint8Array.of(3, 1), Uint8Array.of(7, 7)]) {
      assert.ok(Math.abs(latencyIn(table, architecture) - (await latency(architecture))) < 1e-9);
    }
  });
});
