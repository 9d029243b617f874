import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { CodesignDevice } from '../../../src/devices/codesign/codesign.js';
import { CHAIDNN, CONFIGURATIONS, configurationAt } from '../../../src/devices/codesign/configuration.js';
import { type AcceleratorOperation, operationsOf } from '../../../src/devices/codesign/operations.js';
import { segmentsOf } from '../../../src/devices/codesign/segments.js';
import { googlenet } from '../../../src/network/zoo/families/googlenet.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';

const RESNET = '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|';
const operations = (cell: string) => operationsOf(nasbench201.toNetwork(nasbench201.parse(cell)));

describe('segments', () => {
  it('are single operations along a chain, and a branch with what joins it', () => {
    const sizes = segmentsOf(operations(RESNET)).map((segment) => segment.length);
    // Each cell: two convolutions, its sum; each reduction: convolution, convolution, pooling, projection and sum.
    const stage = Array(15).fill(1);
    assert.deepEqual(sizes, [1, ...stage, 5, ...stage, 5, ...stage, 1, 1]);
  });

  it('have all operations in order, and read from their own only', () => {
    const all = operationsOf(googlenet());
    const segments = segmentsOf(all);
    assert.deepEqual(
      segments.flat().map(({ node }) => node),
      all.map(({ node }) => node),
    );
    for (const segment of segments) {
      segment.forEach(({ inputs }, i) => {
        assert.ok(inputs.every((input) => input >= 0 && input < i));
      });
    }
  });

  it('end with several operations where nothing joins them', () => {
    const [first] = operations(RESNET);
    const fork: AcceleratorOperation[] = [
      { ...first, inputs: [] },
      { ...first, inputs: [0] },
      { ...first, inputs: [0] },
    ];
    assert.deepEqual(
      segmentsOf(fork).map((segment) => segment.map(({ inputs }) => inputs)),
      [[[]], [[], []]],
    );
  });

  it('take together exactly as long as the network, on any accelerator', () => {
    const random = new Random(5);
    for (let i = 0; i < 40; i++) {
      const network = i === 0 ? googlenet() : nasbench201.toNetwork(nasbench201.prune(connected(random)));
      const all = operationsOf(network);
      const configuration =
        i === 0
          ? { ...CHAIDNN, share3x3: 0.5, poolingEngines: 0 }
          : configurationAt(random.integer(CONFIGURATIONS));
      const device = new CodesignDevice({ ...configuration, poolingEngines: 0 });
      const sum = segmentsOf(all).reduce((cycles, part) => cycles + device.schedule(part).makespan, 0);
      assert.equal(sum, device.schedule(all).makespan);
    }
  });
});

function connected(random: Random): Uint8Array {
  for (;;) {
    const architecture = nasbench201.sample(random);
    if (nasbench201.isConnected(architecture)) return architecture;
  }
}
