import assert from 'node:assert/strict';
import test from 'node:test';
import { operatorCost, totalCost } from '../../src/network/cost.js';
import { OperatorGraph } from '../../src/network/graph.js';
import { conv2d } from '../../src/network/operator.js';

const TOKENS = 5;
const WIDTH = 8;
const HEADS = 2;
const HEAD_WIDTH = WIDTH / HEADS;
const HIDDEN = 16;

/** A post-norm transformer encoder block (Vaswani et al., arXiv:1706.03762, section 3.1) behind an embedding. */
function encoderBlock(): OperatorGraph {
  const graph = new OperatorGraph();
  const tokens = graph.input([TOKENS], 'tokens');
  const words = graph.add({ kind: 'embedding', vocabulary: 100, features: WIDTH }, [tokens], 'words');
  const places = graph.add({ kind: 'parameter', shape: [TOKENS, WIDTH] }, [], 'places');
  const x = graph.add({ kind: 'add' }, [words, places], 'x');
  const heads = (name: string) => {
    const all = graph.add({ kind: 'linear', outFeatures: WIDTH, bias: true }, [x], name);
    const split = graph.add({ kind: 'reshape', shape: [TOKENS, HEADS, HEAD_WIDTH] }, [all]);
    return graph.add({ kind: 'transpose', permutation: [1, 0, 2] }, [split], `${name}.heads`);
  };
  const [query, key, value] = ['query', 'key', 'value'].map(heads);
  const keyT = graph.add({ kind: 'transpose', permutation: [0, 2, 1] }, [key]);
  const scores = graph.add({ kind: 'matmul' }, [query, keyT], 'scores');
  const weights = graph.add({ kind: 'softmax', axis: 2 }, [scores]);
  const mixed = graph.add({ kind: 'matmul' }, [weights, value], 'mixed');
  const together = graph.add({ kind: 'transpose', permutation: [1, 0, 2] }, [mixed]);
  const joined = graph.add({ kind: 'reshape', shape: [TOKENS, WIDTH] }, [together]);
  const projected = graph.add({ kind: 'linear', outFeatures: WIDTH, bias: true }, [joined], 'projected');
  const attended = graph.add({ kind: 'add' }, [x, projected]);
  const normed = graph.add({ kind: 'layerNorm', dimensions: 1 }, [attended], 'norm1');
  const wide = graph.add({ kind: 'linear', outFeatures: HIDDEN, bias: true }, [normed], 'wide');
  const active = graph.add({ kind: 'gelu' }, [wide], 'gelu');
  const narrow = graph.add({ kind: 'linear', outFeatures: WIDTH, bias: true }, [active], 'narrow');
  const sum = graph.add({ kind: 'add' }, [normed, narrow]);
  graph.output(graph.add({ kind: 'layerNorm', dimensions: 1 }, [sum], 'norm2'), 'encoded');
  graph.validate();
  return graph;
}

test('a transformer encoder block has the shapes, MACs and parameters worked out by hand', () => {
  const graph = encoderBlock();
  assert.deepEqual(graph.shape('query.heads'), [2, 5, 4]);
  assert.deepEqual(graph.shape('scores'), [2, 5, 5]);
  assert.deepEqual(graph.shape('mixed'), [2, 5, 4]);
  assert.deepEqual(graph.shape('encoded'), [5, 8]);

  // Per head 5·5 scores of 4 products each; the same to mix: 2·25·4 = 200.
  assert.equal(operatorCost(graph, 'scores').macs, 200);
  assert.equal(operatorCost(graph, 'mixed').macs, 200);
  // 5 tokens · (8 weights + 1 bias) · 8 outputs = 360, four times; 5·9·16 = 720; 5·17·8 = 680.
  assert.equal(operatorCost(graph, 'query').macs, 360);
  assert.equal(totalCost(graph).macs, 4 * 360 + 200 + 200 + 720 + 680);

  // Embedding 800, places 40, four projections of 72, norms of 16, feed-forward 144 + 136.
  assert.equal(totalCost(graph).parameters, 800 + 40 + 4 * 72 + 2 * 16 + 144 + 136);
});

test('activation bytes count written tensors at the given precision, and views not at all', () => {
  const graph = encoderBlock();
  assert.equal(operatorCost(graph, 'gelu').activationBytes, 5 * 16 * 4);
  assert.equal(operatorCost(graph, 'gelu', 1).activationBytes, 5 * 16);
  assert.equal(operatorCost(graph, 'encoded').activationBytes, 0);
  // tokens 5, words 40, x 40, q k v 120, their heads 120, keyT 40, scores 50, softmax 50, mixed 40,
  // together 40, projected 40, sum 40, norm 40, wide 80, gelu 80, narrow 40, sum 40, norm 40
  assert.equal(totalCost(graph, 1).activationBytes, 945);
});

test('convolutions: dense, grouped and depth-wise, by hand', () => {
  const graph = new OperatorGraph();
  const image = graph.input([16, 10, 10], 'image');
  graph.add(conv2d(32, 3, { bias: true }), [image], 'dense');
  graph.add(conv2d(32, 3, { groups: 4 }), [image], 'grouped');
  graph.add(conv2d(16, 5, { groups: 16, stride: 2 }), [image], 'depthwise');
  // 16·32·9 weights and 32 biases at 100 pixels; a quarter of the weights; 16·25 weights at 5·5 pixels.
  assert.deepEqual(operatorCost(graph, 'dense'), {
    macs: 464_000,
    parameters: 4640,
    activationBytes: 12_800,
  });
  assert.deepEqual(operatorCost(graph, 'grouped'), {
    macs: 115_200,
    parameters: 1152,
    activationBytes: 12_800,
  });
  assert.deepEqual(operatorCost(graph, 'depthwise'), {
    macs: 10_000,
    parameters: 400,
    activationBytes: 1600,
  });
});

test('batch normalisation has scale and shift per channel, and no MACs', () => {
  const graph = new OperatorGraph();
  const image = graph.input([16, 10, 10]);
  const norm = graph.add({ kind: 'batchNorm' }, [image]);
  assert.deepEqual(operatorCost(graph, norm, 1), { macs: 0, parameters: 32, activationBytes: 1600 });
});
