import type { NetworkWriter, Value } from '../../write/network-writer.js';
import { feedForward } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** 7 × 7 depthwise convolutions and linear layers over channels (Liu et al., arXiv:2201.03545). */
export const convnext: NetworkFamily = {
  name: 'convnext',
  write(net, draw) {
    const size = draw.pick([64, 96, 128, 160, 192, 224]);
    const width = draw.pick([16, 24, 32, 40, 48, 64]);
    let x = net.convolution(net.input([1, 3, size, size]), width, { kernel: 4, stride: 4, padding: 0 });
    x = channelNorm(net, x);
    for (let stage = 0; stage < 4; stage++) {
      if (stage > 0) {
        const options = { kernel: 2, stride: 2, padding: 0 };
        x = net.convolution(channelNorm(net, x), width * 2 ** stage, options);
      }
      const depth = stage === 2 ? draw.integer(1, 6) : draw.integer(1, 3);
      for (let i = 0; i < depth; i++) x = block(net, x);
    }
    const last = net.layerNorm(net.flatten(net.globalPool(x)));
    net.output(net.linear(last, draw.pick([10, 100, 1000])));
  },
};

function block(net: NetworkWriter, x: Value): Value {
  const channels = x.shape[1];
  const spread = net.convolution(x, channels, { kernel: 7, groups: channels });
  const last = net.layerNorm(net.transpose(spread, [0, 2, 3, 1]));
  const mixed = net.mul(net.learned([channels]), feedForward(net, last, 4 * channels, 'gelu'));
  return net.add(x, net.transpose(mixed, [0, 3, 1, 2]));
}

function channelNorm(net: NetworkWriter, x: Value): Value {
  return net.transpose(net.layerNorm(net.transpose(x, [0, 2, 3, 1])), [0, 3, 1, 2]);
}
