import { OperatorGraph } from '../../network/graph.js';
import { conv2d, pool } from '../../network/operator.js';
import type { Architecture } from '../space.js';
import { EDGES } from './edges.js';

/** The network in which cells are stacked. */
export interface Skeleton {
  /** `[channels, height, width]`; height and width must be divisible by 2 for each stage after the first. */
  readonly image: readonly [number, number, number];
  readonly stageChannels: readonly number[];
  readonly cellsPerStage: number;
  readonly classes: number;
}

const PUBLISHED: Skeleton = {
  image: [3, 32, 32],
  stageChannels: [16, 32, 64],
  cellsPerStage: 5,
  classes: 10,
};

/** Operations in the order of NAS-Bench-201's own list (Dong & Yang, arXiv:2001.00326, section 2.1). */
export const OPERATIONS = ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'] as const;

/**
 * The network of a cell for CIFAR-10 images `[3, 32, 32]` (arXiv:2001.00326, section 2.1): stem, three stages
 * of five cells with residual reductions between them, classifier. It includes operations that do not reach
 * the output, because the benchmark runs them; `none` is a `zeroize` operator, so that they have a reader.
 */
export function nasbench201Network(architecture: Architecture): OperatorGraph {
  return stackedCells(architecture, PUBLISHED);
}

/** The same for other images, widths and depths. */
export function stackedCells(architecture: Architecture, skeleton: Skeleton): OperatorGraph {
  const { image, stageChannels, cellsPerStage, classes } = skeleton;
  const graph = new OperatorGraph();
  let x = graph.add(conv2d(stageChannels[0], 3), [graph.input(image, 'image')], 'stem.conv');
  x = graph.add({ kind: 'batchNorm' }, [x], 'stem.norm');
  for (const [stage, channels] of stageChannels.entries()) {
    if (stage > 0) x = reduction(graph, x, channels, `reduction${stage}`);
    for (let cell = 0; cell < cellsPerStage; cell++) {
      x = addCell(graph, architecture, x, channels, `stage${stage + 1}.cell${cell + 1}`);
    }
  }
  x = graph.add({ kind: 'batchNorm' }, [x], 'last.norm');
  x = graph.add({ kind: 'relu' }, [x], 'last.relu');
  x = graph.add({ kind: 'globalAvgPool' }, [x], 'last.pool');
  x = graph.add({ kind: 'flatten' }, [x], 'last.flatten');
  x = graph.add({ kind: 'linear', outFeatures: classes, bias: true }, [x], 'classifier');
  graph.output(x, 'logits');
  graph.validate();
  return graph;
}

function addCell(
  graph: OperatorGraph,
  architecture: Architecture,
  input: string,
  channels: number,
  name: string,
): string {
  const tensors = [input];
  for (let to = 1; to <= 3; to++) {
    const terms = EDGES.flatMap(([from, target], k) =>
      target === to
        ? [operation(graph, OPERATIONS[architecture[k]], tensors[from], channels, `${name}.edge${from}${to}`)]
        : [],
    );
    tensors.push(terms.length === 1 ? terms[0] : graph.add({ kind: 'add' }, terms, `${name}.sum${to}`));
  }
  return tensors[3];
}

function operation(
  graph: OperatorGraph,
  operation: (typeof OPERATIONS)[number],
  x: string,
  channels: number,
  name: string,
): string {
  switch (operation) {
    case 'none':
      return graph.add({ kind: 'zeroize' }, [x], `${name}.zeroize`);
    case 'skip_connect':
      return x;
    case 'nor_conv_1x1':
      return reluConvNorm(graph, x, channels, 1, 1, name);
    case 'nor_conv_3x3':
      return reluConvNorm(graph, x, channels, 3, 1, name);
    case 'avg_pool_3x3':
      return graph.add(pool('avgPool', 3, 1, 1), [x], `${name}.pool`);
  }
}

/** A residual block that halves height and width; its shortcut is pooled and projected. */
function reduction(graph: OperatorGraph, x: string, channels: number, name: string): string {
  const first = reluConvNorm(graph, x, channels, 3, 2, `${name}.a`);
  const second = reluConvNorm(graph, first, channels, 3, 1, `${name}.b`);
  const pooled = graph.add(pool('avgPool', 2, 2), [x], `${name}.shortcut.pool`);
  const shortcut = graph.add(conv2d(channels, 1), [pooled], `${name}.shortcut.conv`);
  return graph.add({ kind: 'add' }, [shortcut, second], `${name}.sum`);
}

function reluConvNorm(
  graph: OperatorGraph,
  x: string,
  channels: number,
  kernel: number,
  stride: number,
  name: string,
): string {
  const active = graph.add({ kind: 'relu' }, [x], `${name}.relu`);
  const convolved = graph.add(conv2d(channels, kernel, { stride }), [active], `${name}.conv`);
  return graph.add({ kind: 'batchNorm' }, [convolved], `${name}.norm`);
}
