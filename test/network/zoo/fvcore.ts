import type { OperatorGraph } from '../../../src/network/graph.js';
import type { Shape } from '../../../src/network/operator.js';

const elements = (shape: Shape) => shape.reduce((size, dimension) => size * dimension, 1);

/**
 * What fvcore (Meta Research), with which timm's tables were made, counts of a network at inference. Other than
 * {@link totalCost}: no biases, two operations per element of a batch normalisation, five of a layer normalisation, one
 * per element of a global average; activations are the outputs of convolutions, linear layers and matrix products.
 */
export function fvcoreCounts(graph: OperatorGraph): {
  readonly operations: number;
  readonly activations: number;
} {
  let operations = 0;
  let activations = 0;
  for (const name of graph.names()) {
    const operator = graph.operator(name);
    const written = elements(graph.shape(name));
    const inputs = graph.inputs(name).map((input) => graph.shape(input));
    switch (operator.kind) {
      case 'conv2d': {
        const perOutput = (inputs[0][0] / operator.groups) * elements(operator.kernel);
        operations += perOutput * written;
        activations += written;
        break;
      }
      case 'linear':
      case 'matmul':
        operations += (inputs[0].at(-1) as number) * written;
        activations += written;
        break;
      case 'batchNorm':
        operations += 2 * written;
        break;
      case 'layerNorm':
      case 'groupNorm':
        operations += 5 * written;
        break;
      case 'globalAvgPool':
        operations += elements(inputs[0]);
    }
  }
  return { operations, activations };
}
