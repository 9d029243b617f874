import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { Random } from '../../src/base/random.js';
import { totalCost } from '../../src/network/cost.js';
import { OperatorGraph } from '../../src/network/graph.js';
import { withImageSize } from '../../src/network/image-size.js';
import { conv2d } from '../../src/network/operator.js';
import { withoutZeros } from '../../src/network/zeros.js';
import { networkModel } from '../../src/onnx/write/network-model.js';
import { architecturesOf } from '../../src/spaces/architectures.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { feedsFor, session } from '../onnx/write/counted.js';

const kinds = (graph: OperatorGraph) => graph.nodes().map(({ operator }) => operator.kind);

test('terms known to be zero leave their sums, and what only they read goes with them', () => {
  const graph = new OperatorGraph();
  const image = graph.input([4, 8, 8], 'image');
  const dead = graph.add(conv2d(4, 3), [image], 'dead');
  const zero = graph.add({ kind: 'zeroize' }, [dead]);
  const alive = graph.add({ kind: 'relu' }, [image], 'alive');
  const sum = graph.add({ kind: 'add' }, [zero, alive, image], 'sum');
  const one = graph.add({ kind: 'add' }, [zero, sum], 'one');
  graph.output(one, 'y');
  const rest = withoutZeros(graph);
  assert.deepEqual(kinds(rest), ['input', 'relu', 'add', 'output']);
  assert.deepEqual(rest.inputs('sum'), ['alive', 'image']);
  assert.deepEqual(rest.inputs('y'), ['sum']);
});

test('zeros that something else reads are still written', () => {
  const graph = new OperatorGraph();
  const image = graph.input([4, 8, 8], 'image');
  const zero = graph.add({ kind: 'zeroize' }, [image]);
  graph.output(graph.add({ kind: 'batchNorm' }, [zero]), 'y');
  assert.deepEqual(kinds(withoutZeros(graph)), ['input', 'zeroize', 'batchNorm', 'output']);
  // The sum has the shape of its zeros, so they cannot go.
  const broadcast = new OperatorGraph();
  const row = broadcast.input([8], 'row');
  const wide = broadcast.add({ kind: 'zeroize' }, [broadcast.input([4, 8], 'table')]);
  broadcast.output(broadcast.add({ kind: 'add' }, [row, wide], 'sum'), 'y');
  assert.deepEqual(withoutZeros(broadcast).inputs('sum').length, 2);
});

test('pruned cells compute the same with and without their zeros', async () => {
  const random = new Random(2);
  for (let i = 0; i < 8; i++) {
    const network = nasbench201.toNetwork(nasbench201.prune(nasbench201.sample(random)));
    const logits = await Promise.all(
      [network, withoutZeros(network)].map(async (graph) => {
        const running = await session(networkModel(graph, { batch: 1, seed: 1 }));
        return (await running.run(feedsFor(running, 1))).logits.data as Float32Array;
      }),
    );
    const largest = Math.max(...logits[0].map(Math.abs));
    logits[0].forEach((logit, k) => {
      assert.ok(Math.abs(logit - logits[1][k]) <= 1e-4 * largest, `${i} ${k}: ${logits[0]} ${logits[1]}`);
    });
  }
});

test('no cell with a path to its output keeps a zero, and the MACs of the pruned cell are all there', () => {
  let seen = 0;
  for (const cell of architecturesOf(nasbench201)) {
    if (seen++ % 40 !== 0 || !nasbench201.isConnected(cell)) continue;
    const pruned = nasbench201.prune(cell);
    const graph = withoutZeros(nasbench201.toNetwork(pruned));
    assert.ok(!kinds(graph).includes('zeroize'), nasbench201.format(cell));
    assert.equal(totalCost(graph).macs, nasbench201.macs(pruned));
  }
});

test('a network for larger images has the convolutions of the larger maps, and the same parameters', () => {
  const network = nasbench201.toNetwork(nasbench201.parse(nasbench201.example));
  const [small, large] = [network, withImageSize(network, 64)].map((graph) => totalCost(graph));
  const classifier = 650;
  assert.equal(large.macs - classifier, 4 * (small.macs - classifier));
  assert.equal(large.parameters, small.parameters);
});

test('only a network of one image takes another image size', () => {
  const graph = new OperatorGraph();
  graph.output(graph.add({ kind: 'relu' }, [graph.input([5])]));
  assert.throws(
    () => withImageSize(graph, 64),
    (error) => error instanceof InputError && /\[5\]/.test(error.message),
  );
});
