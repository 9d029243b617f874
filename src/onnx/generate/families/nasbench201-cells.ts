import type { NetworkWriter, Value } from '../../write/network-writer.js';
import { classifier, convBn } from './blocks.js';
import type { NetworkFamily } from './family.js';

const OPERATIONS = ['none', 'skip', 'conv1', 'conv3', 'pool'] as const;

/**
 * The networks of NAS-Bench-201, and further sizes (Dong & Yang, arXiv:2001.00326): stacks of one cell of
 * four nodes.
 */
export const nasbench201Cells: NetworkFamily = {
  name: 'nasbench201_cells',
  write(net, draw) {
    const size = draw.pick([32, 32, 48, 64]);
    const width = draw.pick([16, 16, 24, 32]);
    const depth = draw.integer(1, 5);
    const cell = Array.from({ length: 6 }, () => draw.pick(OPERATIONS));
    // A cell needs a path from input to output; the direct edge always provides one.
    if (cell[3] === 'none') cell[3] = draw.pick(OPERATIONS.slice(1));
    let x = convBn(net, net.input([1, 3, size, size]), width, { kernel: 3 });
    for (let stage = 0; stage < 3; stage++) {
      if (stage > 0) x = reduction(net, x);
      for (let i = 0; i < depth; i++) x = cellOf(net, x, cell);
    }
    classifier(net, net.activation(net.batchNorm(x), 'relu'), draw.pick([10, 100]));
  },
};

/** Edges 0→1, 0→2, 1→2, 0→3, 1→3, 2→3. Nodes without an input are left out, as in pruned networks. */
function cellOf(net: NetworkWriter, x: Value, cell: readonly (typeof OPERATIONS)[number][]): Value {
  const nodes: (Value | undefined)[] = [x];
  let edge = 0;
  for (let node = 1; node < 4; node++) {
    let sum: Value | undefined;
    for (let from = 0; from < node; from++, edge++) {
      const source = nodes[from];
      if (!source || cell[edge] === 'none') continue;
      const value = operation(net, source, cell[edge]);
      sum = sum ? net.add(sum, value) : value;
    }
    nodes.push(sum);
  }
  return nodes[3] as Value;
}

function operation(net: NetworkWriter, x: Value, kind: (typeof OPERATIONS)[number]): Value {
  if (kind === 'skip') return x;
  if (kind === 'pool') return net.pool(x, 'AveragePool', { kernel: 3 });
  const ready = net.activation(x, 'relu');
  return convBn(net, ready, x.shape[1], { kernel: kind === 'conv3' ? 3 : 1 });
}

function reduction(net: NetworkWriter, x: Value): Value {
  const channels = 2 * x.shape[1];
  let y = convBn(net, net.activation(x, 'relu'), channels, { kernel: 3, stride: 2 });
  y = convBn(net, net.activation(y, 'relu'), channels, { kernel: 3 });
  const pooled = net.pool(x, 'AveragePool', { kernel: 2, stride: 2, padding: 0 });
  return net.add(y, net.convolution(pooled, channels, { kernel: 1, bias: false }));
}
