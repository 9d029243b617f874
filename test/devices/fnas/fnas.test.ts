import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { BOARDS } from '../../../src/devices/board/boards.js';
import { analyticDevice } from '../../../src/devices/catalogue.js';
import { NetworkDoesNotFitError } from '../../../src/devices/device.js';
import { FnasDevice } from '../../../src/devices/fnas/fnas.js';
import { OperatorGraph } from '../../../src/network/graph.js';
import { conv2d } from '../../../src/network/operator.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';

const zcu102 = BOARDS.find(({ id }) => id === 'zcu102')!;
const cell = (text: string) => nasbench201.toNetwork(nasbench201.prune(nasbench201.parse(text)));
const sample = (count: number) => {
  const random = new Random(1);
  return Array.from({ length: count }, () => nasbench201.prune(nasbench201.sample(random)));
};

describe('FNAS device', () => {
  it('takes the multiplications over the multipliers for one layer whose tiles fill the board', () => {
    // By hand: 64·64·9·16·16 multiplications on 16 × 16 multipliers at 200 MHz are 36,864 cycles, 0.18432 ms.
    const graph = new OperatorGraph();
    graph.output(graph.add(conv2d(64, 3), [graph.input([64, 16, 16])]));
    const { latencyMs, use } = new FnasDevice({ ...zcu102, dsp: 256 }).latency(graph);
    assert.equal(use.dsp, 256);
    assert.equal(latencyMs, (64 * 64 * 9 * 16 * 16) / 256 / 200e3);
  });

  it('waits for memory where weights are used once', () => {
    // 4096 · 1000 weights of 2 bytes at 17.06 GB/s are 0.48 ms; the multipliers could do it in 0.01 ms.
    const graph = new OperatorGraph();
    graph.output(graph.add({ kind: 'linear', outFeatures: 1000, bias: false }, [graph.input([4096])]));
    const { latencyMs } = new FnasDevice(zcu102).latency(graph);
    const memoryMs = (4096 * 1000 * 2) / 17.06e6;
    assert.ok(Math.abs(latencyMs / memoryMs - 1) < 0.01, `${latencyMs} ms against ${memoryMs}`);
  });

  it('tells networks apart that differ in where their padding is', () => {
    // With all padding above, the first rows of the second convolution need fewer rows of the first one.
    const device = new FnasDevice(zcu102);
    const [above, below] = (
      [
        [4, 2, 0, 2],
        [0, 2, 4, 2],
      ] as const
    ).map((padding) => {
      const graph = new OperatorGraph();
      const first = graph.add(conv2d(64, 3), [graph.input([3, 32, 32])]);
      graph.output(graph.add({ ...conv2d(64, 5), padding }, [first]));
      return device.latency(graph).latencyMs;
    });
    assert.ok(above < below, `${above} ms, ${below} ms`);
  });

  it('gives every NAS-Bench-201 network a latency within the board on the smallest and the largest board', () => {
    for (const id of ['fnas:pynq_z1', 'fnas:zcu102']) {
      const device = analyticDevice(id);
      const { dsp, bram36 } = BOARDS.find((board) => `fnas:${board.id}` === id)!;
      for (const architecture of sample(60)) {
        const { latencyMs, use } = device.latency(nasbench201.toNetwork(architecture));
        assert.ok(latencyMs > 0 && use.dsp <= dsp && use.bram36 <= bram36);
      }
    }
  });

  it('is never slower with more multipliers or more memory', () => {
    for (const architecture of sample(8)) {
      const graph = nasbench201.toNetwork(architecture);
      const latency = (dsp: number, bram36: number) =>
        new FnasDevice({ ...zcu102, dsp, bram36 }).latency(graph).latencyMs;
      const byDsp = [64, 128, 220, 300, 900, 2520].map((dsp) => latency(dsp, 912));
      const byMemory = [64, 140, 300, 912].map((bram36) => latency(2520, bram36));
      for (const series of [byDsp, byMemory]) {
        assert.deepEqual(
          series,
          series.toSorted((a, b) => b - a),
        );
      }
    }
  });

  it('is never faster for a network with another operation on a path of its own', () => {
    const networks = [
      '|none~0|+|none~0|none~1|+|nor_conv_1x1~0|none~1|none~2|',
      '|nor_conv_1x1~0|+|none~0|none~1|+|nor_conv_1x1~0|nor_conv_1x1~1|none~2|',
      '|nor_conv_3x3~0|+|none~0|none~1|+|nor_conv_1x1~0|nor_conv_3x3~1|none~2|',
      '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|',
    ];
    for (const id of ['fnas:pynq_z1', 'fnas:zcu102']) {
      const latencies = networks.map((text) => analyticDevice(id).latency(cell(text)).latencyMs);
      assert.deepEqual(
        latencies,
        latencies.toSorted((a, b) => a - b),
      );
    }
  });

  it('gives mirrored cells the same latency', () => {
    // Nodes 1 and 2 play the same part where no operation joins them.
    const mirrored = [
      '|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|none~0|nor_conv_1x1~1|avg_pool_3x3~2|',
      '|nor_conv_1x1~0|+|nor_conv_3x3~0|none~1|+|none~0|avg_pool_3x3~1|nor_conv_1x1~2|',
    ];
    for (const id of ['fnas:pynq_z1', 'fnas:zcu102']) {
      const [one, other] = mirrored.map((text) => analyticDevice(id).latency(cell(text)).latencyMs);
      assert.equal(one, other);
    }
  });

  it('reports each layer once, started in order, the last one finishing with the network', () => {
    const { latencyMs, layers } = analyticDevice('fnas:zcu102').latency(cell(nasbench201.example));
    // 3 3×3 convolutions and a pooling in 15 cells; stem, classifier, 2 reductions of 3 convolutions and a pooling.
    assert.equal(layers.length, 15 * 4 + 2 + 2 * 4);
    assert.equal(new Set(layers.map(({ node }) => node)).size, layers.length);
    for (const { cycles, startCycle, finishCycle } of layers) assert.ok(finishCycle - startCycle >= cycles);
    assert.equal(Math.max(...layers.map(({ finishCycle }) => finishCycle)) / 200e3, latencyMs);
  });

  it('runs grouped convolutions and attention', () => {
    const graph = new OperatorGraph();
    let x = graph.add(conv2d(32, 3, { groups: 32 }), [graph.input([32, 14, 14])]);
    x = graph.add({ kind: 'reshape', shape: [32, 196] }, [graph.add(conv2d(32, 1), [x])]);
    const tokens = graph.add({ kind: 'transpose', permutation: [1, 0] }, [x]);
    const scores = graph.add({ kind: 'softmax', axis: 1 }, [graph.add({ kind: 'matmul' }, [tokens, x])]);
    graph.output(graph.add({ kind: 'matmul' }, [scores, tokens]));
    const { layers } = analyticDevice('fnas:pynq_z1').latency(graph);
    assert.equal(layers.length, 4);
    const [scoresLayer, last] = [layers[2], layers[3]];
    assert.ok(last.finishCycle > scoresLayer.finishCycle);
  });

  it('names the resource that a network is too large for', () => {
    assert.throws(() => new FnasDevice({ ...zcu102, dsp: 4 }).latency(cell(nasbench201.example)), {
      name: 'NetworkDoesNotFitError',
      resource: 'DSP blocks',
    });
    assert.ok(new NetworkDoesNotFitError('d', 'DSP blocks', 2, 1).message.includes('at least 2 DSP blocks'));
  });
});
