import type { AnalyticDevice } from '../devices/device.js';
import type { OperatorGraph } from '../network/graph.js';
import type { Shape } from '../network/operator.js';

/** Name of the feature that holds the whole latency. */
export const TOTAL = 'total';

/**
 * An analytic device's latency of a network in ms by feature: the whole latency, and the times of its layers
 * in three resolutions: by operation (`conv2d 3×3`), by operation and map size, and by operation and
 * channels. What is learned about one layer thus applies to others as far as they are similar.
 */
export function layerTimes(device: AnalyticDevice, network: OperatorGraph): Map<string, number> {
  const { latencyMs, layers } = device.latency(network);
  const cycles = Math.max(...layers.map(({ finishCycle }) => finishCycle));
  const times = new Map([[TOTAL, latencyMs]]);
  for (const { node, startCycle, finishCycle } of layers) {
    const ms = ((finishCycle - startCycle) / cycles) * latencyMs;
    for (const feature of featuresOf(network, node)) times.set(feature, (times.get(feature) ?? 0) + ms);
  }
  return times;
}

/** A layer's name in each of the three resolutions. */
function featuresOf(network: OperatorGraph, node: string): [string, string, string] {
  const operator = network.operator(node);
  const [input] = network.inputs(node).map((name) => network.shape(name));
  const output = network.shape(node);
  const kernel = 'kernel' in operator ? ` ${operator.kernel.join('×')}` : '';
  const depthwise = 'groups' in operator && operator.groups > 1 ? ' grouped' : '';
  const kind = `${operator.kind}${kernel}${depthwise}`;
  const map = `${kind} ${mapOf(input)}→${mapOf(output)}`;
  return [kind, map, `${map} ${input[0]}→${output[0]}`];
}

/** Height × width, or the number of rows of a matrix. */
function mapOf(shape: Shape): string {
  return shape.slice(1).join('×') || '1';
}
