import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../src/base/errors.js';
import { Random } from '../../src/base/random.js';
import { totalCost } from '../../src/network/cost.js';
import { layersOf, type OfaLayer, ofaLayersNetwork } from '../../src/spaces/ofa/network.js';
import { ofa as space } from '../../src/spaces/ofa/space.js';
import type { Architecture } from '../../src/spaces/space.js';
import { needsShared } from '../shared-data.js';
import { assertChain, assertRefused, featuresKey } from './checks.js';
import { publishedRows } from './published-rows.js';

const PUBLISHED = 'ofa/latency.csv.gz';

const architectures = fc.integer().map((seed) => space.sample(new Random(seed)));

/** A network whose stages all have the same depth, kernel and expansion. */
function uniform(resolution: number, depth: number, block: string): Architecture {
  const stage = Array(depth).fill(block).join('-');
  return space.parse(`r${resolution}_${Array(5).fill(stage).join('_')}`);
}

test('every published architecture is read, and its string says what runs and nothing else', {
  skip: needsShared(PUBLISHED),
}, () => {
  const rows = publishedRows(PUBLISHED);
  const seen = new Set<string>();
  for (const { ks, expand, depth, resolution } of rows) {
    const [kernels, expansions] = [ks.split('-'), expand.split('-')];
    const stages = depth
      .split('-')
      .map((d, stage) =>
        Array.from(
          { length: Number(d) },
          (_, b) => `k${kernels[4 * stage + b]}e${expansions[4 * stage + b]}`,
        ),
      );
    const text = [`r${resolution}`, ...stages.map((blocks) => blocks.join('-'))].join('_');
    assert.equal(space.format(space.parse(text)), text);
    seen.add(text);
  }
  assert.equal(seen.size, rows.length);
});

test('its layers build MobileNetV3-Large with the published MACs and parameters', () => {
  // Howard et al., arXiv:1905.02244, table 1: kernel, expanded channels, output channels, squeeze-excite, h-swish, stride.
  const table: [number, number, number, boolean, boolean, number][] = [
    [3, 64, 24, false, false, 2],
    [3, 72, 24, false, false, 1],
    [5, 72, 40, true, false, 2],
    [5, 120, 40, true, false, 1],
    [5, 120, 40, true, false, 1],
    [3, 240, 80, false, true, 2],
    [3, 200, 80, false, true, 1],
    [3, 184, 80, false, true, 1],
    [3, 184, 80, false, true, 1],
    [3, 480, 112, true, true, 1],
    [3, 672, 112, true, true, 1],
    [5, 672, 160, true, true, 2],
    [5, 960, 160, true, true, 1],
    [5, 960, 160, true, true, 1],
  ];
  const [stem, fixed, any, ...rest] = layersOf(uniform(224, 2, 'k3e3'));
  const blocks: OfaLayer[] = [];
  let inChannels = 16;
  let resolution = 112;
  for (const [kernel, expanded, outChannels, squeezeExcite, hardSwish, stride] of table) {
    const activation = hardSwish ? 'hardSwish' : 'relu';
    const expansion = expanded / inChannels;
    const shape = { kernel, expansion, stride, inChannels, outChannels, resolution };
    blocks.push({ ...any, ...shape, squeezeExcite, activation });
    inChannels = outChannels;
    resolution /= stride;
  }
  const { macs, parameters } = totalCost(ofaLayersNetwork([stem, fixed, ...blocks, rest[rest.length - 1]]));
  // torchvision's has 5,483,032 parameters; OFA's has no bias in the convolution from 960 to 1,280 channels.
  assert.equal(parameters, 5_483_032 - 1280);
  // The authors state 217 million (models/research/slim/nets/mobilenet, v3-large 1.0).
  assert.equal(Math.round(macs / 1e6), 217);
});

test("sub-networks have the parameters that OFA's own code gives them", () => {
  const parameters = (architecture: Architecture) => totalCost(space.toNetwork(architecture)).parameters;
  // Printed by the authors' OFAMobileNetV3 of width 1.0 for its largest, its smallest and a random sub-network.
  assert.equal(parameters(uniform(224, 4, 'k7e6')), 7_664_760);
  assert.equal(parameters(uniform(224, 2, 'k3e3')), 3_410_792);
  const random = 'r224_k7e3-k7e6_k5e4-k5e4_k5e6-k3e6_k5e4-k7e3-k7e4_k3e4-k3e3-k3e6';
  assert.equal(parameters(space.parse(random)), 4_636_232);
});

test('the quick MACs are those of the full network', () => {
  fc.assert(
    fc.property(architectures, (architecture) => {
      assert.equal(space.macs(architecture), totalCost(space.toNetwork(architecture)).macs);
    }),
    { numRuns: 40, seed: 1 },
  );
});

test('the string leads back to the architecture', () => {
  fc.assert(
    fc.property(architectures, (architecture) => {
      assert.deepEqual(space.parse(space.format(architecture)), architecture);
    }),
    { seed: 1 },
  );
});

test('images of any size halve five times, rounded up', () => {
  // 132 → 66 → 33 → 17 → 9 → 9 → 5, worked out by hand.
  const network = space.toNetwork(uniform(132, 2, 'k7e3'));
  const sizes = network.names().flatMap((name) => {
    const shape = network.shape(name);
    return network.operator(name).kind === 'conv2d' && shape[1] > 1 ? [shape[1]] : [];
  });
  assert.deepEqual([...new Set(sizes)], [66, 33, 17, 9, 5]);
});

test('squeeze-excite is in the second, fourth and fifth stage, h-swish from the third on', () => {
  const nodes = space.toNetwork(uniform(128, 3, 'k5e4')).nodes();
  const stagesWith = (kind: string) => [
    ...new Set(
      nodes.flatMap(({ name, operator }) => (operator.kind === kind ? (/^stage\d/.exec(name) ?? []) : [])),
    ),
  ];
  assert.deepEqual(stagesWith('hardSigmoid'), ['stage1', 'stage3', 'stage4']);
  assert.deepEqual(stagesWith('hardSwish'), ['stage2', 'stage3', 'stage4']);
});

test('depth, kernel, expansion and resolution each cost', () => {
  const macs = (resolution: number, depth: number, block: string) =>
    space.macs(uniform(resolution, depth, block));
  const least = macs(128, 2, 'k3e3');
  for (const more of [
    macs(132, 2, 'k3e3'),
    macs(128, 3, 'k3e3'),
    macs(128, 2, 'k5e3'),
    macs(128, 2, 'k3e4'),
  ]) {
    assert.ok(more > least);
  }
});

test('the space has the 7,371 stages to the fifth power times 25 sizes, and refuses to number them', () => {
  assert.equal(space.size, 25 * (9 ** 2 + 9 ** 3 + 9 ** 4) ** 5);
  for (const number of [() => space.at(0), () => space.indexOf(space.parse(space.example))]) {
    assert.throws(
      number,
      (error) => error instanceof InputError && /5\.4e\+20.*too many/.test(error.message),
    );
  }
});

test('neighbours are other networks, one choice of a block, depth or size away', () => {
  fc.assert(
    fc.property(architectures, (architecture) => {
      const own = space.format(architecture);
      const neighbours = space.neighbours(architecture).map(space.format);
      assert.equal(new Set(neighbours).size, neighbours.length);
      assert.ok(!neighbours.includes(own));
      // 24 sizes, two depths for each stage, two kernels and two expansions for each block that is there.
      const blocks = space.units(architecture).length - 1;
      assert.equal(neighbours.length, 24 + 2 * 5 + 4 * blocks);
      for (const neighbour of neighbours) assert.equal(space.format(space.parse(neighbour)), neighbour);
    }),
    { numRuns: 50, seed: 1 },
  );
});

test('units are the blocks that run and what is fixed, and all possible ones are listed', () => {
  const units = space.units(space.parse(space.example));
  assert.equal(units.length, 1 + 3 + 2 + 4 + 3 + 3);
  assert.deepEqual(units.slice(0, 3), ['fixed_r176', 'stage0_first_k3e4', 'stage0_later_k5e3']);
  for (const unit of units) assert.ok(space.unitNames.includes(unit), unit);
  assert.equal(new Set(space.unitNames).size, 25 + 5 * 2 * 9);
});

test('the predictor graph is the chain of layers, and encoding writes it', () => {
  const architecture = space.parse(space.example);
  const value = assertChain(space, architecture, 3 + 15);
  // Node 7 is the first block of stage 2: k7e6, stride 2, h-swish. Node 6 is the second of stage 1: k5e3.
  for (const feature of ['kernel7', 'expansion6', 'hard_swish', 'stride2', 'stage2', 'first_of_stage']) {
    assert.equal(value(7, feature), 1, feature);
    assert.equal(value(6, feature), 0, feature);
  }
});

test('no two networks have the same predictor graph', () => {
  const key = (architecture: Architecture) => featuresKey(space, architecture);
  const random = new Random(5);
  for (let i = 0; i < 10; i++) {
    const origin = space.sample(random);
    const keys = [origin, ...space.neighbours(origin)].map(key);
    assert.equal(new Set(keys).size, keys.length);
  }
});

test('a malformed string is refused with the part that is wrong and what would be right', () => {
  assertRefused(space, [
    ['', /resolution and 5 stages joined by '_'/],
    [space.example.replace('r176', '176'), /resolution and 5 stages/],
    [space.example.replace('r176', 'r178'), /resolution is "178", and must be one of 128, 132/],
    [space.example.replace('k3e4-k5e3-k3e6', 'k3e4'), /stage0_depth is "1", and must be one of 2, 3, 4/],
    [space.example.replace('k3e4', 'k9e4'), /stage0_block0_ks is "9", and must be one of 3, 5, 7/],
    [space.example.replace('k3e4', 'k3e5'), /stage0_block0_expand is "5", and must be one of 3, 4, 6/],
    [space.example.replace('k3e4', 'k3'), /block 0 of stage 0 is "k3", and must be written as/],
  ]);
});
