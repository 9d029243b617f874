import { convBn } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Dilated residual convolutions over time (Bai et al., arXiv:1803.01271). */
export const tcn: NetworkFamily = {
  name: 'tcn',
  write(net, draw) {
    const length = draw.size(64, 1024, 8);
    const width = draw.size(16, 160, 8);
    const kernel = draw.pick([3, 5, 7]);
    const normalised = draw.chance(0.5);
    let x = net.input([1, draw.pick([1, 12, 40, 80]), length]);
    const levels = draw.integer(3, 8);
    for (let level = 0; level < levels; level++) {
      const options = { kernel, dilation: 2 ** Math.min(level, 5) };
      let y = x;
      for (let i = 0; i < 2; i++) {
        y = normalised
          ? convBn(net, y, width, options, 'relu')
          : net.activation(net.convolution(y, width, options), 'relu');
      }
      const same = x.shape[1] === width;
      x = net.activation(net.add(y, same ? x : net.convolution(x, width, { kernel: 1 })), 'relu');
    }
    if (draw.chance(0.5)) net.output(net.linear(net.flatten(net.globalPool(x)), draw.pick([2, 10, 35])));
    else net.output(net.convolution(x, draw.pick([1, 10, 40]), { kernel: 1 }));
  },
};
