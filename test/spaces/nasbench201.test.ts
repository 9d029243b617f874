import assert from 'node:assert/strict';
import test from 'node:test';
import { Random } from '../../src/base/random.js';
import { totalCost } from '../../src/network/cost.js';
import { OperatorGraph } from '../../src/network/graph.js';
import { architecturesOf } from '../../src/spaces/architectures.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import type { Architecture } from '../../src/spaces/space.js';
import { needsShared } from '../shared-data.js';
import { assertEncodesItsGraph, assertRefused } from './checks.js';
import { publishedRows } from './published-rows.js';

const COST = 'nasbench201/cost.csv.gz';
const ACCURACY = 'nasbench201/accuracy.csv.gz';

/** A cell written briefly: one letter per edge, n s 1 3 a. */
function cell(letters: string): Architecture {
  return Uint8Array.from(letters, (letter) => 'ns13a'.indexOf(letter));
}

test('all 15,625 cells are enumerated, each once, and index and string lead back to them', () => {
  const seen = new Set<string>();
  let index = 0;
  for (const architecture of architecturesOf(space)) {
    const text = space.format(architecture);
    seen.add(text);
    assert.deepEqual(space.parse(text), architecture);
    assert.equal(space.indexOf(architecture), index++);
  }
  assert.equal(seen.size, 15_625);
});

test("index, class and activity agree with the benchmark's own for every cell", {
  skip: needsShared(ACCURACY),
}, () => {
  const classes = new Set<string>();
  const costs = publishedRows(COST);
  for (const [i, row] of publishedRows(ACCURACY).entries()) {
    const architecture = space.parse(row.arch_str);
    assert.equal(space.indexOf(architecture), Number(row.arch_index));
    assert.equal(space.format(space.at(Number(row.arch_index))), row.arch_str);
    assert.equal(space.classOf(architecture), row.unique_str);
    assert.equal(space.isConnected(architecture), costs[i].disconnected === '0');
    const active = space.units(space.prune(architecture));
    const count = (operation: string) => String(active.filter((unit) => unit === operation).length);
    assert.equal(count('nor_conv_3x3'), costs[i].n_active_conv3x3);
    assert.equal(count('nor_conv_1x1'), costs[i].n_active_conv1x1);
    assert.equal(count('avg_pool_3x3'), costs[i].n_active_avgpool);
    assert.equal(count('skip_connect'), costs[i].n_active_skip);
    classes.add(row.unique_str);
  }
  assert.equal(classes.size, 6466);
});

test('MACs equal the published ones for every cell', { skip: needsShared(COST) }, () => {
  for (const row of publishedRows(COST)) {
    assert.equal(
      (space.macs(space.parse(row.arch_str)) / 1e6).toFixed(5),
      Number(row.flops_cifar10_m).toFixed(5),
    );
  }
});

test("the full network's MACs and parameters equal the published ones", { skip: needsShared(COST) }, () => {
  for (const row of publishedRows(COST).filter((_, i) => i % 30 === 0)) {
    const architecture = space.parse(row.arch_str);
    const { macs, parameters } = totalCost(space.toNetwork(architecture));
    assert.equal(macs, space.macs(architecture));
    assert.equal((parameters / 1e6).toFixed(6), Number(row.params_cifar10_m).toFixed(6));
  }
});

test('the empty cell has only the fixed parts: 7.783 M MACs, worked out by hand', () => {
  // Stem 3·9·16·32²; each reduction 9·C·2C·H² + 9·4C²·H² + 2C²·H² = 3,670,016 at 16·16² and 32·8²; classifier 65·10.
  assert.equal(space.macs(cell('nnnnnn')), 442_368 + 2 * 3_670_016 + 650);
});

test('the network has 5 cells a stage, halves the image twice, and ends in ten classes', () => {
  const network = space.toNetwork(cell('333333'));
  const shapesOf = (kind: string) =>
    network
      .names()
      .filter((name) => network.operator(name).kind === kind)
      .map((name) => network.shape(name).join('×'));
  const convolutions = shapesOf('conv2d');
  for (const shape of ['16×32×32', '32×16×16', '64×8×8']) {
    assert.ok(convolutions.filter((other) => other === shape).length >= 30, shape);
  }
  // 6 operations in 15 cells, the stem, 3 in each of 2 reductions.
  assert.equal(convolutions.length, 6 * 15 + 1 + 2 * 3);
  assert.deepEqual(shapesOf('output'), ['10']);
});

test('every cell, also a disconnected one, gives a valid network that can be written down and read', () => {
  for (const letters of ['nnnnnn', 'ssssss', '3nnnnn', 'n3nnn3', 'a1s3na']) {
    const network = space.toNetwork(cell(letters));
    assert.equal(OperatorGraph.from(network.nodes()).order, network.order);
  }
});

test('operations that cannot reach the output run in the network, and not in the pruned one', () => {
  // 0→1 is a convolution, and nothing but none leaves tensor 1.
  const dead = cell('3nn1nn');
  const convolutions = (architecture: Architecture) =>
    space
      .toNetwork(architecture)
      .nodes()
      .filter(({ operator }) => operator.kind === 'conv2d').length;
  assert.equal(convolutions(dead) - convolutions(space.prune(dead)), 15);
  assert.deepEqual(space.prune(dead), cell('nnn1nn'));
});

test('pruning keeps the class of a connected cell and changes nothing the second time', () => {
  for (let index = 0; index < space.size; index += 7) {
    const architecture = space.at(index);
    const pruned = space.prune(architecture);
    assert.deepEqual(space.prune(pruned), pruned);
    assert.equal(space.isConnected(pruned), space.isConnected(architecture));
  }
});

test('a cell has 24 neighbours, each one operation away', () => {
  const origin = cell('n3s1a3');
  const neighbours = space.neighbours(origin);
  assert.equal(new Set(neighbours.map(space.format)).size, 24);
  for (const neighbour of neighbours) {
    assert.equal(neighbour.filter((option, k) => option !== origin[k]).length, 1);
  }
});

test('sampling is repeated by its seed and reaches every operation on every edge', () => {
  const draw = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 200 }, () => space.format(space.sample(random)));
  };
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
  const sampled = draw(3).map(space.parse);
  for (let k = 0; k < 6; k++) assert.equal(new Set(sampled.map((architecture) => architecture[k])).size, 5);
});

test('a malformed cell is refused with the part that is wrong and what would be right', () => {
  assertRefused(space, [
    ['', /expected "\|" at character 1/],
    ['|skip_connect~0|', /expected "\|\+\|" at character 16/],
    [
      space.example.replace('avg_pool_3x3', 'max_pool_3x3'),
      /unknown operation "max_pool_3x3".*known are none, skip/,
    ],
    [space.example.replace('avg_pool_3x3~1', 'avg_pool_3x3~0'), /must read from ~1, not ~0/],
    [`${space.example}x`, /the end at character/],
    [space.example.slice(0, -1), /expected '\|' and the end/],
    [space.example.replaceAll('~', '-'), /has no '~0'/],
  ]);
  for (const index of [-1, 15_625, 0.5]) assert.throws(() => space.at(index), /from 0 to 15624/);
});

test('the predictor graph is wired as data flows, and none carries nothing', () => {
  // Worked out by hand: 0→1 conv feeds 1→2 (none) and 1→3 (skip); 0→2 conv feeds 2→3; 0→3 is a pool.
  const architecture = cell('33nasa');
  const graph = space.toPredictorGraph(architecture);
  assert.deepEqual(graph.mapEdges((_edge, _attributes, from, to) => `${from} ${to}`).toSorted(), [
    '0→1 1→3',
    '0→2 2→3',
    '0→3 output',
    '1→3 output',
    '2→3 output',
    'input 0→1',
    'input 0→2',
    'input 0→3',
  ]);
  assert.deepEqual(
    graph.filterNodes((_, { alive }) => !alive),
    ['1→2'],
  );
});

test('encoding writes what the encoder of predictor graphs does, for all 15,625 cells', () => {
  assertEncodesItsGraph(
    space,
    Array.from({ length: space.size }, (_, index) => space.at(index)),
  );
});
