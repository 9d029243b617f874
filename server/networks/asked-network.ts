import type { AskedNetwork } from '../../api/accelerators.js';
import { InputError } from '../../src/base/errors.js';
import { publishedNetwork } from '../../src/network/zoo/index.js';
import { type ReadNetwork, readNetwork } from '../../src/onnx/read/read-network.js';
import { ApiError } from '../http/errors.js';
import { namedSpace } from '../store/devices.js';
import { assertWithinBudget } from './budget.js';

/**
 * The operator graph of the network that a request names or contains, with remarks about it.
 *
 * @throws ApiError 400 unless it names exactly one network that can be read; 422 if that is too large
 */
export async function askedNetwork(body: AskedNetwork): Promise<ReadNetwork> {
  const { network, space, architecture, onnx } = body;
  const asked = [network, architecture, onnx].filter((each) => each !== undefined);
  if (asked.length !== 1 || (architecture === undefined) !== (space === undefined)) {
    const message = 'name either a `network`, or an `architecture` and its `space`, or give an `onnx` model';
    throw new ApiError(400, 'invalid_request', message);
  }
  try {
    const read = await readAsked(body);
    assertWithinBudget(read.network);
    return read;
  } catch (error) {
    if (error instanceof InputError) throw new ApiError(400, 'invalid_network', error.message);
    throw error;
  }
}

async function readAsked(body: AskedNetwork): Promise<ReadNetwork> {
  const { network, imageSize, space, architecture, onnx, sizes = {} } = body;
  if (onnx !== undefined) {
    const options = { sizes: new Map(Object.entries(sizes)) };
    return readNetwork(Buffer.from(onnx, 'base64'), options);
  }
  if (network !== undefined) return { network: publishedNetwork(network, imageSize), notes: [] };
  const named = namedSpace(space!);
  return { network: named.toNetwork(named.prune(named.parse(architecture!))), notes: [] };
}
