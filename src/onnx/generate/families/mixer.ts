import { feedForward, patches } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Linear layers over patches and over channels in turn (Tolstikhin et al., arXiv:2105.01601). */
export const mixer: NetworkFamily = {
  name: 'mixer',
  write(net, draw) {
    const patch = draw.pick([8, 16, 32]);
    const size = patch * draw.integer(4, 14);
    const width = draw.size(64, 512, 16);
    let x = patches(net, net.input([1, 3, size, size]), patch, width);
    const depth = draw.integer(2, 12);
    for (let i = 0; i < depth; i++) {
      const turned = net.transpose(net.layerNorm(x), [0, 2, 1]);
      x = net.add(x, net.transpose(feedForward(net, turned, width / 2, 'gelu'), [0, 2, 1]));
      x = net.add(x, feedForward(net, net.layerNorm(x), 4 * width, 'gelu'));
    }
    net.output(net.linear(net.mean(net.layerNorm(x), 1), draw.pick([10, 100, 1000])));
  },
};
