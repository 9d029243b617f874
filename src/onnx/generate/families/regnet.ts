import { classifier, convBn, squeezeExcite } from './blocks.js';
import type { NetworkFamily } from './family.js';

/**
 * Grouped bottlenecks with widths that grow by a rule, with or without squeeze-and-excitation (Radosavovic et
 * al., arXiv:2003.13678).
 */
export const regnet: NetworkFamily = {
  name: 'regnet',
  write(net, draw) {
    const size = draw.pick([64, 96, 128, 160, 192, 224]);
    const group = draw.pick([8, 16, 24, 32]);
    const squeezed = draw.chance(0.5);
    const growth = draw.pick([1.5, 2, 2.5]);
    let width = group * draw.integer(1, 4);
    let x = convBn(net, net.input([1, 3, size, size]), 32, { kernel: 3, stride: 2 }, 'relu');
    for (let stage = 0; stage < 4; stage++) {
      const depth = draw.integer(1, 4);
      for (let i = 0; i < depth; i++) {
        const stride = i === 0 ? 2 : 1;
        let y = convBn(net, x, width, { kernel: 1 }, 'relu');
        y = convBn(net, y, width, { kernel: 3, stride, groups: width / group }, 'relu');
        if (squeezed) y = squeezeExcite(net, y, Math.max(4, Math.round(x.shape[1] / 4)));
        y = convBn(net, y, width, { kernel: 1 });
        const shortcut = stride === 1 ? x : convBn(net, x, width, { kernel: 1, stride });
        x = net.activation(net.add(y, shortcut), 'relu');
      }
      width = group * Math.round((width * growth) / group);
    }
    classifier(net, x, draw.pick([10, 100, 1000]));
  },
};
