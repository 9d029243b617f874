import { InputError } from '../base/errors.js';
import { type AnalyticDevice, NetworkDoesNotFitError } from '../devices/device.js';
import type { OperatorGraph } from '../network/graph.js';
import { holds } from './contract.js';

/**
 * Checks that an analytic device keeps its contract on the given networks:
 *
 * - its parameters lie within their ranges;
 * - a latency is finite, not negative, the same each time, and no shorter than the interval between results;
 * - layers are listed in the order in which they start;
 * - a network that does not fit, or that the device cannot run, is refused with a typed error.
 *
 * @returns number of networks that the device runs
 * @throws Error that names the device, the network's layer where there is one, and the broken rule
 */
export function checkDevice(device: AnalyticDevice, networks: Iterable<OperatorGraph>): number {
  const { id, parameters } = device;
  holds(/^[^:\s]+:\S+$/.test(id), id, 'its id is not of the form model:board');
  holds(
    new Set(parameters.map(({ name }) => name)).size === parameters.length,
    id,
    'two parameters share a name',
  );
  for (const { name, value, range } of parameters) {
    holds(value >= range[0] && value <= range[1], id, `parameter ${name} is ${value}, outside its range`);
  }
  let run = 0;
  for (const network of networks) if (checkLatency(device, network)) run++;
  return run;
}

function checkLatency(device: AnalyticDevice, network: OperatorGraph): boolean {
  const { id } = device;
  let report: ReturnType<AnalyticDevice['latency']>;
  try {
    report = device.latency(network);
  } catch (error) {
    holds(
      error instanceof NetworkDoesNotFitError || error instanceof InputError,
      id,
      `a network that it cannot run must be refused with an InputError or a NetworkDoesNotFitError, not with ${error}`,
    );
    return false;
  }
  const { latencyMs, intervalMs = latencyMs, layers } = report;
  holds(latencyMs >= 0 && Number.isFinite(latencyMs), id, `a latency is ${latencyMs}`);
  holds(intervalMs <= latencyMs * (1 + 1e-12), id, 'the interval between results is longer than the latency');
  holds(device.latency(network).latencyMs === latencyMs, id, 'the second answer differs from the first');
  for (const [i, { node, cycles, startCycle, finishCycle }] of layers.entries()) {
    holds(network.names().includes(node), id, `layer ${node} is not an operator of the network`);
    holds(cycles >= 0 && finishCycle - startCycle >= cycles - 1e-6, id, `layer ${node} ends too early`);
    holds(i === 0 || startCycle >= layers[i - 1].startCycle, id, `layer ${node} is out of order`);
  }
  return true;
}
