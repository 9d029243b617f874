import { type Kernel, kernelKey } from '../../runtimes/kernel.js';

/** A network as a runtime executes it, and what was measured of it: its kernels' times, its total, or both. */
export interface TimedNetwork {
  readonly name: string;
  /** Networks of one family share their structure: intervals and scores leave out whole families. */
  readonly family: string;
  readonly kernels: readonly Kernel[];
  /** `[kernel]`, microseconds without the profiler's own cost. */
  readonly kernelUs?: readonly number[];
  /** Of one call, microseconds. */
  readonly totalUs?: number;
}

/** A kernel that runs once or several times in a network. */
export interface CountedKernel {
  readonly kernel: Kernel;
  /** Of `kernelKey`. */
  readonly key: string;
  readonly count: number;
}

/** A network's kernels, equal ones together. */
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

/** One kernel as it was profiled, in all networks that run it. */
export interface ProfiledKernel {
  readonly kernel: Kernel;
  /** Geometric mean, microseconds. */
  readonly us: number;
  /** Networks it was profiled in. */
  readonly networks: number;
}

/** Kernels of all profiled networks, each once: the mean over networks of its mean in each. */
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
