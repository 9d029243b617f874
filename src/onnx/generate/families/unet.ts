import type { NetworkWriter, Value } from '../../write/network-writer.js';
import { convBn } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Encoder and decoder over large maps, joined at every resolution (Ronneberger et al., arXiv:1505.04597). */
export const unet: NetworkFamily = {
  name: 'unet',
  write(net, draw) {
    const size = draw.pick([64, 96, 128, 160, 192, 256]);
    const width = draw.pick([8, 12, 16, 24, 32]);
    const depth = draw.integer(2, 4);
    const transposed = draw.chance(0.5);
    let x = net.input([1, draw.pick([1, 3]), size, size]);
    const skips: Value[] = [];
    for (let level = 0; level < depth; level++) {
      x = double(net, x, width * 2 ** level);
      skips.push(x);
      x = net.pool(x, 'MaxPool', { kernel: 2, stride: 2, padding: 0 });
    }
    x = double(net, x, width * 2 ** depth);
    for (const [i, skip] of skips.reverse().entries()) {
      const channels = width * 2 ** (depth - 1 - i);
      const up = transposed
        ? net.upConvolution(x, channels, 2)
        : net.resize(x, [skip.shape[2], skip.shape[3]], 'linear');
      x = double(net, net.concat([skip, up], 1), channels);
    }
    net.output(net.convolution(x, draw.integer(1, 21), { kernel: 1 }));
  },
};

function double(net: NetworkWriter, x: Value, channels: number): Value {
  return convBn(net, convBn(net, x, channels, { kernel: 3 }, 'relu'), channels, { kernel: 3 }, 'relu');
}
