import { InputError } from '../../base/errors.js';
import { mapOnThreads } from '../../base/thread-pool.js';
import { CONFIGURATIONS, configurationAt } from '../../devices/codesign/configuration.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';
import { frontOfPairs } from './front.js';
import type { FrontierPoint } from './frontier-file.js';
import type { ChunkFront, FrontierChunk, FrontierTask } from './frontier-worker.js';

/** Number of networks that a thread pairs with all accelerators at a time. */
const CHUNK = 256;

export interface FrontierQuery {
  readonly space: SearchSpace;
  readonly architectures: readonly Architecture[];
  /** `[architecture]`, in percent. */
  readonly accuracy: ArrayLike<number>;
  readonly threads: number;
  /** Indices of accelerators; by default all 8,640. */
  readonly configurations?: readonly number[];
  readonly signal?: AbortSignal;
  onProgress?(networks: number, all: number): void;
}

export interface Frontier {
  /** By decreasing accuracy, then by increasing latency. */
  readonly points: readonly FrontierPoint[];
  /** Number of pairs compared: each network with a path from input to output, on each accelerator. */
  readonly pairs: number;
  /** Number of networks that differ once dead operations are removed. */
  readonly distinctNetworks: number;
}

/**
 * The exact Pareto frontier of accuracy, latency and area over all pairs of a network and an accelerator.
 * Latencies are those of networks without their dead operations. If several networks are the same without
 * these, the most accurate stands for all. Networks without a path from input to output are left out.
 *
 * @throws InputError if no network is left, or the accelerator has no engine for one; the signal's reason if
 *   aborted
 */
export async function frontier(query: FrontierQuery): Promise<Frontier> {
  const { space, architectures, accuracy, configurations } = query;
  const best = bestByNetwork(space, architectures, accuracy);
  if (best.length === 0)
    throw new InputError(`there is no network of ${space.name} to pair with accelerators`);
  const chunks: FrontierChunk[] = [];
  for (let first = 0; first < best.length; first += CHUNK) {
    const part = best.slice(first, first + CHUNK);
    chunks.push({
      first,
      architectures: Uint8Array.from(part.flatMap((i) => [...space.prune(architectures[i])])),
      accuracy: Float64Array.from(part, (i) => accuracy[i]),
    });
  }
  const fronts: ChunkFront[] = [];
  let done = 0;
  query.onProgress?.(0, best.length);
  await mapOnThreads<FrontierChunk, ChunkFront>(
    {
      module: new URL('./frontier-worker.js', import.meta.url),
      workerData: { space: space.name, configurations } satisfies FrontierTask,
    },
    chunks,
    query.threads,
    (front) => {
      fronts.push(front);
      done += front.networks;
      query.onProgress?.(done, best.length);
    },
    query.signal,
  );
  const connected = architectures.filter((architecture) => space.isConnected(architecture)).length;
  const accelerators = configurations?.length ?? CONFIGURATIONS;
  return {
    points: merged(fronts, (network) => space.format(architectures[best[network]])),
    pairs: connected * accelerators,
    distinctNetworks: best.length,
  };
}

/**
 * For each group of networks that are the same without dead operations, the most accurate; none without a
 * path from input to output.
 *
 * @param accuracy `[architecture]`
 * @returns positions
 */
export function bestByNetwork(
  space: SearchSpace,
  architectures: readonly Architecture[],
  accuracy: ArrayLike<number>,
): number[] {
  const best = new Map<string, number>();
  architectures.forEach((architecture, i) => {
    if (!space.isConnected(architecture)) return;
    const key = space.prune(architecture).join();
    const known = best.get(key);
    if (known === undefined || accuracy[i] > accuracy[known]) best.set(key, i);
  });
  return [...best.values()];
}

/** The front of several fronts, independent of the order in which threads finished. */
function merged(fronts: readonly ChunkFront[], nameOf: (network: number) => string): FrontierPoint[] {
  const byNetwork = [...fronts].sort((a, b) => a.network[0] - b.network[0]);
  const all = <K extends keyof Omit<ChunkFront, 'networks'>>(name: K) =>
    byNetwork.flatMap((front) => Array.from(front[name]));
  const [network, configuration] = [all('network'), all('configuration')];
  const [accuracy, latencyMs, areaMm2] = [all('accuracy'), all('latencyMs'), all('areaMm2')];
  return frontOfPairs({ accuracy, latencyMs, areaMm2 }).map((pair) => ({
    architecture: nameOf(network[pair]),
    configuration: configurationAt(configuration[pair]),
    accuracyPercent: accuracy[pair],
    latencyMs: latencyMs[pair],
    areaMm2: areaMm2[pair],
  }));
}
