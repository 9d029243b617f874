import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ApiError } from '../../server/http/errors.js';
import { NetworkAnswers } from '../../server/networks/network-answers.js';
import { OperatorGraph } from '../../src/network/graph.js';
import { decodeModel, encodeModel } from '../../src/onnx/proto.js';
import { networkModel } from '../../src/onnx/write/network-model.js';

function model(): ReturnType<typeof decodeModel> {
  const graph = new OperatorGraph();
  graph.output(graph.add({ kind: 'relu' }, [graph.input([3, 4, 4], 'image')], 'act'), 'result');
  return decodeModel(networkModel(graph, { batch: 1, seed: 1 }));
}
const onnxOf = (proto: ReturnType<typeof decodeModel>) => Buffer.from(encodeModel(proto)).toString('base64');

describe('ONNX files that were made to do harm', () => {
  const answers = new NetworkAnswers();
  after(() => answers.close());

  test('one that takes all memory in onnxruntime ends a process that is not ours, in every route, and the next one is read', async () => {
    const fine = onnxOf(model());
    const { operators } = await answers.network({ onnx: fine }, 'a');
    // A shape of 2^40 dimensions: onnxruntime makes room for each of them.
    const hostile = model();
    hostile.graph.node[0].opType = 'Reshape';
    hostile.graph.node[0].input.push('shape');
    const type = { tensorType: { elemType: 7, shape: { dim: [{ dimValue: 2 ** 40 }] } } };
    hostile.graph.input.push({ name: 'shape', type });
    const onnx = onnxOf(hostile);
    const models = ['models'];
    for (const asked of [
      () => answers.network({ onnx }, 'a'),
      () => answers.breakdown({ device: 'fnas:zcu102', onnx }, 'a'),
      () => answers.predict({ device: 'cpu', onnx }, models, 'a'),
    ]) {
      await assert.rejects(
        asked,
        (error) =>
          error instanceof ApiError && error.statusCode === 422 && /too much memory/.test(error.message),
      );
      assert.deepEqual((await answers.network({ onnx: fine }, 'a')).operators, operators);
    }
  });
});
