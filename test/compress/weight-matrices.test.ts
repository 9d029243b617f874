import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CompressibleModel } from '../../src/compress/compressible-model.js';
import { breakEven, findMatrices } from '../../src/compress/weight-matrices.js';
import { DataType, decodeModel, type ModelProto } from '../../src/onnx/proto.js';
import { GraphBuilder } from '../../src/onnx/write/graph-builder.js';
import { layerModel, randoms } from './models.js';

/** Rows of a table of words go into a layer, and the same table turns its output into scores of words. */
function tiedModel(): ModelProto {
  const g = new GraphBuilder('tied');
  g.input('words', DataType.int64, [7]);
  g.input('x', DataType.float, [7, 40]);
  const table = g.floats(randoms(1, 50 * 40), [50, 40], 'table');
  const embedded = g.node('Add', [g.node('Gather', [table, 'words'], { axis: 0 }), 'x']);
  const both = g.floats(randoms(2, 40 * 40), [40, 40], 'both');
  const turned = g.node('Transpose', [both], { perm: [1, 0] });
  const hidden = g.node('MatMul', [g.node('MatMul', [embedded, both]), turned]);
  const small = g.node('MatMul', [hidden, g.floats(randoms(3, 40 * 20), [40, 20], 'small')]);
  const again = g.node('MatMul', [small, g.floats(randoms(4, 20 * 60), [20, 60], 'free')]);
  const shared = g.floats(randoms(5, 60 * 60), [60, 60], 'shared');
  const twice = g.node('MatMul', [g.node('MatMul', [again, shared]), shared]);
  g.output(g.node('Gemm', [hidden, table], { transB: 1 }), DataType.float, [7, 50], 'scores');
  g.output(twice, DataType.float, [7, 60], 'twice');
  return decodeModel(g.model({ producerVersion: '' }));
}

describe('the matrices of a model', () => {
  it('are those that nothing else reads, each once however often it is multiplied by', () => {
    const { matrices, leftAlone, parameters } = findMatrices(tiedModel());
    assert.deepEqual(
      matrices.map(({ name, rows, columns }) => [name, rows, columns]),
      [
        ['free', 20, 60],
        ['shared', 60, 60],
      ],
    );
    assert.deepEqual(Object.fromEntries(leftAlone.map(({ name, reason }) => [name, reason])), {
      both: 'it is read both ways around',
      small: 'it has fewer than 1024 elements',
      table: 'Gather reads it too',
    });
    assert.equal(parameters, 50 * 40 + 40 * 40 + 40 * 20 + 20 * 60 + 60 * 60);
  });

  it('of a layer of two directions are one for the input and one for each recurrence', () => {
    const model = layerModel({ operator: 'LSTM', direction: 'bidirectional', whole: false });
    assert.deepEqual(
      findMatrices(model).matrices.map(({ name, part, rows, columns }) => [name, part, rows, columns]),
      [
        ['W', 'input', 24, 160],
        ['R[forward]', 'recurrent', 20, 80],
        ['R[reverse]', 'recurrent', 20, 80],
      ],
    );
    const kept = new CompressibleModel(model, 'they were to be kept');
    assert.deepEqual(
      kept.matrices.map(({ name }) => name),
      ['W'],
    );
    assert.deepEqual(
      kept.leftAlone.map(({ name }) => name),
      ['R[forward]', 'R[reverse]'],
    );
  });

  it('leave a recurrence whole that a Scan would not compute in the same way', () => {
    const model = layerModel({
      operator: 'LSTM',
      direction: 'forward',
      whole: false,
      attributes: { input_forget: 1 },
    });
    const { matrices, leftAlone } = findMatrices(model);
    assert.deepEqual(
      matrices.map(({ name }) => name),
      ['W'],
    );
    assert.match(leftAlone[0].reason, /input and forget gates are one/);
    const old = {
      ...layerModel({ operator: 'GRU', direction: 'forward', whole: false }),
      opsetImport: [{ version: 9 }],
    };
    assert.match(findMatrices(old).leftAlone[0].reason, /operator set 9/);
  });

  it('have a greatest rank below which factors are smaller: r(m + n) < mn', () => {
    for (const [rows, columns] of [
      [512, 1024],
      [20, 60],
      [3, 3],
    ]) {
      const rank = breakEven(rows, columns);
      assert.ok(rank * (rows + columns) < rows * columns);
      assert.ok((rank + 1) * (rows + columns) >= rows * columns);
    }
  });

  it('may be none, which is said with the reasons', () => {
    const g = new GraphBuilder('none');
    g.input('x', DataType.float, [4, 40]);
    g.output(g.node('Relu', ['x']), DataType.float, [4, 40], 'y');
    const model = decodeModel(g.model({ producerVersion: '' }));
    assert.throws(() => new CompressibleModel(model), /no matrix of an LSTM, GRU, MatMul or Gemm/);
  });
});
