import type { NetworkPredictAnswer, NetworkPredictBody } from '../../api/networks.js';
import { InputError } from '../../src/base/errors.js';
import { networkTensors } from '../../src/onnx/network-tensors.js';
import { readTensorGraph } from '../../src/onnx/read/read-tensor-graph.js';
import { networkAnswer } from '../../src/predictors/kernels/answer.js';
import { kernelsFolders, kernelsOf as kernelsIn, noKernels } from '../../src/predictors/kernels/find.js';
import { ApiError } from '../http/errors.js';
import { askedNetwork } from './asked-network.js';

/**
 * A network's latency on a device with learned kernels. The network is not run.
 *
 * @param models folders of predictors; the first one with the device answers
 * @throws ApiError 404 if there is no such device, 422 if its files are damaged, 400 if the network cannot be read
 */
export async function predictedNetwork(
  { device, ...asked }: NetworkPredictBody,
  models: readonly string[],
): Promise<NetworkPredictAnswer> {
  const predictor = await undamaged(() => kernelsOf(device, models));
  const graph = await tensorGraph(asked);
  const prediction = await undamaged(() => predictor.predict(graph));
  return { ...networkAnswer(predictor, prediction), notes: [...graph.notes] };
}

/** @throws ApiError 422 with what is wrong with the predictor's files */
async function undamaged<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof InputError ? new ApiError(422, 'damaged_predictor', error.message) : error;
  }
}

async function kernelsOf(device: string, models: readonly string[]) {
  for (const folder of models) {
    const found = await kernelsIn(folder, device);
    if (found) return found;
  }
  const known = (await Promise.all(models.map(kernelsFolders))).flat();
  const message = noKernels(device, known);
  throw new ApiError(404, 'unknown_device', message, [{ field: 'device', message }]);
}

/** The tensor graph of a network; published networks and architectures as an exporter would write them. */
async function tensorGraph(asked: Omit<NetworkPredictBody, 'device'>) {
  const { onnx, sizes = {} } = asked;
  const { network } = await askedNetwork(asked);
  try {
    return onnx === undefined
      ? await networkTensors(network)
      : await readTensorGraph(Buffer.from(onnx, 'base64'), { sizes: new Map(Object.entries(sizes)) });
  } catch (error) {
    if (error instanceof InputError) throw new ApiError(400, 'invalid_network', error.message);
    throw error;
  }
}
