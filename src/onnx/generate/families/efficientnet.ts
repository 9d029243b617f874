import { classifier, convBn, invertedResidual } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Inverted residuals with SiLU and squeeze-and-excitation, in several scales (Tan & Le, arXiv:1905.11946). */
export const efficientnet: NetworkFamily = {
  name: 'efficientnet',
  write(net, draw) {
    const size = draw.pick([96, 128, 160, 192, 224]);
    const width = draw.pick([0.5, 0.75, 1, 1.1]);
    const wide = (channels: number) => Math.max(8, Math.round((channels * width) / 8) * 8);
    let x = convBn(net, net.input([1, 3, size, size]), wide(32), { kernel: 3, stride: 2 }, 'swish');
    for (const [i, channels] of [16, 24, 40, 80, 112, 192, 320].entries()) {
      const depth = i === 0 ? 1 : draw.integer(1, 3);
      for (let block = 0; block < depth; block++) {
        x = invertedResidual(net, x, {
          channels: wide(channels),
          expansion: i === 0 ? 1 : draw.pick([4, 6]),
          kernel: [3, 3, 5, 3, 5, 5, 3][i],
          stride: block === 0 && [1, 2, 3, 5].includes(i) ? 2 : 1,
          activation: 'swish',
          squeeze: { reduced: Math.max(1, Math.floor(x.shape[1] / 4)), activation: 'swish', gate: 'sigmoid' },
        });
      }
    }
    classifier(net, convBn(net, x, wide(1280), { kernel: 1 }, 'swish'), 1000);
  },
};
