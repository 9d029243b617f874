import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PIXELS, readFpgaLayers } from '../../../bench/fpga/fpga-layers.js';
import { calibrate } from '../../../src/devices/calibration/calibrate.js';
import { mpArrayLayers } from '../../../src/devices/mp-array/layers.js';
import { mpArrayModel } from '../../../src/devices/mp-array/mp-array.js';
import { OperatorGraph } from '../../../src/network/graph.js';
import { conv2d, type Operator } from '../../../src/network/operator.js';
import { needsShared, sharedData } from '../../shared-data.js';

const LAYERS = 'fpga_layers/cnn_accel_layers.csv.gz';

const only = (shape: readonly number[], operator: Operator, m: number, p: number) => {
  const graph = new OperatorGraph();
  graph.output(graph.add(operator, [graph.input(shape)]));
  return mpArrayLayers(graph, m, p)[0];
};

describe('M×P array', () => {
  it('multiplies one input channel and tap of a tile per cycle', () => {
    // By hand: 96 outputs are 3 tiles of 32, 196 pixels 7 tiles of 32; 64 channels × 9 taps each.
    assert.equal(only([64, 14, 14], conv2d(96, 3), 32, 32).multiplierCycles, 3 * 7 * 64 * 9);
    assert.equal(only([3, 8, 8], conv2d(32, 1), 32, 64).multiplierCycles, 4);
  });

  it('reads the input again for every M output channels, in whole words from first to last pixel', () => {
    // 1×1, 8×8 pixels in two tiles of 32 bytes per channel; 4 rounds of 32 outputs.
    assert.equal(only([16, 8, 8], conv2d(128, 1), 32, 32).bytes, 4 * 16 * 64);
    // 3×3 on one tile of 64 pixels: all 64 bytes of each channel.
    assert.equal(only([16, 8, 8], conv2d(32, 3), 32, 64).bytes, 16 * 64);
    // 3×3, rows of 16 in tiles of 2 rows: a row more above and below, except at the edges.
    assert.equal(only([4, 16, 16], conv2d(32, 3), 32, 32).bytes, 4 * 16 * (3 + 6 * 4 + 3));
  });

  it('is bound by memory where every weight is used once', () => {
    const graph = new OperatorGraph();
    graph.output(graph.add({ kind: 'linear', outFeatures: 1000, bias: false }, [graph.input([4096])]));
    const { latencyMs, layers } = mpArrayModel(32, 64).device().latency(graph);
    assert.ok(Math.abs(latencyMs / (4.096 / 16) - 1) < 0.01);
    assert.equal(layers[0].bottleneck, 'memory');
  });

  it('calibrated on two accelerators and nine networks, is within ±10 % for 85 % of the layers of the third and of the others', {
    skip: needsShared(LAYERS),
  }, async () => {
    const layers = (await readFpgaLayers(sharedData(LAYERS)!)).filter(({ type }) => type === 'conv');
    const models = PIXELS.map((pixels) => mpArrayModel(32, pixels));
    const others = new Set(['resnet50', 'squeezenet1_0', 'vgg13']);
    for (const third of models.keys()) {
      const constants = calibrate(
        layers
          .filter(({ network }) => !others.has(network))
          .flatMap(({ graph, latencyMs }) =>
            models.flatMap((model, i) =>
              i === third ? [] : [{ model, network: graph, latencyMs: latencyMs[i] }],
            ),
          ),
      );
      for (const [i, model] of models.entries()) {
        const device = model.device(constants);
        const tested = layers.filter(({ network }) => i === third || others.has(network));
        const hits = tested.filter(
          ({ graph, latencyMs }) => Math.abs(device.latency(graph).latencyMs / latencyMs[i] - 1) <= 0.1,
        );
        assert.ok(
          hits.length >= 0.85 * tested.length,
          `${model.name}: ${hits.length} of ${tested.length}, third is ${models[third].name}`,
        );
      }
    }
  });
});
