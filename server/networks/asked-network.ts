import type { AskedNetwork } from '../../api/accelerators.js';
import { InputError } from '../../src/base/errors.js';
import type { OperatorGraph } from '../../src/network/graph.js';
import { publishedNetwork } from '../../src/network/zoo/index.js';
import { readNetwork } from '../../src/onnx/read/read-network.js';
import { spaceNamed } from '../../src/spaces/registry.js';
import { ApiError } from '../errors.js';
import { assertWithinBudget } from './budget.js';

/**
 * The operator graph of the network that a request names or brings.
 *
 * @throws ApiError 400 if it does not name exactly one, or that one cannot be read; 422 if it is too large
 */
export function askedNetwork({
  network,
  image_size,
  space,
  architecture,
  onnx,
}: AskedNetwork): OperatorGraph {
  const asked = [network, architecture, onnx].filter((each) => each !== undefined);
  if (asked.length !== 1 || (architecture === undefined) !== (space === undefined)) {
    const message = 'name either a `network`, or an `architecture` and its `space`, or give an `onnx` model';
    throw new ApiError(400, 'invalid_request', message);
  }
  try {
    const graph = graphOf({ network, image_size, space, architecture, onnx });
    assertWithinBudget(graph);
    return graph;
  } catch (error) {
    if (error instanceof InputError) throw new ApiError(400, 'invalid_network', error.message);
    throw error;
  }
}

function graphOf({ network, image_size, space, architecture, onnx }: AskedNetwork): OperatorGraph {
  if (network !== undefined) return publishedNetwork(network, image_size);
  if (onnx !== undefined) return readNetwork(Buffer.from(onnx, 'base64'));
  const named = spaceNamed(space!);
  return named.toNetwork(named.prune(named.parse(architecture!)));
}
