import type { NetworkWriter, Value } from '../../write/network-writer.js';
import type { NetworkFamily } from './family.js';

/** Fire modules (Iandola et al., arXiv:1602.07360). */
export const squeezenet: NetworkFamily = {
  name: 'squeezenet',
  write(net, draw) {
    const size = draw.pick([96, 128, 160, 192, 224]);
    const stem = draw.pick([
      { kernel: 7, channels: 96 },
      { kernel: 3, channels: 64 },
      { kernel: 3, channels: 32 },
    ]);
    const base = draw.pick([8, 12, 16, 24]);
    const expansion = draw.pick([3, 4, 5]);
    let x = net.input([1, 3, size, size]);
    x = net.activation(
      net.convolution(x, stem.channels, { kernel: stem.kernel, stride: 2, padding: 0 }),
      'relu',
    );
    const modules = draw.integer(6, 10);
    for (let i = 0; i < modules; i++) {
      if (i === 0 || i === 3 || i === 7) x = net.pool(x, 'MaxPool', { kernel: 3, stride: 2, padding: 0 });
      x = fire(net, x, base * (1 + Math.floor(i / 2)), expansion);
    }
    const classes = draw.pick([10, 100, 1000]);
    const scores = net.activation(net.convolution(x, classes, { kernel: 1 }), 'relu');
    net.output(net.flatten(net.globalPool(scores)));
  },
};

function fire(net: NetworkWriter, x: Value, squeezed: number, expansion: number): Value {
  const narrow = net.activation(net.convolution(x, squeezed, { kernel: 1 }), 'relu');
  const expanded = [1, 3].map((kernel) =>
    net.activation(net.convolution(narrow, squeezed * expansion, { kernel }), 'relu'),
  );
  return net.concat(expanded, 1);
}
