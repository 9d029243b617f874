import { convBn, invertedResidual } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Segmentation: a mobile backbone, parallel dilated convolutions, and upsampling (Chen et al., arXiv:1802.02611). */
export const deeplab: NetworkFamily = {
  name: 'deeplab',
  write(net, draw) {
    const size = draw.pick([96, 128, 160, 192, 256]);
    const width = draw.pick([8, 16, 24]);
    const pyramid = draw.pick([32, 64, 96]);
    let x = convBn(net, net.input([1, 3, size, size]), 2 * width, { kernel: 3, stride: 2 }, 'relu6');
    let low = x;
    for (let stage = 0; stage < 4; stage++) {
      const depth = draw.integer(1, 3);
      for (let i = 0; i < depth; i++) {
        const stride = i === 0 && stage < 3 ? 2 : 1;
        const channels = width * (1 + stage);
        x = invertedResidual(net, x, { channels, expansion: 6, kernel: 3, stride, activation: 'relu6' });
      }
      if (stage === 0) low = x;
    }
    const maps = [convBn(net, x, pyramid, { kernel: 1 }, 'relu')];
    for (const dilation of [1, 2, 3].map((i) => i * draw.pick([1, 2, 3])))
      maps.push(convBn(net, x, pyramid, { kernel: 3, dilation }, 'relu'));
    const pooled = convBn(net, net.globalPool(x), pyramid, { kernel: 1 }, 'relu');
    maps.push(net.resize(pooled, [x.shape[2], x.shape[3]], 'linear'));
    x = convBn(net, net.concat(maps, 1), pyramid, { kernel: 1 }, 'relu');
    x = net.resize(x, [low.shape[2], low.shape[3]], 'linear');
    x = net.concat([x, convBn(net, low, 24, { kernel: 1 }, 'relu')], 1);
    x = convBn(net, x, pyramid, { kernel: 3 }, 'relu');
    x = net.convolution(x, draw.pick([2, 11, 21]), { kernel: 1 });
    net.output(net.resize(x, [size, size], 'linear'));
  },
};
