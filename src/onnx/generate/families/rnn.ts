import type { NetworkFamily } from './family.js';

/** Recurrent layers over words or frames (Hochreiter & Schmidhuber 1997; Cho et al., arXiv:1406.1078). */
export const rnn: NetworkFamily = {
  name: 'rnn',
  write(net, draw) {
    const kind = draw.pick(['LSTM', 'GRU', 'RNN'] as const);
    const steps = draw.size(8, 128);
    const units = draw.size(32, 384, 8);
    const bidirectional = draw.chance(0.4);
    const features = draw.size(32, 256, 8);
    const sequence = draw.chance(0.5)
      ? net.embedding(net.tokens(steps), draw.pick([1000, 4000]), features)
      : net.input([1, steps, features]);
    let x = net.transpose(sequence, [1, 0, 2]);
    const depth = draw.integer(1, 3);
    for (let i = 0; i < depth; i++) x = net.recurrent(x, kind, units, bidirectional);
    if (draw.chance(0.5)) net.output(net.linear(net.at(x, 0, steps - 1), draw.pick([2, 10, 100])));
    else net.output(net.linear(net.transpose(x, [1, 0, 2]), draw.pick([30, 100, 1000])));
  },
};
