import { convBn } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Plain chains of 3 × 3 convolutions and large linear layers (Simonyan & Zisserman, arXiv:1409.1556). */
export const vgg: NetworkFamily = {
  name: 'vgg',
  write(net, draw) {
    const size = draw.pick([32, 64, 96, 128]);
    const width = draw.pick([16, 24, 32, 48, 64]);
    const normalised = draw.chance(0.5);
    let x = net.input([1, 3, size, size]);
    const stages = size === 32 ? 4 : 5;
    for (let stage = 0; stage < stages; stage++) {
      const depth = draw.integer(1, 3);
      for (let i = 0; i < depth; i++) {
        const channels = width * Math.min(8, 2 ** stage);
        x = normalised
          ? convBn(net, x, channels, { kernel: 3 }, 'relu')
          : net.activation(net.convolution(x, channels, { kernel: 3 }), 'relu');
      }
      x = net.pool(x, 'MaxPool', { kernel: 2, stride: 2, padding: 0 });
    }
    const hidden = draw.pick([256, 512, 1024, 2048]);
    let y = net.activation(net.linear(net.flatten(x), hidden), 'relu');
    y = net.activation(net.linear(y, hidden), 'relu');
    net.output(net.linear(y, draw.pick([10, 100, 1000])));
  },
};
