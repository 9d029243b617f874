import { OperatorGraph } from '../../graph.js';
import { conv2d, pool } from '../../operator.js';

const CHANNELS = [128, 128, 256, 256, 512, 512];
const FEATURES = [1024, 1024, 10];

/**
 * The binarised CIFAR-10 network of Courbariaux et al. (arXiv:1602.02830): six 3×3 convolutions with
 * max-pooling after every second, and three fully connected layers. In hardware, the normalisation and sign
 * function after each layer are a single comparison with a threshold.
 */
export function binaryCifar10(): OperatorGraph {
  const graph = new OperatorGraph();
  let x = graph.input([3, 32, 32], 'image');
  for (const [i, channels] of CHANNELS.entries()) {
    x = graph.add(conv2d(channels, 3), [x], `conv${i + 1}`);
    if (i % 2 === 1) x = graph.add(pool('maxPool', 2, 2), [x], `pool${i + 1}`);
    x = graph.add({ kind: 'batchNorm' }, [x], `norm${i + 1}`);
  }
  x = graph.add({ kind: 'flatten' }, [x], 'flatten');
  for (const [i, outFeatures] of FEATURES.entries()) {
    x = graph.add({ kind: 'linear', outFeatures, bias: false }, [x], `fc${i + 1}`);
    x = graph.add({ kind: 'batchNorm' }, [x], `fc${i + 1}.norm`);
  }
  graph.output(x, 'scores');
  graph.validate();
  return graph;
}
