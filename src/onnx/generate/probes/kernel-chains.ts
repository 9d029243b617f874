import { elements } from '../../../base/elements.js';
import { NetworkWriter } from '../../write/network-writer.js';
import { Draw } from '../families/draw.js';
import type { GeneratedNetwork } from '../families/generated-network.js';
import { type ChainStep, chainSteps } from './chain-steps.js';

/** Version of the set of chains. It must change whenever any chain's graph does. */
const KERNEL_CHAINS = 'kernels/1';

/** Number of chains of each kind. */
const PER_STEP = 3;

/** A network that repeats one kernel, with the number of copies. */
export interface KernelChain extends GeneratedNetwork {
  readonly copies: number;
}

/**
 * Pairs of networks with k and 2k copies of one kernel, for boards that only report a network's latency: the
 * slope between the two is the kernel's time (as in nn-Meter: Zhang et al., MobiSys 2021).
 */
export function kernelChains(): KernelChain[] {
  return chainSteps.flatMap((step) =>
    Array.from({ length: PER_STEP }, (_, number) => chainPair(step, number)).flat(),
  );
}

/** The chain with half as many copies, by the path of its file; undefined for other networks. */
export function shorterChain(onnx: string): { onnx: string; copies: number } | undefined {
  const match = /^(.*\bchains\/\w+_\d+_x)(\d+)\.onnx$/.exec(onnx);
  const copies = Number(match?.[2]) / 2;
  return match && Number.isInteger(copies) ? { onnx: `${match[1]}${copies}.onnx`, copies } : undefined;
}

function chainPair(step: ChainStep, number: number): KernelChain[] {
  const kind = `${step.name}_${number}`;
  const shape = step.shape(new Draw(`${KERNEL_CHAINS}/${kind}`));
  const copies = copiesFor(step, shape);
  return [copies, 2 * copies].map((length) => ({
    family: 'chains',
    name: `${kind}_x${length}`,
    copies: length,
    model: (weights) => {
      const net = new NetworkWriter(number, weights);
      let x = net.input(shape);
      for (let i = 0; i < length; i++) x = step.append(net, x);
      net.output(x);
      return net.model({ probes: KERNEL_CHAINS, probe: kind });
    },
  }));
}

/** Number of copies for about a millisecond on a server's core: at least 2 and at most 32. */
function copiesFor(step: ChainStep, shape: readonly number[]): number {
  const net = new NetworkWriter(1, 'none');
  step.append(net, net.input(shape));
  const work = net.macs + 20 * elements(shape);
  return 2 ** Math.max(1, Math.min(5, Math.ceil(Math.log2(3e7 / work))));
}
