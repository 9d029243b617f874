import {
  attention,
  convBn,
  feedForward,
  invertedResidual,
  patches,
} from '../onnx/generate/families/blocks.js';
import { NetworkWriter } from '../onnx/write/network-writer.js';
import type { NetworkToMeasure } from './campaign.js';

/**
 * The reference network for measuring ONNX files: about a millisecond of convolutions of all kinds and of a
 * transformer, so that whatever slows down the machine slows it down as much as other networks.
 */
export const referenceNetwork: NetworkToMeasure = {
  architecture: 'reference/1',
  model() {
    const net = new NetworkWriter(1);
    const image = net.input([1, 3, 64, 64]);
    let map = convBn(net, image, 32, { kernel: 3, stride: 2 }, 'relu');
    map = convBn(net, map, 48, { kernel: 3 }, 'relu');
    for (const stride of [2, 1])
      map = invertedResidual(net, map, {
        channels: 48,
        expansion: 4,
        kernel: 3,
        stride,
        activation: 'swish',
      });
    net.output(net.linear(net.flatten(net.globalPool(map)), 100), 'classes');
    let sequence = patches(net, image, 8, 128);
    sequence = net.add(sequence, attention(net, net.layerNorm(sequence), 4));
    sequence = net.add(sequence, feedForward(net, net.layerNorm(sequence), 256, 'gelu'));
    net.output(sequence, 'features');
    return net.model();
  },
};
