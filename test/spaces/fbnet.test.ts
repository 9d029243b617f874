import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Matrix, solve } from 'ml-matrix';
import { InputError } from '../../src/base/errors.js';
import { Random } from '../../src/base/random.js';
import { totalCost } from '../../src/network/cost.js';
import type { OperatorGraph } from '../../src/network/graph.js';
import { fbnet as space } from '../../src/spaces/fbnet/space.js';
import type { Architecture } from '../../src/spaces/space.js';
import { needsShared } from '../shared-data.js';
import { assertChain, assertRefused, featuresKey } from './checks.js';
import { publishedRows } from './published-rows.js';

const COST = 'fbnet/zero_cost.csv.gz';
const LATENCY = 'fbnet/latency.csv.gz';
const OPERATIONS = 'fbnet/ops.csv.gz';

const architectures = fc
  .tuple(...space.slots.map(({ options }) => fc.nat(options.length - 1)))
  .map((options) => Uint8Array.from(options));

test("operations are numbered as in the data's own list", { skip: needsShared(OPERATIONS) }, () => {
  assert.deepEqual(
    publishedRows(OPERATIONS).map(({ op_name }) => op_name),
    space.slots[0].options,
  );
});

test('every published architecture is read and written back', { skip: needsShared(LATENCY) }, () => {
  for (const { block_ops } of publishedRows(LATENCY)) {
    assert.equal(space.format(space.parse(block_ops)), block_ops);
  }
});

/**
 * What the tool `flopth`, with which the published numbers were made, counts beyond our MACs: 2 operations per
 * normalised element, 1 per activated element (of the two activations in a block, which share a module, only the
 * second), 1 per element pooled; it leaves the classifier's biases out.
 */
function countedBeyondMacs(network: OperatorGraph): number {
  const elements = (name: string) => network.shape(name).reduce((size, dimension) => size * dimension, 1);
  let extra = -100;
  for (const name of network.names()) {
    const { kind } = network.operator(name);
    if (kind === 'batchNorm') extra += 2 * elements(name);
    if (kind === 'relu' && !name.includes('.expand.')) extra += elements(name);
    if (kind === 'globalAvgPool') extra += elements(network.inputs(name)[0]);
  }
  return extra;
}

test('parameters equal the published ones, and MACs up to what their counter adds', {
  skip: needsShared(COST),
}, () => {
  for (const { block_ops, flops, params } of publishedRows(COST).filter((_, i) => i % 20 === 0)) {
    const network = space.toNetwork(space.parse(block_ops));
    const { macs, parameters } = totalCost(network);
    assert.equal(parameters, Number(params));
    // Published with 7 significant digits.
    assert.equal((macs + countedBeyondMacs(network)).toPrecision(7), Number(flops).toPrecision(7));
  }
});

test('HW-NAS-Bench’s fpga and pixel3 are sums of a time per unit', { skip: needsShared(LATENCY) }, () => {
  const rows = publishedRows(LATENCY);
  const counts = Matrix.zeros(rows.length, space.unitNames.length + 1);
  for (const [i, { block_ops }] of rows.entries()) {
    for (const unit of space.units(space.parse(block_ops))) {
      const column = space.unitNames.indexOf(unit);
      counts.set(i, column, counts.get(i, column) + 1);
    }
    counts.set(i, space.unitNames.length, 1);
  }
  // Normal equations; first operations of a stage sum to the constant, which a tiny ridge settles.
  const transposed = counts.transpose();
  const gram = transposed.mmul(counts).add(Matrix.eye(counts.columns).mul(1e-6));
  for (const device of ['fpga', 'pixel3']) {
    const latency = Matrix.columnVector(rows.map((row) => Number(row[device])));
    const times = solve(gram, transposed.mmul(latency));
    const errors = counts.mmul(times).sub(latency).to1DArray().map(Math.abs);
    assert.ok(Math.max(...errors) < 1e-6, `${device}: ${Math.max(...errors)}`);
  }
});

test('the quick MACs are those of the full network', () => {
  fc.assert(
    fc.property(architectures, (architecture) => {
      assert.equal(space.macs(architecture), totalCost(space.toNetwork(architecture)).macs);
    }),
    { numRuns: 40, seed: 1 },
  );
});

test('the least network, skips alone, has the MACs and parameters worked out by hand', () => {
  const { macs, parameters } = totalCost(space.toNetwork(new Uint8Array(22).fill(8)));
  // Only a stage's first skip convolves, with C·C' weights; its output is 32, 16, 8, 8, 4, 4 wide.
  const widths = [16, 24, 32, 64, 112, 184, 352];
  const sizes = [32, 16, 8, 8, 4, 4];
  let expectedMacs = 27 * 16 * 32 ** 2 + 352 * 1504 * 4 ** 2 + 1505 * 100;
  let expectedParameters = 27 * 16 + 2 * 16 + 352 * 1504 + 2 * 1504 + 1505 * 100;
  for (const [stage, size] of sizes.entries()) {
    const [from, to] = [widths[stage], widths[stage + 1]];
    expectedMacs += from * to * size ** 2;
    expectedParameters += from * to + 2 * to;
  }
  assert.deepEqual([macs, parameters], [expectedMacs, expectedParameters]);
});

test('grouped operations shuffle the channels between their 1×1 convolutions', () => {
  const network = space.toNetwork(new Uint8Array(22).fill(1));
  const depthwise = network.names().find((name) => name.endsWith('depthwise.conv')) as string;
  const joined = network.inputs(depthwise)[0];
  const transposed = network.inputs(joined)[0];
  assert.deepEqual(network.shape(joined), [16, 32, 32]);
  // Two groups of 8 channels become 8 pairs with one channel of each.
  assert.deepEqual(network.shape(network.inputs(transposed)[0]), [2, 8, 32, 32]);
  assert.deepEqual(network.shape(transposed), [8, 2, 32, 32]);
});

test('there are 9²² networks, and they are not numbered', () => {
  assert.equal(space.size, 9 ** 22);
  for (const number of [() => space.at(0), () => space.indexOf(space.parse(space.example))]) {
    assert.throws(
      number,
      (error) => error instanceof InputError && /9\.8e\+20.*too many/.test(error.message),
    );
  }
});

test('a network has 176 neighbours, each one operation away', () => {
  const origin = space.parse(space.example);
  const neighbours = space.neighbours(origin);
  assert.equal(new Set(neighbours.map(space.format)).size, 22 * 8);
  for (const neighbour of neighbours) {
    assert.equal(neighbour.filter((option, i) => option !== origin[i]).length, 1);
  }
});

test('where in a stage a skip passes its input on makes no difference; elsewhere it does', () => {
  const base = space.parse('3-3-8-3-0-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3');
  const moved = space.parse('3-3-3-8-0-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3');
  const otherOrder = space.parse('3-3-8-0-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3');
  const convolved = space.parse('3-8-3-3-0-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3');
  assert.equal(space.classOf(moved), space.classOf(base));
  for (const other of [otherOrder, convolved]) assert.notEqual(space.classOf(other), space.classOf(base));
});

test('units are the layers that run, by shape, and all possible ones are listed', () => {
  const units = space.units(space.parse(space.example));
  // Skips at positions 3, 4, 8, 12 and 20 pass their input on; that at 17 opens stage 5.
  assert.equal(units.length, 22 - 5);
  assert.deepEqual(units.slice(0, 4), [
    'stage0_first_k3_e1',
    'stage1_first_k3_e6',
    'stage1_later_k3_e3',
    'stage2_first_k5_e6',
  ]);
  assert.equal(units[units.length - 4], 'stage5_first_skip');
  // In 11 shapes all nine operations run or, where skips pass their input on, eight; in the first stage eight.
  assert.equal(new Set(space.unitNames).size, 6 * 9 + 5 * 8 + 8);
  for (const unit of units) assert.ok(space.unitNames.includes(unit), unit);
});

test('the predictor graph is the chain of layers, and encoding writes it', () => {
  const architecture = space.parse(space.example);
  const value = assertChain(space, architecture, 2 + space.units(architecture).length);
  // Node 4 is position 5, the first of stage 2: k5_e6, stride 2. Node 3 is position 2: k3_e3.
  for (const feature of ['expansion6', 'kernel5', 'stride2', 'stage2', 'first_of_stage']) {
    assert.equal(value(4, feature), 1, feature);
    assert.equal(value(3, feature), 0, feature);
  }
});

test('predictor graphs are equal exactly where networks are', () => {
  const key = (architecture: Architecture) => featuresKey(space, architecture);
  const random = new Random(5);
  for (let i = 0; i < 5; i++) {
    const origin = space.sample(random);
    const all = [origin, ...space.neighbours(origin)];
    assert.equal(new Set(all.map(key)).size, new Set(all.map(space.classOf)).size);
  }
});

test('a malformed string is refused with the part that is wrong and what would be right', () => {
  assertRefused(space, [
    ['', /it has 1 operations.* must have 22/],
    [space.example.replace('0-3', '9-3'), /position 0 is "9", and must be one of 0 k3_e1, .* 8 skip/],
    [space.example.replace('0-3', '0--3'), /it has 23 operations/],
    [space.example.replace('0-3', '0-03'), /position 1 is "03"/],
  ]);
});
