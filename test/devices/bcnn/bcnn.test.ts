import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BcnnDevice } from '../../../src/devices/bcnn/bcnn.js';
import { stageCycles } from '../../../src/devices/bcnn/bcnn-design.js';
import { BOARDS } from '../../../src/devices/board/boards.js';
import { loweredLayers } from '../../../src/devices/lowering/graph-layers.js';
import { OperatorGraph } from '../../../src/network/graph.js';
import { conv2d } from '../../../src/network/operator.js';
import { binaryCifar10 } from '../../../src/network/zoo/families/binary-cifar10.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';

const virtex7 = BOARDS.find(({ id }) => id === 'virtex7_690t')!;

/** UF, P and estimated cycles as published (Li et al., arXiv:1702.06392). */
const PUBLISHED = {
  conv1: [27, 32, 4096],
  conv2: [384, 32, 12288],
  conv3: [384, 16, 12288],
  conv4: [768, 16, 12288],
  conv5: [768, 8, 12288],
  conv6: [1536, 8, 12288],
};

describe('BCNN accelerator', () => {
  it('takes the published cycles for the published unfolding and pixels', () => {
    const layers = loweredLayers(binaryCifar10());
    for (const [name, [unfolding, pixels, cycles]] of Object.entries(PUBLISHED)) {
      const { shape } = layers.find(({ node }) => node === name)!;
      assert.equal(stageCycles(shape, unfolding, pixels), cycles, name);
    }
  });

  it('finds the published design by itself: 12,288 cycles, and each binary stage as it was built', () => {
    const { layers, intervalMs, use } = new BcnnDevice(virtex7).latency(binaryCifar10());
    assert.equal(intervalMs! * virtex7.clockMHz * 1e3, 12288);
    for (const { node, use } of layers.slice(1, 6)) {
      const [unfolding, pixels] = PUBLISHED[node as keyof typeof PUBLISHED];
      assert.deepEqual([use.unfolding, use.pixels], [unfolding, pixels], node);
    }
    assert.ok(use.logic <= 0.8 * virtex7.logic && use.bram36 <= virtex7.bram36 && use.dsp <= virtex7.dsp);
  });

  it('is held to the memory of the board, not only to its logic', () => {
    assert.throws(() => new BcnnDevice({ ...virtex7, bram36: 100 }).latency(binaryCifar10()), {
      name: 'NetworkDoesNotFitError',
      resource: 'blocks of 36-Kbit RAM',
    });
  });

  it('slows down as logic becomes scarce, never speeds up', () => {
    const intervals = [433_200, 200_000, 100_000, 50_000].map(
      (logic) => new BcnnDevice({ ...virtex7, logic }).latency(binaryCifar10()).intervalMs!,
    );
    assert.deepEqual(
      intervals,
      intervals.toSorted((a, b) => a - b),
    );
    assert.ok(intervals[3] > 4 * intervals[0]);
  });

  it('keeps a map for each stage that a short cut passes by', () => {
    const network = (shortcut: boolean) => {
      const graph = new OperatorGraph();
      const first = graph.add(conv2d(64, 3), [graph.input([3, 32, 32])]);
      let x = first;
      for (let i = 0; i < 3; i++) x = graph.add(conv2d(64, 3), [x]);
      x = graph.add({ kind: 'add' }, shortcut ? [x, first] : [x, x]);
      graph.output(graph.add(conv2d(64, 1), [x]));
      return new BcnnDevice({ ...virtex7, logic: 30_000 }).latency(graph).use.bram36;
    };
    assert.ok(network(true) > network(false));
  });

  it('runs any graph of layers with weights, a stage each, and tells others apart', () => {
    const { layers } = new BcnnDevice({ ...virtex7, bram36: 10_000 }).latency(
      nasbench201.toNetwork(nasbench201.prune(nasbench201.parse(nasbench201.example))),
    );
    assert.equal(layers.length, 15 * 3 + 2 + 2 * 3);
    const graph = new OperatorGraph();
    const x = graph.input([4, 4]);
    graph.output(graph.add({ kind: 'matmul' }, [x, x], 'scores'));
    assert.throws(() => new BcnnDevice(virtex7).latency(graph), /"scores" \(matmul\).*weights on chip/);
  });
});
