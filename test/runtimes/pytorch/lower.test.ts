import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { totalCost } from '../../../src/network/cost.js';
import { OperatorGraph } from '../../../src/network/graph.js';
import { conv2d } from '../../../src/network/operator.js';
import { publishedNetwork } from '../../../src/network/zoo/index.js';
import type { Kernel } from '../../../src/runtimes/kernel.js';
import { runsChannelsLast } from '../../../src/runtimes/pytorch/layout.js';
import { lowerForPyTorch, type PyTorchOptions } from '../../../src/runtimes/pytorch/lower.js';

const EAGER: PyTorchOptions = { batch: 1, precision: 'float', device: 'cuda', compiled: false };
const COMPILED: PyTorchOptions = { ...EAGER, compiled: true };
const count = (kernels: readonly Kernel[], kind: RegExp) =>
  kernels.filter((kernel) => kind.test(kernel.kind)).length;
const sum = (kernels: readonly Kernel[], field: 'macs' | 'outBytes' | 'weightBytes') =>
  kernels.reduce((total, kernel) => total + kernel[field], 0);

describe('kernels that PyTorch calls', () => {
  it('eager, each operator of ResNet-18 that is no view is one', () => {
    const kernels = lowerForPyTorch(publishedNetwork('resnet18'), EAGER);
    // 20 convolutions and normalisations, 17 activations, 8 sums, a pooling, a mean, a classifier.
    assert.equal(kernels.length, 20 + 20 + 17 + 8 + 1 + 1 + 1);
    assert.equal(count(kernels, /^Conv/), 20);
  });

  it('compiled, a normalisation, a sum and an activation are one, behind each convolution', () => {
    const kernels = lowerForPyTorch(publishedNetwork('resnet18'), COMPILED);
    assert.equal(count(kernels, /^Conv/), 20);
    assert.equal(count(kernels, /^Gemm/), 1);
    // 17 convolutions of the main path and the stem are followed by one; a projection's joins its block's.
    assert.ok(kernels.length < 20 + 1 + 20 + 2, String(kernels.length));
    assert.ok(kernels.every(({ kind }) => kind !== 'BatchNormalization'));
  });

  it('have the multiply-accumulates and weights of the graph, times the batch', () => {
    for (const name of ['resnet18', 'vit_tiny_patch16_224', 'mobilenetv2_050']) {
      const graph = publishedNetwork(name);
      const { macs } = totalCost(graph);
      for (const options of [EAGER, COMPILED, { ...COMPILED, batch: 8 }]) {
        // The graph's count has one more per biased output.
        const share = sum(lowerForPyTorch(graph, options), 'macs') / options.batch / macs;
        assert.ok(share > 0.99 && share <= 1, `${name}: ${share}`);
      }
    }
    const once = sum(lowerForPyTorch(publishedNetwork('vgg11'), COMPILED), 'weightBytes');
    assert.equal(
      sum(lowerForPyTorch(publishedNetwork('vgg11'), { ...COMPILED, batch: 8 }), 'weightBytes'),
      once,
    );
    const half = sum(
      lowerForPyTorch(publishedNetwork('vgg11'), { ...COMPILED, precision: 'float16' }),
      'weightBytes',
    );
    assert.equal(half, once / 2);
  });

  it('attention is one where at most a bias lies between its products; talking heads are not', () => {
    const of = (name: string) => lowerForPyTorch(publishedNetwork(name), COMPILED);
    assert.equal(count(of('vit_tiny_patch16_224'), /^Attention$/), 12);
    assert.equal(count(of('swin_tiny_patch4_window7_224'), /^Attention\.bias$/), 12);
    const cait = of('cait_xxs24_224');
    assert.equal(count(cait, /^MatMul$/), 48);
    assert.equal(count(cait, /^Attention$/), 2);
  });

  it('a residual around a convolution does not fuse what is before it with what is behind', () => {
    const graph = new OperatorGraph();
    const image = graph.input([8, 4, 4]);
    const before = graph.add({ kind: 'relu' }, [image]);
    const convolved = graph.add(conv2d(8, 3), [before]);
    graph.output(graph.add({ kind: 'relu' }, [graph.add({ kind: 'add' }, [convolved, before])]));
    const kernels = lowerForPyTorch(graph, COMPILED);
    assert.deepEqual(
      kernels.map(({ kind }) => kind),
      ['Elementwise', 'Conv.spatial', 'Elementwise'],
    );
    // The last reads the convolution and what it was made of, and writes once: 128 floats each.
    assert.equal(kernels[2].inBytes, 2 * 128 * 4);
    assert.equal(kernels[2].outBytes, 128 * 4);
  });

  it('TorchInductor has channels last unless grouped convolutions dominate', () => {
    assert.equal(runsChannelsLast(publishedNetwork('resnet50')), true);
    assert.equal(runsChannelsLast(publishedNetwork('mobilenetv2_100')), true);
    // Groups of 168 channels: three quarters of the multiply-accumulates are in grouped convolutions.
    assert.equal(runsChannelsLast(publishedNetwork('regnetx_320')), false);
  });
});
