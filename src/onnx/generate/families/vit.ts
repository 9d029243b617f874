import { attention, feedForward, patches } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Transformers over the patches of an image (Dosovitskiy et al., arXiv:2010.11929). */
export const vit: NetworkFamily = {
  name: 'vit',
  write(net, draw) {
    const patch = draw.pick([8, 16, 32]);
    const size = patch * draw.integer(4, 14);
    const head = draw.pick([32, 64]);
    const width = head * draw.integer(2, 384 / head);
    let x = patches(net, net.input([1, 3, size, size]), patch, width);
    const withClass = draw.chance(0.7);
    if (withClass) x = net.concat([net.learned([1, 1, width]), x], 1);
    x = net.add(x, net.learned(x.shape));
    const depth = draw.integer(2, 12);
    for (let i = 0; i < depth; i++) {
      x = net.add(x, attention(net, net.layerNorm(x), width / head, { joint: true }));
      x = net.add(x, feedForward(net, net.layerNorm(x), 4 * width, 'gelu'));
    }
    x = net.layerNorm(x);
    net.output(net.linear(withClass ? net.at(x, 1, 0) : net.mean(x, 1), draw.pick([10, 100, 1000])));
  },
};
