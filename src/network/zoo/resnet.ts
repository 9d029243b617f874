import { OperatorGraph } from '../graph.js';
import { conv2d, pool } from '../operator.js';

/** Bottleneck blocks per stage. */
const BLOCKS = { 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3] } as const;
const EXPANSION = 4;

/**
 * ResNet with bottleneck blocks for ImageNet (He et al., CVPR 2016, table 1), the stride in a block's 3×3
 * convolution and normalisation folded into the convolutions' weights, as inference engines have it.
 *
 * @param size height and width of the image
 */
export function resnet(layers: keyof typeof BLOCKS, size = 224): OperatorGraph {
  const graph = new OperatorGraph();
  const convolution = (x: string, channels: number, kernel: number, name: string, stride = 1) =>
    graph.add(conv2d(channels, kernel, { stride, bias: true }), [x], name);
  const relu = (x: string, name: string) => graph.add({ kind: 'relu' }, [x], `${name}.relu`);
  let x = relu(convolution(graph.input([3, size, size], 'image'), 64, 7, 'stem', 2), 'stem');
  x = graph.add(pool('maxPool', 3, 2, 1), [x], 'stem.pool');
  for (const [stage, blocks] of BLOCKS[layers].entries()) {
    const width = 64 * 2 ** stage;
    for (let block = 0; block < blocks; block++) {
      const name = `stage${stage + 1}.block${block + 1}`;
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const shortcut = block === 0 ? convolution(x, width * EXPANSION, 1, `${name}.shortcut`, stride) : x;
      let y = relu(convolution(x, width, 1, `${name}.a`), `${name}.a`);
      y = relu(convolution(y, width, 3, `${name}.b`, stride), `${name}.b`);
      y = convolution(y, width * EXPANSION, 1, `${name}.c`);
      x = relu(graph.add({ kind: 'add' }, [y, shortcut], `${name}.sum`), name);
    }
  }
  x = graph.add({ kind: 'globalAvgPool' }, [x], 'pool');
  x = graph.add({ kind: 'flatten' }, [x], 'flatten');
  x = graph.add({ kind: 'linear', outFeatures: 1000, bias: true }, [x], 'classifier');
  graph.output(x, 'logits');
  graph.validate();
  return graph;
}
