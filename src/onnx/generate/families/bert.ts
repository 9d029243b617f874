import { attention, feedForward } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Text encoders that normalise after each sum (Devlin et al., arXiv:1810.04805). */
export const bert: NetworkFamily = {
  name: 'bert',
  write(net, draw) {
    const length = draw.pick([16, 32, 48, 64, 96, 128, 192]);
    const head = draw.pick([32, 64]);
    const width = head * draw.integer(2, 512 / head);
    const words = net.embedding(net.tokens(length), draw.pick([1000, 2000, 8000]), width);
    let x = net.layerNorm(net.add(words, net.learned([1, length, width])));
    const depth = draw.integer(1, 8);
    const activation = draw.pick(['gelu', 'gelu', 'relu'] as const);
    for (let i = 0; i < depth; i++) {
      x = net.layerNorm(net.add(attention(net, x, width / head), x));
      x = net.layerNorm(net.add(feedForward(net, x, 4 * width, activation), x));
    }
    if (draw.chance(0.5)) net.output(x);
    else
      net.output(net.linear(net.activation(net.linear(net.at(x, 1, 0), width), 'tanh'), draw.integer(2, 10)));
  },
};
