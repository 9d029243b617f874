import { elements } from '../../base/elements.js';
import type { OperatorGraph } from '../../network/graph.js';

/**
 * Time of a convolution with channels last, relative to channels first, as weighted by TorchInductor (PyTorch
 * 2.4, `decide_layout_opt`).
 */
const CHANNELS_LAST = { grouped: 1.358, small: 0.783, narrowing: 0.725, ordinary: 0.823 } as const;

/**
 * Whether TorchInductor runs a network's convolutions on a GPU with channels last: if that has less weight in
 * total.
 */
export function runsChannelsLast(graph: OperatorGraph): boolean {
  let first = 0;
  let last = 0;
  for (const name of graph.names()) {
    const operator = graph.operator(name);
    if (operator.kind !== 'conv2d') continue;
    const [channels] = graph.shape(graph.inputs(name)[0]);
    const { outChannels, kernel, groups } = operator;
    const perGroup = channels / groups;
    const macs = elements(graph.shape(name)) * perGroup * elements(kernel);
    const kind =
      groups > 1 && perGroup > 1
        ? 'grouped'
        : outChannels <= 64 && perGroup <= 64
          ? 'small'
          : 2 * outChannels <= perGroup && kernel[0] > 1
            ? 'narrowing'
            : 'ordinary';
    first += macs;
    last += macs * CHANNELS_LAST[kind];
  }
  return last <= first;
}
