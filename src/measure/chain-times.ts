import type { TimedKernel } from '../datasets/networks/kernel-table.js';
import { readTensorGraph } from '../onnx/read/read-tensor-graph.js';
import { lowered, type RuntimeLevel } from '../runtimes/index.js';
import { type Kernel, kernelKey } from '../runtimes/kernel.js';

/**
 * What a kernel takes, by two chains of it whose lengths differ by `copies`: the slope of their latencies. What is
 * left of the longer chain's latency is shared out among its other kernels.
 *
 * @param graph of the longer chain, which has twice as many copies
 * @returns nothing where no kernel is repeated that often, or the longer chain is not slower
 */
export async function chainTimes(
  graph: Uint8Array,
  copies: number,
  { shorterMs, longerMs }: { readonly shorterMs: number; readonly longerMs: number },
  runtime: RuntimeLevel,
): Promise<TimedKernel[]> {
  const kernels = lowered(await readTensorGraph(graph), runtime).map(({ kernel }) => kernel);
  const repeated = repeatedKernel(kernels, 2 * copies);
  const us = (1000 * (longerMs - shorterMs)) / copies;
  if (repeated === undefined || !(us > 0)) return [];
  const others = kernels.filter((kernel) => kernelKey(kernel) !== repeated).length;
  const left = Math.max(0, 1000 * longerMs - us * (kernels.length - others));
  const otherUs = Math.max(LEAST_US, left / Math.max(1, others));
  return kernels.map((kernel) => ({ kernel, us: kernelKey(kernel) === repeated ? us : otherUs }));
}

/** The shortest that a kernel is taken for, microseconds. */
const LEAST_US = 0.2;

/** The key of the kernel that is there so often, of several the one with most work. */
function repeatedKernel(kernels: readonly Kernel[], times: number): string | undefined {
  const counts = new Map<string, { kernel: Kernel; count: number }>();
  for (const kernel of kernels) {
    const key = kernelKey(kernel);
    counts.set(key, { kernel, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  const work = ({ macs, inBytes, outBytes }: Kernel) => macs * 1e3 + inBytes + outBytes;
  // The ends of a chain may be other kernels than its middle, where the layout changes.
  const often = [...counts].filter(([, { count }]) => count >= times - 2);
  often.sort(([, a], [, b]) => work(b.kernel) - work(a.kernel));
  return often[0]?.[0];
}
