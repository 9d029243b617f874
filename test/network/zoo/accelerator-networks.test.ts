import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { totalCost } from '../../../src/network/cost.js';
import { convolutionChain } from '../../../src/network/zoo/convolution-chain.js';
import { binaryCifar10 } from '../../../src/network/zoo/families/binary-cifar10.js';
import { googlenet } from '../../../src/network/zoo/families/googlenet.js';
import { lstm } from '../../../src/network/zoo/families/lstm.js';

describe('networks that accelerators are compared on', () => {
  it('GoogLeNet has the parameters of its reference model and 1.58 billion multiplications', () => {
    // Caffe's bvlc_googlenet without the auxiliary classifiers.
    const { parameters, macs } = totalCost(googlenet());
    assert.equal(parameters, 6_998_552);
    assert.ok(Math.abs(macs / 1.58e9 - 1) < 0.01, String(macs));
  });

  it('the binary CIFAR-10 network has 14 million weights', () => {
    const weights = [3 * 128, 128 * 128, 128 * 256, 256 * 256, 256 * 512, 512 * 512].map((pair) => pair * 9);
    weights.push(8192 * 1024, 1024 * 1024, 1024 * 10);
    const normalised = 2 * (2 * (128 + 256 + 512) + 1024 + 1024 + 10);
    const expected = weights.reduce((sum, count) => sum + count) + normalised;
    assert.equal(totalCost(binaryCifar10()).parameters, expected);
  });

  it('an LSTM layer reads the same weights in every step', () => {
    const of = (steps: number) => totalCost(lstm({ inputs: 32, hidden: 64, steps }));
    assert.equal(of(1).parameters, 4 * 64 * (32 + 64));
    assert.equal(of(7).parameters, of(1).parameters);
    assert.equal(of(7).macs, 7 * of(1).macs);
  });

  it('a chain of convolutions keeps the size unless strided, even kernels as if one smaller', () => {
    const graph = convolutionChain(
      [1, 28, 28],
      [
        { filters: 9, kernel: 5 },
        { filters: 18, kernel: 14 },
        { filters: 36, kernel: 7, stride: 2 },
      ],
    );
    assert.deepEqual(
      ['conv1', 'conv2', 'conv3'].map((name) => graph.shape(name)),
      [
        [9, 28, 28],
        [18, 27, 27],
        [36, 14, 14],
      ],
    );
  });
});
