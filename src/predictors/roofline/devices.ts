import type { OperatorGraph } from '../../network/graph.js';
import type { Kernel } from '../../runtimes/kernel.js';
import { lowerForPyTorch, type PyTorchOptions } from '../../runtimes/pytorch/lower.js';

/** How PyTorch ran the networks in one of timm's tables. */
export interface NetworkDevice {
  readonly name: typeof import('../../datasets/timm-tables.js').TIMM_DEVICES[number];
  readonly description: string;
  readonly runtime: Omit<PyTorchOptions, 'batch'>;
  /** Batch size of most rows. */
  readonly usualBatch: number;
}

export const networkDevices: readonly NetworkDevice[] = [
  {
    name: 'rtx3090',
    description: 'GeForce RTX 3090, PyTorch 2.4 eager, channels first, mixed precision',
    runtime: { device: 'cuda', precision: 'float16', compiled: false },
    usualBatch: 1024,
  },
  {
    name: 'rtx4090',
    description: 'GeForce RTX 4090, PyTorch 2.4 compiled by TorchInductor, mixed precision',
    runtime: { device: 'cuda', precision: 'float16', compiled: true },
    usualBatch: 256,
  },
  {
    name: 'i7_12700h',
    description: 'Intel Core i7-12700H, PyTorch 2.4 compiled by TorchInductor, float32',
    runtime: { device: 'cpu', precision: 'float', compiled: true },
    usualBatch: 1,
  },
];

export const kernelsOn = (device: NetworkDevice, graph: OperatorGraph, batch: number): Kernel[] =>
  lowerForPyTorch(graph, { ...device.runtime, batch });
