import assert from 'node:assert/strict';
import test from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { OperatorGraph, type OperatorNode } from '../../src/network/graph.js';
import { conv2d, pool } from '../../src/network/operator.js';

const throwsNaming = (action: () => unknown, ...parts: RegExp[]) =>
  assert.throws(action, (error) => {
    assert.ok(error instanceof InputError);
    for (const part of parts) assert.match(error.message, part);
    return true;
  });

/** A square and a sum of the same tensor: both read it twice. */
function squareAndDouble(): OperatorNode[] {
  return [
    { name: 'x', operator: { kind: 'input', shape: [4] }, inputs: [] },
    { name: 'square', operator: { kind: 'mul' }, inputs: ['x', 'x'] },
    { name: 'sum', operator: { kind: 'add' }, inputs: ['square', 'x'] },
    { name: 'y', operator: { kind: 'output' }, inputs: ['sum'] },
  ];
}

test('a graph built from nodes in any order has each node behind its inputs', () => {
  const graph = OperatorGraph.from(squareAndDouble().reverse());
  const position = new Map(graph.names().map((name, i) => [name, i]));
  for (const { name, inputs } of graph.nodes()) {
    for (const input of inputs) assert.ok((position.get(input) as number) < (position.get(name) as number));
  }
  assert.equal(graph.order, 4);
});

test('inputs keep their order, and a tensor read twice is there twice', () => {
  const graph = OperatorGraph.from(squareAndDouble());
  assert.deepEqual(graph.inputs('square'), ['x', 'x']);
  assert.deepEqual(graph.inputs('sum'), ['square', 'x']);
  assert.deepEqual(graph.readers('x').toSorted(), ['square', 'sum']);
});

test('a graph written down as nodes and read again is the same', () => {
  const graph = OperatorGraph.from(squareAndDouble());
  const again = OperatorGraph.from(JSON.parse(JSON.stringify(graph.nodes())));
  assert.deepEqual(again.nodes(), graph.nodes());
});

test('a cycle is refused, and its nodes are named in order', () => {
  const nodes = squareAndDouble().map((node) =>
    node.name === 'square' ? { ...node, inputs: ['x', 'sum'] } : node,
  );
  throwsNaming(
    () => OperatorGraph.from(nodes),
    /cycle: ("square" → "sum" → "square"|"sum" → "square" → "sum")/,
  );
});

test('a node that reads itself is a cycle', () => {
  const nodes = squareAndDouble().map((node) =>
    node.name === 'square' ? { ...node, inputs: ['x', 'square'] } : node,
  );
  throwsNaming(() => OperatorGraph.from(nodes), /cycle: "square" → "square"/);
});

test('an unknown input, a name used twice, a missing output and a dangling node are named', () => {
  const nodes = squareAndDouble();
  throwsNaming(() => OperatorGraph.from(nodes.filter(({ name }) => name !== 'square')), /"sum"/, /"square"/);
  throwsNaming(() => OperatorGraph.from([...nodes, nodes[1]]), /two operators are named "square"/);
  throwsNaming(() => OperatorGraph.from(nodes.slice(0, 3)), /no output/);
  const extra: OperatorNode = { name: 'forgotten', operator: { kind: 'relu' }, inputs: ['x'] };
  throwsNaming(() => OperatorGraph.from([...nodes, extra]), /"forgotten" \(relu\) is dangling/);
});

test('names are given where none are, and stay unique', () => {
  const graph = new OperatorGraph();
  const x = graph.input([3, 8, 8]);
  const names = [x, graph.add({ kind: 'relu' }, [x]), graph.add({ kind: 'relu' }, [x])];
  assert.equal(new Set(names).size, 3);
  assert.deepEqual(graph.names(), names);
});

test('an operator that cannot read its inputs is refused by name, with what would be right', () => {
  const graph = new OperatorGraph();
  const image = graph.input([6, 8, 8], 'image');
  const other = graph.input([5, 8, 8], 'other');
  const flat = graph.add({ kind: 'flatten' }, [image], 'flat');
  const wrong: [() => unknown, RegExp][] = [
    [
      () => graph.add(conv2d(8, 3, { groups: 4 }), [image], 'bad'),
      /"bad" \(conv2d\): its 4 groups do not divide 6 input/,
    ],
    [
      () => graph.add(conv2d(8, 3, { groups: 3 }), [image], 'bad'),
      /3 groups do not divide 8 output channels/,
    ],
    [
      () => graph.add({ ...conv2d(8, 9), padding: [0, 0, 0, 0] }, [image], 'bad'),
      /kernel covers 9 of the height.* 8/,
    ],
    [
      () => graph.add({ ...conv2d(8, 3), stride: [0, 1] }, [image], 'bad'),
      /stride is \[0,1\].*integers from 1/,
    ],
    [() => graph.add(conv2d(8, 3), [flat], 'bad'), /must be \[channels, height, width\], not \[384\]/],
    [() => graph.add({ kind: 'relu' }, [image, other], 'bad'), /takes 1 inputs, and has 2/],
    [() => graph.add({ kind: 'add' }, [image], 'bad'), /takes at least 2 inputs, and has 1/],
    [() => graph.add({ kind: 'add' }, [image, other], 'bad'), /\[6, 8, 8\] and \[5, 8, 8\].*6 is not 5/],
    [() => graph.add({ kind: 'concat', axis: 1 }, [image, other], 'bad'), /differ outside dimension 1/],
    [() => graph.add({ kind: 'matmul' }, [image, flat], 'bad'), /2 or more dimensions/],
    [() => graph.add({ kind: 'softmax', axis: 3 }, [image], 'bad'), /no dimension 3/],
    [() => graph.add({ kind: 'reshape', shape: [6, 65] }, [image], 'bad'), /384 elements.*390/],
    [() => graph.add({ kind: 'transpose', permutation: [0, 0, 1] }, [image], 'bad'), /not a permutation/],
    [() => graph.add({ kind: 'slice', axis: 0, start: 4, end: 7 }, [image], 'bad'), /beyond dimension 0/],
    // As files have them.
    [() => graph.add({ kind: 'conv2D' } as never, [image], 'bad'), /no such kind of operator; kinds are/],
    [() => graph.add({ kind: 'constructor' } as never, [image], 'bad'), /no such kind of operator/],
    [() => graph.add({ kind: 'linear' } as never, [image], 'bad'), /outFeatures is not given/],
    [
      () => graph.add({ kind: 'linear', outFeatures: 10, bais: true } as never, [image], 'bad'),
      /has no attribute "bais"; it has outFeatures, bias/,
    ],
    [() => graph.add({ kind: 'linear', outFeatures: [4] } as never, [image], 'bad'), /must be one number/],
  ];
  for (const [action, message] of wrong) throwsNaming(action, message, /"bad"/);
  assert.deepEqual(graph.names(), ['image', 'other', 'flat'], 'a refused operator leaves no trace');
});

test('spatial shapes follow the formulas of the ONNX operator reference', () => {
  const graph = new OperatorGraph();
  const image = graph.input([3, 224, 224]);
  const shapeOf = (...args: Parameters<OperatorGraph['add']>) => graph.shape(graph.add(...args));
  // ResNet's stem: ⌊(224 + 2·3 − 7) / 2⌋ + 1 = 112, then ⌊(112 + 2 − 3) / 2⌋ + 1 = 56.
  const stem = graph.add(conv2d(64, 7, { stride: 2 }), [image]);
  assert.deepEqual(graph.shape(stem), [64, 112, 112]);
  assert.deepEqual(shapeOf(pool('maxPool', 3, 2, 1), [stem]), [64, 56, 56]);
  // SqueezeNet's first pooling rounds up: ⌈(112 − 3) / 2⌉ + 1 = 56, where rounding down gives 55.
  assert.deepEqual(shapeOf(pool('maxPool', 3, 2), [stem]), [64, 55, 55]);
  assert.deepEqual(shapeOf({ ...pool('maxPool', 3, 2), ceil: true }, [stem]), [64, 56, 56]);
  // A 1×3 kernel with dilation 2 covers 5 columns.
  const wide = { ...conv2d(8, 3), kernel: [1, 3], dilation: [1, 2], padding: [0, 0, 0, 0] } as const;
  assert.deepEqual(shapeOf(wide, [image]), [8, 224, 220]);
  // Transposed: (112 − 1)·2 + 3 + 1 − 1 − 1 = 224.
  const up = { ...conv2d(3, 3, { stride: 2 }), kind: 'convTranspose2d', outputPadding: [1, 1] } as const;
  assert.deepEqual(shapeOf(up, [stem]), [3, 224, 224]);
  assert.deepEqual(shapeOf({ kind: 'globalAvgPool' }, [stem]), [64, 1, 1]);
  assert.deepEqual(shapeOf({ kind: 'pad', padding: [1, 2, 3, 4] }, [image]), [3, 228, 230]);
  assert.deepEqual(shapeOf({ kind: 'reduceMean', axes: [1, 2], keepDimensions: false }, [stem]), [64]);
});
