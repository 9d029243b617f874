import { classifier, convBn, invertedResidual } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Inverted residuals with ReLU6 (Sandler et al., arXiv:1801.04381). */
export const mobilenetV2: NetworkFamily = {
  name: 'mobilenet_v2',
  write(net, draw) {
    const size = draw.pick([96, 128, 160, 192, 224]);
    const width = draw.pick([0.5, 0.75, 1, 1.25, 1.4]);
    const wide = (channels: number) => Math.max(8, Math.round((channels * width) / 8) * 8);
    let x = convBn(net, net.input([1, 3, size, size]), wide(32), { kernel: 3, stride: 2 }, 'relu6');
    for (const [i, channels] of [16, 24, 32, 64, 96, 160, 320].entries()) {
      const depth = i === 0 ? 1 : draw.integer(1, 4);
      for (let block = 0; block < depth; block++) {
        x = invertedResidual(net, x, {
          channels: wide(channels),
          expansion: i === 0 ? 1 : draw.pick([3, 4, 6]),
          kernel: 3,
          stride: block === 0 && [1, 2, 3, 5].includes(i) ? 2 : 1,
          activation: 'relu6',
        });
      }
    }
    classifier(net, convBn(net, x, Math.max(640, wide(1280)), { kernel: 1 }, 'relu6'), 1000);
  },
};
