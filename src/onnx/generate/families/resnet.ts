import type { NetworkWriter, Value } from '../../write/network-writer.js';
import { classifier, convBn } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Residual networks with basic or bottleneck blocks (He et al., arXiv:1512.03385). */
export const resnet: NetworkFamily = {
  name: 'resnet',
  write(net, draw) {
    const size = draw.pick([64, 96, 128, 160, 192, 224]);
    const width = draw.pick([16, 24, 32, 40, 48, 64]);
    const bottleneck = draw.chance(0.5);
    let x = convBn(net, net.input([1, 3, size, size]), width, { kernel: 7, stride: 2 }, 'relu');
    x = net.pool(x, 'MaxPool', { kernel: 3, stride: 2 });
    for (let stage = 0; stage < 4; stage++) {
      const depth = draw.integer(1, 4);
      for (let i = 0; i < depth; i++)
        x = residual(net, x, width * 2 ** stage, stage > 0 && i === 0 ? 2 : 1, bottleneck);
    }
    classifier(net, x, draw.pick([10, 100, 1000]));
  },
};

function residual(net: NetworkWriter, x: Value, width: number, stride: number, bottleneck: boolean): Value {
  const channels = bottleneck ? 4 * width : width;
  let y: Value;
  if (bottleneck) {
    y = convBn(net, x, width, { kernel: 1 }, 'relu');
    y = convBn(net, y, width, { kernel: 3, stride }, 'relu');
    y = convBn(net, y, channels, { kernel: 1 });
  } else {
    y = convBn(net, x, width, { kernel: 3, stride }, 'relu');
    y = convBn(net, y, channels, { kernel: 3 });
  }
  const same = stride === 1 && x.shape[1] === channels;
  return net.activation(net.add(y, same ? x : convBn(net, x, channels, { kernel: 1, stride })), 'relu');
}
