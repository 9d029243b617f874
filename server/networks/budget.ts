import { elements } from '../../src/base/elements.js';
import type { OperatorGraph } from '../../src/network/graph.js';
import { ApiError } from '../http/errors.js';

/** Most operators of a network. */
const MOST_OPERATORS = 20_000;
/** Most elements of a tensor: 64 GiB of float32, more than any device here has. */
const MOST_ELEMENTS = 2 ** 34;

/**
 * Refuses networks that no device could run, and whose answer would cost the service too much time and memory.
 *
 * @throws ApiError 422 naming the limit
 */
export function assertWithinBudget(graph: OperatorGraph): void {
  const nodes = graph.nodes();
  if (nodes.length > MOST_OPERATORS) {
    throw tooLarge(`the network has ${nodes.length} operators; at most ${MOST_OPERATORS} are accepted`);
  }
  for (const { name } of nodes) {
    const shape = graph.shape(name);
    if (elements(shape) > MOST_ELEMENTS) {
      const message = `operator ${name.slice(0, 200)} writes a tensor of ${shape.join(' × ')}; tensors may have at most ${MOST_ELEMENTS} elements`;
      throw tooLarge(message);
    }
  }
}

function tooLarge(message: string): ApiError {
  return new ApiError(422, 'too_large', message);
}
