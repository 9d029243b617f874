import type { TimedKernel } from '../datasets/networks/kernel-table.js';
import { readTensorGraph } from '../onnx/read/read-tensor-graph.js';
import { lowered, type RuntimeLevel } from '../runtimes/index.js';
import { type Kernel, kernelKey } from '../runtimes/kernel.js';

/**
 * The time of a kernel, from two chains whose numbers of copies of it differ by `copies`: the slope of their
 * latencies. The rest of the longer chain's latency is shared among its other kernels.
 *
 * @param graph of the longer chain, which has twice as many copies
 * @returns nothing if no kernel is repeated that often, or if the longer chain is not slower
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

/** Shortest time assigned to a kernel, in microseconds. */
const LEAST_US = 0.2;

/** The key of the kernel that occurs that often; of several, the one with the most work. */
function repeatedKernel(kernels: readonly Kernel[], times: number): string | undefined {
  const counts = new Map<string, { kernel: Kernel; count: number }>();
  for (const kernel of kernels) {
    const key = kernelKey(kernel);
    counts.set(key, { kernel, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  const work = ({ macs, inBytes, outBytes }: Kernel) => macs * 1e3 + inBytes + outBytes;
  // The kernels at the ends of a chain may differ from those in the middle, where the layout changes.
  const often = [...counts].filter(([, { count }]) => count >= times - 2);
  often.sort(([, a], [, b]) => work(b.kernel) - work(a.kernel));
  return often[0]?.[0];
}
