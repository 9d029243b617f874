import type { NetworkWriter, Value } from '../../write/network-writer.js';
import { attention, feedForward } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Attention in shifted windows, over maps that get smaller (Liu et al., arXiv:2103.14030). */
export const swin: NetworkFamily = {
  name: 'swin',
  write(net, draw) {
    const window = draw.pick([4, 7]);
    const stages = draw.integer(2, 3);
    const side = window * 2 ** (stages - 1) * draw.integer(1, 2);
    const head = draw.pick([16, 32]);
    const width = head * draw.integer(1, 96 / head);
    const map = net.convolution(net.input([1, 3, 4 * side, 4 * side]), width, {
      kernel: 4,
      stride: 4,
      padding: 0,
    });
    let x = net.layerNorm(net.transpose(map, [0, 2, 3, 1]));
    for (let stage = 0; stage < stages; stage++) {
      if (stage > 0) x = merged(net, x);
      const depth = 2 * draw.integer(1, stage === 2 ? 3 : 1);
      for (let i = 0; i < depth; i++) x = block(net, x, window, head, i % 2 === 1 && x.shape[1] > window);
    }
    const [batch, height, wide, channels] = x.shape;
    const last = net.reshape(net.layerNorm(x), [batch, height * wide, channels]);
    net.output(net.linear(net.mean(last, 1), draw.pick([10, 100, 1000])));
  },
};

function block(net: NetworkWriter, x: Value, window: number, head: number, shifted: boolean): Value {
  const [batch, height, width, channels] = x.shape;
  const across = [height / window, width / window];
  let y = net.layerNorm(x);
  if (shifted) y = rolled(net, y, Math.floor(window / 2));
  y = net.reshape(y, [batch, across[0], window, across[1], window, channels]);
  y = net.reshape(net.transpose(y, [0, 1, 3, 2, 4, 5]), [across[0] * across[1], window ** 2, channels]);
  const positions = net.learned([1, channels / head, window ** 2, window ** 2]);
  y = attention(net, y, channels / head, { joint: true, mask: positions });
  y = net.reshape(y, [batch, across[0], across[1], window, window, channels]);
  y = net.reshape(net.transpose(y, [0, 1, 3, 2, 4, 5]), [batch, height, width, channels]);
  if (shifted) y = rolled(net, y, window - Math.floor(window / 2));
  const mixed = net.add(x, y);
  return net.add(mixed, feedForward(net, net.layerNorm(mixed), 4 * channels, 'gelu'));
}

/** The map rotated by some rows and columns, in the form in which exporters write torch.roll. */
function rolled(net: NetworkWriter, x: Value, by: number): Value {
  let y = x;
  for (const axis of [1, 2])
    y = net.concat([net.slice(y, axis, by, y.shape[axis]), net.slice(y, axis, 0, by)], axis);
  return y;
}

/** Concatenates the channels of each 2 × 2 patch, then halves their number. */
function merged(net: NetworkWriter, x: Value): Value {
  const [batch, height, width, channels] = x.shape;
  const cut = net.reshape(x, [batch, height / 2, 2, width / 2, 2, channels]);
  const beside = net.reshape(net.transpose(cut, [0, 1, 3, 4, 2, 5]), [
    batch,
    height / 2,
    width / 2,
    4 * channels,
  ]);
  return net.linear(net.layerNorm(beside), 2 * channels, false);
}
