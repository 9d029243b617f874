import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BOARDS } from '../../../src/devices/board/boards.js';
import { loweredLayers } from '../../../src/devices/lowering/graph-layers.js';
import { arrayCycles, arraysFor, multipliers } from '../../../src/devices/overlay/array.js';
import { OverlayDevice } from '../../../src/devices/overlay/overlay.js';
import { passesOf } from '../../../src/devices/overlay/passes.js';
import { ALL_OPTIMISATIONS, type OverlayOptions } from '../../../src/devices/overlay/schedule.js';
import { OperatorGraph } from '../../../src/network/graph.js';
import { conv2d, pool } from '../../../src/network/operator.js';
import { googlenet } from '../../../src/network/zoo/families/googlenet.js';
import { lstm } from '../../../src/network/zoo/families/lstm.js';
import { publishedNetwork } from '../../../src/network/zoo/index.js';

const arria10 = BOARDS.find(({ id }) => id === 'arria10_1150')!;
const none = Object.fromEntries(
  Object.keys(ALL_OPTIMISATIONS).map((name) => [name, false]),
) as unknown as OverlayOptions;
const all = { fusion: true, merging: true };
const ms = (graph: OperatorGraph, options = ALL_OPTIMISATIONS, board = arria10) =>
  new OverlayDevice(board, options).latency(graph).latencyMs;

function convolution(channels: number, filters: number, size: number, kernel: number, stride = 1) {
  const graph = new OperatorGraph();
  graph.output(graph.add(conv2d(filters, kernel, { stride }), [graph.input([channels, size, size])]));
  return loweredLayers(graph)[0].shape;
}

describe('overlay array', () => {
  const array = { cVec: 8, kVec: 16, pVec: 1 };
  const plain = { winograd: false, folding: false };

  // By hand from the formula ⌈C/C_vec⌉·⌈K/K_vec⌉·⌈Q/Q_vec⌉·⌈P/P_vec⌉·R·S.
  it('multiplies six columns at a time, and works through the rest in order', () => {
    assert.equal(arrayCycles(convolution(16, 32, 12, 1), 12, array, plain), 2 * 2 * 2 * 12);
    assert.equal(arrayCycles(convolution(16, 32, 12, 3), 12, array, plain), 2 * 2 * 2 * 12 * 9);
    assert.equal(arrayCycles(convolution(17, 33, 13, 1), 13, array, plain), 3 * 3 * 3 * 13);
  });

  it('halves the multiplications of 3×3 filters by the Winograd transform', () => {
    // Four columns by three taps in a cycle: 3 column tiles of 12, 3 rows of taps.
    const cycles = arrayCycles(convolution(16, 32, 12, 3), 12, array, { ...plain, winograd: true });
    assert.equal(cycles, 2 * 2 * 3 * 12 * 3);
    assert.equal(cycles / (2 * 2 * 2 * 12 * 9), 1 / 2);
  });

  it('does not transform strided filters, but folds them over few channels first', () => {
    const strided = convolution(3, 64, 224, 7, 2);
    const direct = arrayCycles(strided, 112, array, plain);
    assert.equal(arrayCycles(strided, 112, array, { ...plain, winograd: true }), direct);
    // 7×7 over 3 channels with stride 2 is 4×4 over 12 channels with stride 1.
    const folded = arrayCycles(strided, 112, array, { winograd: false, folding: true });
    assert.equal(folded, Math.ceil(12 / 8) * 4 * Math.ceil(112 / 6) * 112 * 16);
    assert.ok(folded < direct);
  });

  it('takes no more multipliers than a board has', () => {
    for (const array of arraysFor(arria10)) {
      assert.ok(multipliers(array) <= arria10.dsp * arria10.narrowProductsPerDsp);
    }
  });
});

describe('overlay compiler', () => {
  it('pools behind the array, concatenations part by part, each pass at most once', () => {
    const { passes } = passesOf(googlenet(), all);
    const apart = passes.filter(({ shape }) => shape === undefined).map(({ node }) => node);
    // The pooling of an inception module behind a halving: what writes its input has pooled already.
    assert.deepEqual(apart, ['inception3a.pool', 'inception4a.pool', 'inception5a.pool']);
    const operators = passesOf(googlenet(), { fusion: false, merging: false }).passes;
    assert.equal(operators.length, 57 + 1 + 13 + 1);
  });

  it('runs all gates of an LSTM cell as one product, and all steps of its inputs', () => {
    const { passes } = passesOf(lstm({ inputs: 8, hidden: 16, steps: 5 }), all);
    assert.equal(passes.length, 1 + 5);
    const [inputs, step] = passes;
    assert.deepEqual([inputs.shape!.outHeight, inputs.shape!.outChannels], [5, 4 * 16]);
    assert.deepEqual([step.shape!.outHeight, step.shape!.outChannels], [1, 4 * 16]);
  });

  it('keeps products apart that need each other', () => {
    const graph = new OperatorGraph();
    const weights = graph.add({ kind: 'parameter', shape: [8, 8] }, [], 'w');
    let x = graph.input([1, 8]);
    for (let step = 0; step < 3; step++) x = graph.add({ kind: 'matmul' }, [x, weights]);
    graph.output(x);
    assert.equal(passesOf(graph, all).passes.length, 3);
  });
});

describe('overlay device', () => {
  it('puts GoogLeNet near the published 900 frames/s on an Arria 10 1150, its array tailored to it', () => {
    const graph = googlenet();
    const rates = arraysFor(arria10).map(
      (array) => 1000 / new OverlayDevice(arria10, ALL_OPTIMISATIONS, array).latency(graph).latencyMs,
    );
    const best = Math.max(...rates);
    assert.ok(Math.abs(best / 900 - 1) < 0.1, `${best} frames/s`);
    assert.ok(1000 / ms(graph) > 0.9 * best, 'the usual array is within 10 % of the best');
  });

  it('speeds up LSTM cells by an order of magnitude and ResNet-101 by more than two, against no optimisation', () => {
    const cell = lstm({ inputs: 512, hidden: 512, steps: 16 });
    const gain = ms(cell, none) / ms(cell);
    assert.ok(gain > 9 && gain < 15, `${gain} against the published 12`);
    const deep = publishedNetwork('resnet101');
    assert.ok(ms(deep, none) / ms(deep) > 2);
  });

  it('never loses by an optimisation', () => {
    const networks = [
      googlenet(),
      lstm({ inputs: 64, hidden: 128, steps: 4 }),
      publishedNetwork('resnet50', 512),
    ];
    for (const board of BOARDS) {
      for (const network of networks) {
        const best = ms(network, ALL_OPTIMISATIONS, board);
        for (const name of Object.keys(ALL_OPTIMISATIONS)) {
          const without = ms(network, { ...ALL_OPTIMISATIONS, [name]: false }, board);
          assert.ok(without >= best * 0.999, `${board.id}: ${name} ${best} against ${without} ms without`);
        }
      }
    }
  });

  it('waits for external memory where weights are used once', () => {
    const graph = new OperatorGraph();
    graph.output(graph.add({ kind: 'linear', outFeatures: 4000, bias: false }, [graph.input([4096])], 'fc'));
    const { latencyMs, layers } = new OverlayDevice(arria10).latency(graph);
    assert.equal(layers[0].bottleneck, 'memory');
    const memoryMs = (4096 * 4000 * 11) / 8 / 17.06e6;
    assert.ok(Math.abs(latencyMs / memoryMs - 1) < 0.01, `${latencyMs} against ${memoryMs} ms`);
  });

  it('slices what the stream buffer is too small for, and gains by it', () => {
    const graph = new OperatorGraph();
    let x = graph.input([3, 512, 512]);
    for (let i = 0; i < 4; i++) x = graph.add(conv2d(32, 3), [x]);
    graph.output(graph.add(pool('maxPool', 2, 2), [x]));
    const slow = { ...arria10, bandwidthGBps: 4 };
    const gain =
      ms(graph, { ...ALL_OPTIMISATIONS, slicing: false }, slow) / ms(graph, ALL_OPTIMISATIONS, slow);
    assert.ok(gain > 1.2, `${gain}`);
  });

  it('reports passes back to back, the last one finishing with the network', () => {
    const { layers, latencyMs, use } = new OverlayDevice(arria10).latency(googlenet());
    for (const [i, { startCycle, finishCycle, cycles }] of layers.entries()) {
      assert.equal(startCycle, i === 0 ? 0 : layers[i - 1].finishCycle);
      assert.ok(finishCycle - startCycle >= cycles);
    }
    assert.ok(Math.abs(layers.at(-1)!.finishCycle / 303e3 - latencyMs) < 1e-12);
    assert.ok(use.dsp <= arria10.dsp && use.bram36 <= arria10.bram36);
  });

  it('names what is too small for a network', () => {
    assert.throws(() => new OverlayDevice({ ...arria10, dsp: 10 }).latency(googlenet()), {
      name: 'NetworkDoesNotFitError',
      resource: 'DSP blocks',
    });
    assert.throws(() => new OverlayDevice({ ...arria10, bram36: 1 }).latency(googlenet()), {
      name: 'NetworkDoesNotFitError',
      resource: 'words of stream buffer',
    });
  });
});
