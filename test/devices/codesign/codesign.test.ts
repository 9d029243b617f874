import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../../src/base/errors.js';
import { Random } from '../../../src/base/random.js';
import { analyticDevice } from '../../../src/devices/catalogue.js';
import { CodesignDevice } from '../../../src/devices/codesign/codesign.js';
import {
  CHAIDNN,
  CONFIGURATIONS,
  type CodesignConfiguration,
  configurationAt,
} from '../../../src/devices/codesign/configuration.js';
import { CLOCK_MHZ, LAUNCH_CYCLES } from '../../../src/devices/codesign/cycles.js';
import { OperatorGraph } from '../../../src/network/graph.js';
import { conv2d, pool } from '../../../src/network/operator.js';
import { googlenet } from '../../../src/network/zoo/families/googlenet.js';
import { fbnet } from '../../../src/spaces/fbnet/space.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { ofa } from '../../../src/spaces/ofa/space.js';

const device = (changes: Partial<CodesignConfiguration> = {}) =>
  new CodesignDevice({ ...CHAIDNN, ...changes });
const sample = (count: number) => {
  const random = new Random(1);
  return Array.from({ length: count }, () =>
    nasbench201.toNetwork(nasbench201.prune(nasbench201.sample(random))),
  );
};
/** A network of one operator. */
function single(shape: readonly number[], add: (graph: OperatorGraph, x: string) => string): OperatorGraph {
  const graph = new OperatorGraph();
  graph.output(add(graph, graph.input(shape)));
  return graph;
}
const cyclesOf = (latencyMs: number) => Math.round(latencyMs * CLOCK_MHZ * 1e3);

describe('codesign device', () => {
  it('takes the multiplications over the multipliers for a convolution that fills them', () => {
    // By hand: 64/16 filters, 256/32 pixels, 64/4 channels and 9 kernel positions.
    const graph = single([64, 16, 16], (g, x) => g.add(conv2d(64, 3), [x]));
    const { latencyMs, layers } = device().latency(graph);
    assert.equal(cyclesOf(latencyMs), LAUNCH_CYCLES + 4 * 8 * 16 * 9);
    assert.deepEqual(layers[0].use, { dsp: 1024 });
  });

  it('waits for memory where weights are used once', () => {
    const graph = single([4096], (g, x) => g.add({ kind: 'linear', outFeatures: 1000, bias: false }, [x]));
    const { latencyMs, layers } = device({ memoryBits: 256 }).latency(graph);
    // 4,096,000 weights, 4,096 inputs and 1,000 outputs of a byte at 32 bytes a cycle.
    const bytes = 4096 * 1000 + 4096 + 1000;
    assert.equal(cyclesOf(latencyMs), LAUNCH_CYCLES + Math.ceil(bytes / 32));
    assert.equal(layers[0].bottleneck, 'memory');
  });

  it('runs GoogLeNet at the rate that CHaiDNN reports for its accelerated layers, 207 images a second', () => {
    const rate = 1000 / device().latency(googlenet()).latencyMs;
    assert.ok(Math.abs(rate / 207 - 1) < 0.03, `${rate} images a second`);
  });

  it('overlaps branches on different engines and not on the same one', () => {
    const graph = new OperatorGraph();
    const image = graph.input([64, 32, 32]);
    const large = graph.add(conv2d(64, 3), [image], 'large');
    const small = graph.add(conv2d(64, 1), [image], 'small');
    graph.output(graph.add({ kind: 'add' }, [large, small], 'sum'));
    const split = device({ share3x3: 0.5 }).latency(graph);
    const one = device().latency(graph);
    const of = (report: typeof one, node: string) => report.layers.find((layer) => layer.node === node)!;
    assert.equal(of(split, 'large').startCycle, 0);
    assert.equal(of(split, 'small').startCycle, 0);
    assert.equal(of(split, 'sum').startCycle, of(split, 'large').finishCycle);
    const total = ['large', 'small', 'sum'].reduce((sum, node) => sum + of(one, node).cycles, 0);
    assert.equal(cyclesOf(one.latencyMs), total);
  });

  it('is never slower with an engine for pooling, deeper buffers, or a wider memory interface', () => {
    const more: [keyof CodesignConfiguration, readonly number[]][] = [
      ['poolingEngines', [0, 1]],
      ['inputDepth', [1024, 2048, 4096, 8192]],
      ['weightDepth', [1024, 2048, 4096]],
      ['outputDepth', [1024, 2048, 4096]],
      ['memoryBits', [256, 512]],
      ['pixels', [4, 8, 16, 32, 64]],
      ['filters', [8, 16]],
    ];
    // One engine for convolutions and one for pooling: with more engines greedy schedules are not monotonic.
    for (const network of [...sample(6), googlenet()]) {
      for (const [name, options] of more) {
        const shared = name === 'poolingEngines' ? {} : { poolingEngines: 0 };
        const series = options.map(
          (value) => device({ ...shared, [name]: value }).latency(network).latencyMs,
        );
        assert.deepEqual(
          series,
          series.toSorted((a, b) => b - a),
          name,
        );
      }
    }
  });

  it('has an engine for pooling never cost time, however the multipliers are split', () => {
    for (const network of sample(20)) {
      for (const share3x3 of [1, 0.75, 0.67, 0.5, 0.33, 0.25]) {
        const [without, own] = [0, 1].map(
          (poolingEngines) => device({ share3x3, poolingEngines }).latency(network).latencyMs,
        );
        assert.ok(own <= without, `share ${share3x3}`);
      }
    }
  });

  it('reports each operation once, in order, within its time, the last one finishing with the network', () => {
    const random = new Random(2);
    for (const network of sample(10)) {
      const accelerator = new CodesignDevice(configurationAt(random.integer(CONFIGURATIONS)));
      const { latencyMs, layers, use } = accelerator.latency(network);
      assert.equal(new Set(layers.map(({ node }) => node)).size, layers.length);
      for (const [i, { startCycle, finishCycle, cycles }] of layers.entries()) {
        assert.equal(finishCycle - startCycle, cycles);
        assert.ok(i === 0 || startCycle >= layers[i - 1].startCycle);
      }
      assert.equal(Math.max(...layers.map(({ finishCycle }) => finishCycle)), cyclesOf(latencyMs));
      assert.equal(use.areaMm2, accelerator.areaMm2);
    }
  });

  it('adds no zeros: cells of skips and nothing cost their sums', () => {
    const operations = (text: string) =>
      device().latency(nasbench201.toNetwork(nasbench201.parse(text))).layers;
    const fixed = '|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|';
    const sums = '|skip_connect~0|+|none~0|none~1|+|skip_connect~0|skip_connect~1|none~2|';
    // Stem, two reductions of three convolutions, a pooling and a sum, the last pooling, the classifier.
    assert.equal(operations(fixed).length, 1 + 2 * 5 + 2);
    assert.equal(operations(sums).length, 1 + 2 * 5 + 2 + 15);
  });

  it('runs networks of the mobile spaces: squeeze-excite, groups and shuffled channels', () => {
    const random = new Random(3);
    for (const space of [fbnet, ofa]) {
      for (let i = 0; i < 3; i++) {
        const { latencyMs } = device({ share3x3: 0.5 }).latency(space.toNetwork(space.sample(random)));
        assert.ok(latencyMs > 0 && latencyMs < 100, `${latencyMs} ms`);
      }
    }
  });

  it('says which buffer a network is too wide for', () => {
    const wide = single([3, 8, 1200], (g, x) => g.add(conv2d(8, 3), [x]));
    assert.throws(() => device({ outputDepth: 1024 }).latency(wide), {
      name: 'NetworkDoesNotFitError',
      resource: 'entries of the output buffer',
      needed: 1200,
      available: 1024,
    });
    const wider = single([4, 9, 4096], (g, x) => g.add(conv2d(8, 9), [x]));
    assert.throws(() => device({ outputDepth: 4096, inputDepth: 1024 }).latency(wider), {
      name: 'NetworkDoesNotFitError',
      resource: 'bytes of the input buffer',
      needed: 9 * 4096 * 4,
      available: 1024 * 128,
    });
  });

  it('reads rows that do not fit in several passes over the channels, which costs sums in memory', () => {
    const deep = single([2048, 7, 128], (g, x) => g.add(conv2d(64, 3), [x]));
    const [small, large] = [1024, 8192].map((inputDepth) => device({ inputDepth }).latency(deep).layers[0]);
    assert.ok(small.cycles > large.cycles);
  });

  it('refuses operators it has no engine for, by name', () => {
    const graph = single([10], (g, x) => g.add({ kind: 'softmax', axis: 0 }, [x], 'probabilities'));
    assert.throws(
      () => device().latency(graph),
      (error) => error instanceof InputError && /"probabilities" \(softmax\)/.test(error.message),
    );
  });

  it('is in the catalogue under any of its configurations', () => {
    const id = 'codesign:8x64-i1024-w4096-o2048-m256-p0-s0.33';
    assert.equal(analyticDevice(id).id, id);
    assert.throws(() => analyticDevice('codesign:8x5-i1024-w4096-o2048-m256-p0-s0.33'), /pixels is 5/);
    const pooled = single([16, 8, 8], (g, x) => g.add(pool('avgPool', 3, 1, 1), [x]));
    assert.ok(analyticDevice(id).latency(pooled).latencyMs > 0);
  });
});
