import { OperatorGraph } from '../graph.js';
import type { Shape } from '../operator.js';
import { conv2d } from '../operator.js';

/** One layer of a chain of convolutions. */
export interface ConvolutionLayer {
  readonly filters: number;
  /** Side of the square kernel. */
  readonly kernel: number;
  readonly stride?: number;
}

/**
 * Consecutive convolutions, each with normalisation and activation: the networks in the search spaces of FNAS
 * (Jiang et al., DAC 2019). Even kernels are padded like kernels smaller by one.
 */
export function convolutionChain(image: Shape, layers: readonly ConvolutionLayer[]): OperatorGraph {
  const graph = new OperatorGraph();
  let x = graph.input(image, 'image');
  for (const [i, { filters, kernel, stride = 1 }] of layers.entries()) {
    const name = `conv${i + 1}`;
    const side = Math.floor((kernel - 1) / 2);
    x = graph.add({ ...conv2d(filters, kernel, { stride }), padding: [side, side, side, side] }, [x], name);
    x = graph.add({ kind: 'relu' }, [graph.add({ kind: 'batchNorm' }, [x], `${name}.norm`)], `${name}.relu`);
  }
  graph.output(x, 'features');
  graph.validate();
  return graph;
}
