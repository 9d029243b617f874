import { InputError } from '../base/errors.js';
import { OperatorGraph } from './graph.js';

/**
 * The same network for square images of another height and width. All other shapes follow.
 *
 * @param pixels height and width
 * @throws InputError if the network does not read exactly one image, or an operator cannot read its new input
 */
export function withImageSize(graph: OperatorGraph, pixels: number): OperatorGraph {
  const nodes = graph.nodes();
  const inputs = nodes.filter(({ operator }) => operator.kind === 'input');
  const [image] = inputs;
  const shape = graph.shape(image.name);
  if (inputs.length > 1 || shape.length !== 3) {
    throw new InputError(
      `only a network that reads one image [channels, height, width] can be given another size; ` +
        `this one reads ${inputs.map(({ name }) => `[${graph.shape(name).join(', ')}]`).join(' and ')}`,
    );
  }
  return OperatorGraph.from(
    nodes.map((node) =>
      node === image
        ? { ...node, operator: { kind: 'input', shape: [shape[0], pixels, pixels] as const } }
        : node,
    ),
  );
}
