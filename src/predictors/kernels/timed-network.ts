import { type Kernel, kernelKey } from '../../runtimes/kernel.js';

/** A network as a runtime executes it, with its measurements: kernel times, a total, or both. */
export interface TimedNetwork {
  readonly name: string;
  /** Networks of one family share their structure; intervals and scores leave out whole families. */
  readonly family: string;
  readonly kernels: readonly Kernel[];
  /** `[kernel]`, in microseconds without the profiler's own cost. */
  readonly kernelUs?: readonly number[];
  /** Of one call, in microseconds. */
  readonly totalUs?: number;
}

/** A kernel, with the number of times that a network runs it. */
export interface CountedKernel {
  readonly kernel: Kernel;
  /** Its `kernelKey`. */
  readonly key: string;
  readonly count: number;
}

/** A network's distinct kernels, with their counts. */
export function distinctKernels(kernels: readonly Kernel[]): CountedKernel[] {
  const distinct = new Map<string, { kernel: Kernel; key: string; count: number }>();
  for (const kernel of kernels) {
    const key = kernelKey(kernel);
    const known = distinct.get(key);
    if (known) known.count++;
    else distinct.set(key, { kernel, key, count: 1 });
  }
  return [...distinct.values()];
}

/** One kernel as profiled in all networks that run it. */
export interface ProfiledKernel {
  readonly kernel: Kernel;
  /** Geometric mean in microseconds. */
  readonly us: number;
  /** Number of networks in which it was profiled. */
  readonly networks: number;
}

/** The distinct kernels of all profiled networks: the mean over networks of the mean in each. */
export function timedKernels(networks: readonly TimedNetwork[]): ProfiledKernel[] {
  const all = new Map<string, { kernel: Kernel; logs: number[] }>();
  for (const { kernels, kernelUs } of networks) {
    if (!kernelUs) continue;
    const here = new Map<string, { kernel: Kernel; logs: number[] }>();
    kernels.forEach((kernel, i) => {
      if (!(kernelUs[i] > 0)) return;
      const key = kernelKey(kernel);
      const known = here.get(key) ?? { kernel, logs: [] };
      known.logs.push(Math.log(kernelUs[i]));
      here.set(key, known);
    });
    for (const [key, { kernel, logs }] of here) {
      const known = all.get(key) ?? { kernel, logs: [] };
      known.logs.push(meanOf(logs));
      all.set(key, known);
    }
  }
  return [...all.values()].map(({ kernel, logs }) => ({
    kernel,
    us: Math.exp(meanOf(logs)),
    networks: logs.length,
  }));
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
