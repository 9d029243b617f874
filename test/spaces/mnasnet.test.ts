import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../src/base/errors.js';
import { Random } from '../../src/base/random.js';
import { totalCost } from '../../src/network/cost.js';
import type { OperatorGraph } from '../../src/network/graph.js';
import { mnasnet as space } from '../../src/spaces/mnasnet/space.js';
import type { Architecture } from '../../src/spaces/space.js';
import { needsShared } from '../shared-data.js';
import { assertChain, assertRefused, featuresKey } from './checks.js';
import { publishedRows } from './published-rows.js';

const PUBLISHED = 'accelnasbench/mnasnet_accel.csv.gz';

const architectures = fc
  .tuple(...space.slots.map(({ options }) => fc.nat(options.length - 1)))
  .map((options) => Uint8Array.from(options));

function published(): { architecture: Architecture; macs: number; parameters: number }[] {
  return publishedRows(PUBLISHED).map((row) => ({
    architecture: Uint8Array.from(space.slots, ({ name, options }) => {
      assert.ok(options.includes(row[name]), `${name} is ${row[name]}`);
      return options.indexOf(row[name]);
    }),
    macs: Math.round(Number(row.macs_m) * 1e6),
    parameters: Math.round(Number(row.params_m) * 1e6),
  }));
}

/**
 * What Accel-NASBench's counter (the rules of the tool `thop`) counts beyond our MACs: 4 operations per
 * batch-normalised element and H·W + 1 per globally pooled channel; it leaves biases out.
 */
function countedBeyondMacs(network: OperatorGraph): number {
  let extra = 0;
  for (const name of network.names()) {
    const operator = network.operator(name);
    const [channels, height, width] = network.shape(name);
    if (operator.kind === 'batchNorm') extra += 4 * channels * height * width;
    if (operator.kind === 'globalAvgPool') {
      const [, from, across] = network.shape(network.inputs(name)[0]);
      extra += channels * (from * across + 1);
    }
    if ((operator.kind === 'conv2d' || operator.kind === 'linear') && operator.bias) extra -= channels;
  }
  return extra;
}

test('parameters equal the published ones for every network, and MACs up to what their counter adds', {
  skip: needsShared(PUBLISHED),
}, () => {
  for (const { architecture, macs, parameters } of published()) {
    const network = space.toNetwork(architecture);
    const cost = totalCost(network);
    assert.equal(cost.parameters, parameters);
    assert.equal(cost.macs + countedBeyondMacs(network), macs);
  }
});

test('the quick MACs are those of the full network', () => {
  fc.assert(
    fc.property(architectures, (architecture) => {
      assert.equal(space.macs(architecture), totalCost(space.toNetwork(architecture)).macs);
    }),
    { numRuns: 50, seed: 1 },
  );
});

test('string and index lead back to the architecture', () => {
  fc.assert(
    fc.property(architectures, (architecture) => {
      assert.deepEqual(space.parse(space.format(architecture)), architecture);
      assert.deepEqual(space.at(space.indexOf(architecture)), architecture);
    }),
    { seed: 1 },
  );
});

test('36 choices for each block, and 48 for the sixth, which may have four layers', () => {
  assert.equal(space.size, 36 ** 6 * 48);
  assert.ok(Number.isSafeInteger(space.size));
  assert.equal(space.indexOf(space.at(space.size - 1)), space.size - 1);
  assert.throws(() => space.at(space.size), InputError);
});

test('the least network has the MACs and parameters worked out by hand', () => {
  const network = space.toNetwork(space.at(0));
  // Without expansion a layer is k²·C weights depth-wise and C·C' to project. Height and width after the stem
  // 112, then 112, 56, 28, 14, 14, 7, 7; the head is 320·1280 at 7² and (1280 + 1)·1000.
  const widths = [32, 16, 24, 40, 80, 112, 192, 320];
  const sizes = [112, 56, 28, 14, 14, 7, 7];
  let macs = 27 * 32 * 112 ** 2 + 320 * 1280 * 7 ** 2 + 1281 * 1000;
  let parameters = 27 * 32 + 2 * 32 + 320 * 1280 + 2 * 1280 + 1281 * 1000;
  for (let block = 0; block < 7; block++) {
    const [from, to] = [widths[block], widths[block + 1]];
    macs += (9 * from + from * to) * sizes[block] ** 2;
    parameters += 9 * from + 2 * from + from * to + 2 * to;
  }
  const cost = totalCost(network);
  assert.deepEqual([cost.macs, cost.parameters], [macs, parameters]);
});

test('squeeze-excite has a quarter of the layer input channels inside, and scales each channel', () => {
  const network = space.toNetwork(space.parse(space.example));
  const scale = network.names().find((name) => name.startsWith('block2') && name.endsWith('scale')) as string;
  const [x, gate] = network.inputs(scale);
  // The first layer of block 2 has 24 channels, 4 times expanded.
  assert.deepEqual(network.shape(x), [96, 28, 28]);
  assert.deepEqual(network.shape(gate), [96, 1, 1]);
  assert.deepEqual(network.shape(scale.replace('scale', 'reduce')), [6, 1, 1]);
});

test('layers are residual where shape allows it', () => {
  const sums = (text: string) =>
    space
      .toNetwork(space.parse(text))
      .nodes()
      .filter(({ operator }) => operator.kind === 'add').length;
  assert.equal(sums(space.format(space.at(0))), 0);
  // One to two later layers in blocks 1 to 5 of the example: 1 + 2 + 2 + 1 + 2.
  assert.equal(sums(space.example), 8);
});

test('the predictor graph is the chain of layers, and encoding writes it', () => {
  const architecture = space.parse(space.example);
  const value = assertChain(space, architecture, 2 + (1 + 2 + 3 + 3 + 2 + 3 + 1));
  assert.equal(value(0, 'stem'), 1);
  assert.equal(value(space.toPredictorGraph(architecture).order - 1, 'head'), 1);
  // Node 4 is the first layer of block 2: e4 k5 se1, stride 2. Node 3 is the second of block 1: e6 k3 se0.
  for (const feature of ['expansion4', 'kernel5', 'squeeze_excite', 'stride2', 'block2', 'first_of_block']) {
    assert.equal(value(4, feature), 1, feature);
    assert.equal(value(3, feature), 0, feature);
  }
});

test('no two architectures have the same predictor graph', () => {
  const key = (architecture: Architecture) => featuresKey(space, architecture);
  const random = new Random(5);
  for (let i = 0; i < 20; i++) {
    const origin = space.sample(random);
    const keys = [origin, ...space.neighbours(origin)].map(key);
    assert.equal(new Set(keys).size, keys.length);
  }
});

test('a network has 43 neighbours, each one choice away', () => {
  // Per block 2 + 1 + 2 + 1 other choices, and one more in the sixth.
  const origin = space.parse(space.example);
  const neighbours = space.neighbours(origin);
  assert.equal(new Set(neighbours.map(space.format)).size, 7 * 6 + 1);
  for (const neighbour of neighbours) {
    assert.equal(neighbour.filter((option, i) => option !== origin[i]).length, 1);
  }
});

test('units are the seven blocks as chosen, and all possible ones are listed', () => {
  const units = space.units(space.parse(space.example));
  assert.equal(units.length, 7);
  assert.equal(units[2], 'block2_e4k5l3se1');
  for (const unit of units) assert.ok(space.unitNames.includes(unit));
  assert.equal(new Set(space.unitNames).size, 6 * 36 + 48);
});

test('a malformed string is refused with the part that is wrong and what would be right', () => {
  assertRefused(space, [
    ['e6k3l1se0', /it has 1 blocks.* must have 7/],
    [space.example.replace('k5l3se1_e6k3', 'k7l3se1_e6k3'), /block2_k is "7", and must be one of 3, 5/],
    [space.example.replace('e1k3l1', 'e1k3l4'), /block0_l is "4", and must be one of 1, 2, 3/],
    [space.example.replace('e1k3l1se0', 'e1k3se0'), /block 0 is "e1k3se0", and must be written as/],
    [` ${space.example}`, /block 0/],
    [space.example.replace('se1', 'se01'), /block2_se is "01"/],
  ]);
});
