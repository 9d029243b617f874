import type { NetworkWriter, Value } from '../../write/network-writer.js';
import { classifier, convBn } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Split the channels, convolve half of them, shuffle (Ma et al., arXiv:1807.11164). */
export const shufflenetV2: NetworkFamily = {
  name: 'shufflenet_v2',
  write(net, draw) {
    const size = draw.pick([96, 128, 160, 192, 224]);
    const width = draw.pick([24, 48, 58, 88, 116, 122]) * 2;
    let x = convBn(net, net.input([1, 3, size, size]), 24, { kernel: 3, stride: 2 }, 'relu');
    x = net.pool(x, 'MaxPool', { kernel: 3, stride: 2 });
    for (let stage = 0; stage < 3; stage++) {
      x = downUnit(net, x, width * 2 ** stage);
      const depth = draw.integer(2, 7);
      for (let i = 0; i < depth; i++) x = unit(net, x);
    }
    classifier(net, convBn(net, x, draw.pick([512, 1024]), { kernel: 1 }, 'relu'), 1000);
  },
};

function unit(net: NetworkWriter, x: Value): Value {
  const half = x.shape[1] / 2;
  const [kept, worked] = net.split(x, [half, half], 1);
  return shuffle(net, net.concat([kept, branch(net, worked, half, 1)], 1));
}

function downUnit(net: NetworkWriter, x: Value, channels: number): Value {
  const depthwise = convBn(net, x, x.shape[1], { kernel: 3, stride: 2, groups: x.shape[1] });
  const left = convBn(net, depthwise, channels / 2, { kernel: 1 }, 'relu');
  return shuffle(net, net.concat([left, branch(net, x, channels / 2, 2)], 1));
}

function branch(net: NetworkWriter, x: Value, channels: number, stride: number): Value {
  let y = convBn(net, x, channels, { kernel: 1 }, 'relu');
  y = convBn(net, y, channels, { kernel: 3, stride, groups: channels });
  return convBn(net, y, channels, { kernel: 1 }, 'relu');
}

function shuffle(net: NetworkWriter, x: Value): Value {
  const [batch, channels, height, width] = x.shape;
  const grouped = net.reshape(x, [batch, 2, channels / 2, height, width]);
  return net.reshape(net.transpose(grouped, [0, 2, 1, 3, 4]), x.shape);
}
