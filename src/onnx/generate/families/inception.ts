import type { NetworkWriter, Value } from '../../write/network-writer.js';
import { classifier, convBn } from './blocks.js';
import type { Draw } from './draw.js';
import type { NetworkFamily } from './family.js';

/** Parallel branches with several kernel sizes, some of them factorised (Szegedy et al., arXiv:1512.00567). */
export const inception: NetworkFamily = {
  name: 'inception',
  write(net, draw) {
    const size = draw.pick([96, 128, 160, 192, 224]);
    const width = draw.pick([16, 24, 32, 48]);
    let x = convBn(net, net.input([1, 3, size, size]), width, { kernel: 3, stride: 2, padding: 0 }, 'relu');
    x = convBn(net, x, 2 * width, { kernel: 3 }, 'relu');
    x = net.pool(x, 'MaxPool', { kernel: 3, stride: 2, padding: 0 });
    for (let stage = 0; stage < 3; stage++) {
      const depth = draw.integer(1, 3);
      for (let i = 0; i < depth; i++) x = module(net, draw, x, width * (stage + 1));
      if (stage < 2) x = net.pool(x, 'MaxPool', { kernel: 3, stride: 2 });
    }
    classifier(net, x, draw.pick([10, 100, 1000]));
  },
};

function module(net: NetworkWriter, draw: Draw, x: Value, width: number): Value {
  const one = (channels: number) => convBn(net, x, channels, { kernel: 1 }, 'relu');
  const branches = [one(width), convBn(net, one(width), Math.round(1.5 * width), { kernel: 3 }, 'relu')];
  if (draw.chance(0.5)) {
    let y = convBn(net, one(width / 2), width, { kernel: 3 }, 'relu');
    y = convBn(net, y, width, { kernel: 3 }, 'relu');
    branches.push(y);
  } else {
    const long = draw.pick([5, 7]);
    const y = convBn(net, one(width / 2), width, { kernel: [1, long] }, 'relu');
    branches.push(convBn(net, y, width, { kernel: [long, 1] }, 'relu'));
  }
  const pooled = net.pool(x, 'AveragePool', { kernel: 3 });
  branches.push(convBn(net, pooled, width / 2, { kernel: 1 }, 'relu'));
  return net.concat(branches, 1);
}
