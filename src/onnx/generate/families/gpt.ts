import type { NetworkWriter, Value } from '../../write/network-writer.js';
import { attention } from './blocks.js';
import type { NetworkFamily } from './family.js';

/** Text decoders with a causal mask and the tanh approximation of GELU (Radford et al., 2019). */
export const gptDecoders: NetworkFamily = {
  name: 'gpt',
  write(net, draw) {
    const length = draw.pick([8, 16, 32, 64, 96, 128]);
    const head = draw.pick([32, 64]);
    const width = head * draw.integer(2, 384 / head);
    const vocabulary = draw.pick([256, 1000, 4000]);
    let x = net.add(net.embedding(net.tokens(length), vocabulary, width), net.learned([1, length, width]));
    const causal = Float32Array.from({ length: length * length }, (_, i) =>
      i % length > Math.floor(i / length) ? -1e4 : 0,
    );
    const mask = net.constant(causal, [1, 1, length, length]);
    const depth = draw.integer(1, 8);
    for (let i = 0; i < depth; i++) {
      x = net.add(x, attention(net, net.layerNorm(x), width / head, { mask }));
      const hidden = tanhGelu(net, net.linear(net.layerNorm(x), 4 * width));
      x = net.add(x, net.linear(hidden, width));
    }
    net.output(net.linear(net.layerNorm(x), vocabulary, false));
  },
};

/** x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))) (Hendrycks & Gimpel, arXiv:1606.08415). */
function tanhGelu(net: NetworkWriter, x: Value): Value {
  const cube = net.node('Pow', [x, net.g.floats([3], [])], x.shape);
  const inner = net.scale(net.add(x, net.scale(cube, 0.044715)), Math.sqrt(2 / Math.PI));
  const one = net.node('Add', [net.activation(inner, 'tanh'), net.g.floats([1], [])], x.shape);
  return net.mul(net.scale(x, 0.5), one);
}
