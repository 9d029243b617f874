import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { analyticDevice } from '../../../src/devices/catalogue.js';
import { dpuModel } from '../../../src/devices/dpu/dpu.js';
import { dpuOperations } from '../../../src/devices/dpu/operations.js';
import { OperatorGraph } from '../../../src/network/graph.js';
import { conv2d, type Operator, pool } from '../../../src/network/operator.js';
import { mnasnet } from '../../../src/spaces/mnasnet/space.js';

const network = (shape: readonly number[], ...operators: Operator[]) => {
  const graph = new OperatorGraph();
  let x = graph.input(shape);
  for (const operator of operators) x = graph.add(operator, [x]);
  graph.output(x);
  return graph;
};
const only = (shape: readonly number[], operator: Operator) => dpuOperations(network(shape, operator))[0];

describe('DPU', () => {
  it('takes 8 pixels of a row × 16 × 16 channels per cycle for a convolution', () => {
    // By hand: 14 rows of ⌈14/8⌉ = 2 steps, 9 taps, ⌈40/16⌉ = 3 groups in, 5 groups out.
    assert.equal(only([40, 14, 14], conv2d(80, 3)).cycles, 14 * 2 * 9 * 3 * 5);
  });

  it('takes 4 pixels of 16 channels per cycle for a depth-wise convolution, a pass for each 16 channels', () => {
    const { cycles, passes, weightBytes } = only([40, 14, 14], conv2d(40, 5, { groups: 40, stride: 2 }));
    assert.equal(cycles, 7 * 2 * 25 * 3);
    assert.equal(passes, 3);
    assert.equal(weightBytes, 0);
  });

  it('runs the groups of a grouped convolution one after another', () => {
    const one = only([32, 8, 8], conv2d(32, 3)).cycles;
    const four = only([128, 8, 8], conv2d(128, 3, { groups: 4 })).cycles;
    assert.equal(four, 4 * one);
  });

  it('keeps maps of up to 256 KiB on chip, and reads a larger one again for each strip in a global pooling', () => {
    assert.equal(only([64, 64, 64], conv2d(64, 1)).spilledBytes, 0);
    assert.equal(only([64, 64, 64], conv2d(80, 1)).spilledBytes, 80 * 64 * 64);
    const pooled = (channels: number) => only([channels, 64, 64], { kind: 'globalAvgPool' }).streamedBytes;
    assert.equal(pooled(64), 64 * 64 * 64);
    assert.equal(pooled(80), 80 * 64 * 64 * 8);
  });

  it('waits for weights that are used once', () => {
    const device = dpuModel.device({ clock: 300, bandwidth: 3, start: 0.001 });
    const report = device.latency(network([2048], { kind: 'linear', outFeatures: 1000, bias: true }));
    // 2,048,000 bytes at 3 GB/s, and 1 µs to start.
    assert.ok(Math.abs(report.latencyMs - (2.048 / 3 + 0.001)) < 1e-9);
    assert.equal(report.layers[0].bottleneck, 'memory');
  });

  it('folds normalisation and activation into the convolution, and names an operator it has no hardware for', () => {
    const folded = network([3, 32, 32], conv2d(16, 3), { kind: 'batchNorm' }, { kind: 'relu' });
    assert.equal(dpuOperations(folded).length, 1);
    const attention = network([16, 8], { kind: 'softmax', axis: 1 });
    assert.throws(() => dpuOperations(attention), /no hardware for operator "softmax_1" \(softmax\)/);
  });

  it('adds up its layers: each starts where the one before it finished, the last one ends the network', () => {
    const random = new Random(3);
    for (let i = 0; i < 5; i++) {
      const { latencyMs, layers } = analyticDevice('dpu:zcu102').latency(
        mnasnet.toNetwork(mnasnet.sample(random)),
      );
      for (const [j, layer] of layers.slice(1).entries())
        assert.equal(layer.startCycle, layers[j].finishCycle);
      assert.ok(Math.abs(layers.at(-1)!.finishCycle / 293_740 - latencyMs) < 1e-9);
    }
  });

  it('sees what a graph has grown by since it was last asked', () => {
    const graph = new OperatorGraph();
    const x = graph.add(conv2d(16, 3), [graph.input([16, 16, 16])]);
    const before = dpuModel.device().latency(graph).latencyMs;
    graph.output(graph.add(conv2d(16, 3), [x]));
    assert.ok(dpuModel.device().latency(graph).latencyMs > before);
  });

  it('is never slower with a faster clock or port', () => {
    const graph = mnasnet.toNetwork(mnasnet.parse(mnasnet.example));
    const ms = (values: Record<string, number>) => dpuModel.device(values).latency(graph).latencyMs;
    assert.ok(ms({ clock: 400 }) < ms({ clock: 300 }));
    assert.ok(ms({ bandwidth: 6 }) < ms({ bandwidth: 4 }));
  });

  it('refuses a constant that it does not have, or that is out of range', () => {
    assert.throws(() => dpuModel.device({ klock: 1 }), /no parameter "klock"; there are clock, bandwidth/);
    assert.throws(() => dpuModel.device({ clock: -3 }), /clock: -3 MHz must be between 50 and 800/);
  });

  it('runs pooling and concatenation of any network', () => {
    const graph = new OperatorGraph();
    const x = graph.input([32, 28, 28]);
    const a = graph.add(pool('maxPool', 3, 1, 1), [x]);
    const b = graph.add(conv2d(32, 1), [x]);
    graph.output(graph.add({ kind: 'concat', axis: 0 }, [a, b]));
    assert.equal(dpuModel.device().latency(graph).layers.length, 2);
  });
});
