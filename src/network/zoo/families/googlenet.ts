import { OperatorGraph } from '../../graph.js';
import { conv2d, type Pool, pool } from '../../operator.js';

/**
 * Output channels of an inception module: 1×1; 3×3 after its reduction; 5×5 after its reduction; projection
 * of the pooling.
 */
type Inception = readonly [
  one: number,
  threeReduce: number,
  three: number,
  fiveReduce: number,
  five: number,
  projection: number,
];

const STAGES: readonly (readonly (readonly [name: string, channels: Inception])[])[] = [
  [
    ['3a', [64, 96, 128, 16, 32, 32]],
    ['3b', [128, 128, 192, 32, 96, 64]],
  ],
  [
    ['4a', [192, 96, 208, 16, 48, 64]],
    ['4b', [160, 112, 224, 24, 64, 64]],
    ['4c', [128, 128, 256, 24, 64, 64]],
    ['4d', [112, 144, 288, 32, 64, 64]],
    ['4e', [256, 160, 320, 32, 128, 128]],
  ],
  [
    ['5a', [256, 160, 320, 32, 128, 128]],
    ['5b', [384, 192, 384, 48, 128, 128]],
  ],
];

/**
 * GoogLeNet for ImageNet (Szegedy et al., CVPR 2015, table 1), without the auxiliary classifiers and the two
 * local response normalisations.
 *
 * @param size height and width of the image in pixels
 */
export function googlenet(size = 224): OperatorGraph {
  const graph = new OperatorGraph();
  let x = graph.input([3, size, size], 'image');
  x = convolution(graph, x, 64, 7, 'conv1', 2);
  x = graph.add(halving(), [x], 'pool1');
  x = convolution(graph, x, 64, 1, 'conv2.reduce');
  x = convolution(graph, x, 192, 3, 'conv2');
  for (const [stage, modules] of STAGES.entries()) {
    x = graph.add(halving(), [x], `pool${stage + 2}`);
    for (const [name, channels] of modules) x = inception(graph, x, channels, `inception${name}`);
  }
  x = graph.add({ kind: 'globalAvgPool' }, [x], 'pool5');
  x = graph.add({ kind: 'flatten' }, [x], 'flatten');
  x = graph.add({ kind: 'linear', outFeatures: 1000, bias: true }, [x], 'classifier');
  graph.output(x, 'logits');
  graph.validate();
  return graph;
}

function inception(graph: OperatorGraph, x: string, channels: Inception, name: string): string {
  const [one, threeReduce, three, fiveReduce, five, projection] = channels;
  const reduced = (width: number, kernel: number) =>
    convolution(graph, x, width, 1, `${name}.${kernel}x${kernel}.reduce`);
  const branches = [
    convolution(graph, x, one, 1, `${name}.1x1`),
    convolution(graph, reduced(threeReduce, 3), three, 3, `${name}.3x3`),
    convolution(graph, reduced(fiveReduce, 5), five, 5, `${name}.5x5`),
    convolution(
      graph,
      graph.add(pool('maxPool', 3, 1, 1), [x], `${name}.pool`),
      projection,
      1,
      `${name}.proj`,
    ),
  ];
  return graph.add({ kind: 'concat', axis: 0 }, branches, `${name}.concat`);
}

function convolution(
  graph: OperatorGraph,
  x: string,
  channels: number,
  kernel: number,
  name: string,
  stride = 1,
): string {
  const convolved = graph.add(conv2d(channels, kernel, { stride, bias: true }), [x], name);
  return graph.add({ kind: 'relu' }, [convolved], `${name}.relu`);
}

/** A last window that reaches beyond the map is included, as in the published network. */
function halving(): Pool {
  return { ...pool('maxPool', 3, 2), ceil: true };
}
