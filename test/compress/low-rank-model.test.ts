import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as ort from '../../src/base/onnxruntime.js';
import { lowRankModel } from '../../src/compress/low-rank-model.js';
import { withProducts } from '../../src/compress/products.js';
import { DataType, decodeModel, encodeModel, type ModelProto } from '../../src/onnx/proto.js';
import { GraphBuilder } from '../../src/onnx/write/graph-builder.js';
import {
  difference,
  type LayerSpec,
  layerFeeds,
  layerModel,
  randoms,
  replacementsOf,
  run,
} from './models.js';

/** Single precision, over a few steps. */
const EQUAL = 2e-5;

const layers: Record<string, LayerSpec> = {
  LSTM: { operator: 'LSTM', direction: 'forward', whole: false },
  'LSTM backwards': { operator: 'LSTM', direction: 'reverse', whole: false },
  'LSTM with lengths and states': { operator: 'LSTM', direction: 'forward', whole: true },
  'LSTM backwards with lengths and states': { operator: 'LSTM', direction: 'reverse', whole: true },
  'LSTM of both directions': { operator: 'LSTM', direction: 'bidirectional', whole: true },
  GRU: { operator: 'GRU', direction: 'forward', whole: false },
  'GRU of both directions': { operator: 'GRU', direction: 'bidirectional', whole: true },
  'GRU that resets last': {
    operator: 'GRU',
    direction: 'bidirectional',
    whole: true,
    attributes: { linear_before_reset: 1 },
  },
};

describe('a recurrent layer of factors', () => {
  for (const [name, spec] of Object.entries(layers)) {
    it(`computes what onnxruntime's own operator does with their products: ${name}`, async () => {
      const model = layerModel(spec);
      const feeds = layerFeeds(spec);
      for (const replaced of ['W', 'R', 'WR']) {
        const replacements = replacementsOf(model, 4, (matrix) => replaced.includes(matrix[0]));
        const expected = await run(withProducts(model, replacements), feeds);
        assert.ok(difference(expected, await run(model, feeds)) > 50 * EQUAL, 'rank 4 loses something');
        const compressed = lowRankModel(model, replacements);
        assert.ok(difference(await run(compressed, feeds), expected) < EQUAL, replaced);
      }
    });
  }

  it('keeps the direction whose recurrence is whole as a layer of its own', async () => {
    const spec = layers['LSTM of both directions'];
    const model = layerModel(spec);
    const replacements = replacementsOf(model, 4, (matrix) => matrix !== 'R[forward]');
    const compressed = lowRankModel(model, replacements);
    assert.deepEqual(
      compressed.graph.node.map(({ opType }) => opType).filter((type) => type === 'LSTM' || type === 'Scan'),
      ['LSTM', 'Scan'],
    );
    const expected = await run(withProducts(model, replacements), layerFeeds(spec));
    assert.ok(difference(await run(compressed, layerFeeds(spec)), expected) < EQUAL);
  });

  it('runs in the oldest operator set that it is made for, and in a newer one', async () => {
    const spec = layers['GRU of both directions'];
    for (const version of [11, 20]) {
      const model = { ...layerModel(spec), opsetImport: [{ domain: '', version }] };
      const replacements = replacementsOf(model, 4);
      const expected = await run(withProducts(model, replacements), layerFeeds(spec));
      assert.ok(difference(await run(lowRankModel(model, replacements), layerFeeds(spec)), expected) < EQUAL);
    }
  });
});

/** Products of every kind, one of them in a branch: x `[4, 40]` to y. */
function productsModel(): ModelProto {
  const g = new GraphBuilder('products');
  g.input('x', DataType.float, [4, 40]);
  const weight = (name: string, seed: number, rows: number, columns: number) =>
    g.floats(randoms(seed, rows * columns), [rows, columns], name);
  const right = g.node('MatMul', ['x', weight('right', 1, 40, 48)]);
  const general = g.node('Gemm', [right, weight('general', 2, 64, 48), g.floats(randoms(9, 64), [64])], {
    transB: 1,
    alpha: { float: 0.5 },
    beta: { float: 2 },
  });
  const turnedWeight = g.node('Transpose', [weight('turned', 3, 40, 64)], { perm: [1, 0] });
  const turned = g.node('MatMul', [general, turnedWeight]);
  const column = g.node('Transpose', [turned], { perm: [1, 0] });
  const left = g.node('MatMul', [weight('left', 4, 50, 40), column]);
  const branch = (name: string, seed: number) => {
    const b = new GraphBuilder(name);
    const inner = b.floats(randoms(seed, 50 * 30), [30, 50], `${name}.weight`);
    b.output(b.node('MatMul', [inner, left]), DataType.float, [30, 4]);
    return b.graph();
  };
  const condition = g.input('condition', DataType.bool, []);
  const chosen = g.node('If', [condition], { then_branch: branch('yes', 5), else_branch: branch('no', 6) });
  g.output(chosen, DataType.float, [30, 4], 'y');
  return decodeModel(g.model({ producerVersion: '' }));
}

describe('products of factors', () => {
  it('compute what the products with the matrices do, inside branches too', async () => {
    const model = productsModel();
    const replacements = replacementsOf(model, 5);
    assert.deepEqual(
      replacements.map(({ matrix }) => [matrix.name, matrix.part, matrix.rows, matrix.columns]),
      [
        ['right', 'right', 40, 48],
        ['general', 'right', 48, 64],
        ['turned', 'right', 64, 40],
        ['left', 'left', 50, 40],
        ['yes.weight', 'left', 30, 50],
        ['no.weight', 'left', 30, 50],
      ],
    );
    const compressed = lowRankModel(model, replacements);
    for (const condition of [0, 1]) {
      const feeds = {
        x: new ort.Tensor('float32', randoms(8, 160, 1), [4, 40]),
        condition: new ort.Tensor('bool', Uint8Array.of(condition), []),
      };
      const whole = lowRankModel(model, replacementsOf(model, 30));
      assert.ok(difference(await run(whole, feeds), await run(model, feeds)) > EQUAL);
      const y = (await run(compressed, feeds)).y;
      const expected = (await run(withProducts(model, replacements), feeds)).y;
      const scale = Math.max(...expected.map(Math.abs));
      assert.ok(difference({ y }, { y: expected }) < EQUAL * scale);
    }
  });

  it('leave nothing of the matrices in the file', () => {
    const model = productsModel();
    const smaller = encodeModel(lowRankModel(model, replacementsOf(model, 2))).length;
    // 2 numbers for each row and column of six matrices, four bytes each, and the nodes.
    const numbers = 2 * (88 + 112 + 104 + 90 + 80 + 80);
    assert.ok(smaller < 4 * numbers + 5000, `${smaller} bytes`);
    assert.ok(encodeModel(model).length > 4 * (40 * 48 + 64 * 48));
  });

  it('leaves the model that it was given as it was', () => {
    const model = productsModel();
    const before = encodeModel(model);
    lowRankModel(model, replacementsOf(model, 3));
    assert.deepEqual(encodeModel(model), before);
  });
});
