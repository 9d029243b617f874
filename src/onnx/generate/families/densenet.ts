import { classifier, convBn } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Layers that read all earlier maps of their block (Huang et al., arXiv:1608.06993). */
export const densenet: NetworkFamily = {
  name: 'densenet',
  write(net, draw) {
    const size = draw.pick([64, 96, 128, 160, 192, 224]);
    const growth = draw.pick([12, 16, 24, 32]);
    let x = convBn(net, net.input([1, 3, size, size]), 2 * growth, { kernel: 7, stride: 2 }, 'relu');
    x = net.pool(x, 'MaxPool', { kernel: 3, stride: 2 });
    const blocks = draw.integer(3, 4);
    for (let block = 0; block < blocks; block++) {
      const depth = draw.integer(2, 8);
      for (let i = 0; i < depth; i++) {
        const ready = net.activation(net.batchNorm(x), 'relu');
        const narrow = convBn(net, ready, 4 * growth, { kernel: 1 }, 'relu');
        x = net.concat([x, net.convolution(narrow, growth, { kernel: 3, bias: false })], 1);
      }
      if (block === blocks - 1) break;
      const ready = net.activation(net.batchNorm(x), 'relu');
      const half = net.convolution(ready, Math.floor(x.shape[1] / 2), { kernel: 1, bias: false });
      x = net.pool(half, 'AveragePool', { kernel: 2, stride: 2, padding: 0 });
    }
    classifier(net, net.activation(net.batchNorm(x), 'relu'), draw.pick([10, 100, 1000]));
  },
};
