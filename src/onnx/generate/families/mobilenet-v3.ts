import { convBn, invertedResidual } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Inverted residuals with hard swish and squeeze-and-excitation (Howard et al., arXiv:1905.02244). */
export const mobilenetV3: NetworkFamily = {
  name: 'mobilenet_v3',
  write(net, draw) {
    const size = draw.pick([96, 128, 160, 192, 224]);
    const width = draw.pick([0.5, 0.75, 1, 1.25]);
    const wide = (channels: number) => Math.max(8, Math.round((channels * width) / 8) * 8);
    let x = convBn(net, net.input([1, 3, size, size]), wide(16), { kernel: 3, stride: 2 }, 'hardSwish');
    for (const [i, channels] of [16, 24, 40, 80, 112, 160].entries()) {
      const depth = i === 0 ? 1 : draw.integer(1, 4);
      const squeezed = draw.chance(0.5);
      const kernel = draw.pick([3, 5]);
      for (let block = 0; block < depth; block++) {
        const expansion = i === 0 ? 1 : draw.pick([3, 4, 6]);
        const reduced = Math.max(8, Math.round((x.shape[1] * expansion) / 32) * 8);
        x = invertedResidual(net, x, {
          channels: wide(channels),
          expansion,
          kernel,
          stride: block === 0 && [1, 2, 3, 5].includes(i) ? 2 : 1,
          activation: i < 3 ? 'relu' : 'hardSwish',
          squeeze: squeezed ? { reduced, activation: 'relu', gate: 'hardSigmoid' } : undefined,
        });
      }
    }
    x = convBn(net, x, wide(960), { kernel: 1 }, 'hardSwish');
    const hidden = net.activation(net.linear(net.flatten(net.globalPool(x)), wide(1280)), 'hardSwish');
    net.output(net.linear(hidden, 1000));
  },
};
