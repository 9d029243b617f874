import type { AskedNetwork, BreakdownAnswer, BreakdownBody, NetworkAnswer } from '../../api/accelerators.js';
import { InputError } from '../../src/base/errors.js';
import { NetworkDoesNotFitError } from '../../src/devices/device.js';
import { type LeftOutOperators, leftOut, remarksOn } from '../../src/devices/left-out.js';
import { operatorCost, totalCost } from '../../src/network/cost.js';
import { nameOf } from '../../src/network/operator.js';
import { ApiError } from '../http/errors.js';
import { askedNetwork } from './asked-network.js';
import { findAccelerator } from './find-accelerator.js';

/**
 * Describes a network operator by operator.
 *
 * @throws ApiError 400 unless the request names exactly one network that can be read
 */
export async function networkReport(body: AskedNetwork): Promise<NetworkAnswer> {
  const { network: graph, notes } = await askedNetwork(body);
  return {
    ...totalCost(graph),
    operators: graph.nodes().map(({ name, operator, inputs }) => {
      const { macs, parameters } = operatorCost(graph, name);
      const shape = graph.file(name)?.fullShape.slice(1) ?? [...graph.shape(name)];
      return { name, kind: nameOf(operator), inputs: [...inputs], shape, macs, parameters };
    }),
    ...said(notes),
  };
}

/**
 * Where a network's time goes on an analytic device.
 *
 * @throws ApiError 404 if there is no such device, 400 if it cannot run the network or the network cannot be read, 422 if
 *   the device has no room for it
 */
export async function breakdownReport(body: BreakdownBody): Promise<BreakdownAnswer> {
  const device = findAccelerator(body.device, 'device');
  const { network, notes } = await askedNetwork(body);
  try {
    const { layers, use, ...report } = device.latency(network);
    return {
      device: device.id,
      ...report,
      layers: layers.map((layer) => ({ ...layer, use: { ...layer.use } })),
      use: { ...use },
      ...unmodelled(leftOut(device, network)),
      ...said([...notes, ...remarksOn(device, network)]),
    };
  } catch (error) {
    if (error instanceof NetworkDoesNotFitError) throw new ApiError(422, 'does_not_fit', error.message);
    if (error instanceof InputError) throw new ApiError(400, 'invalid_request', error.message);
    throw error;
  }
}

function unmodelled(missing: LeftOutOperators | undefined): Pick<BreakdownAnswer, 'unmodelled'> {
  return missing ? { unmodelled: { ...missing, kinds: [...missing.kinds] } } : {};
}

/** The field `notes`, left out if there are none. */
function said(notes: readonly string[]): Pick<NetworkAnswer, 'notes'> {
  return notes.length > 0 ? { notes: [...notes] } : {};
}
