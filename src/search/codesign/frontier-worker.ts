import { parentPort, workerData } from 'node:worker_threads';
import { spaceNamed } from '../../spaces/registry.js';
import { Enumeration } from './enumeration.js';
import { frontOfPairs } from './front.js';

/** What a worker starts with. */
export interface FrontierTask {
  readonly space: string;
  /** Indices of accelerators; by default all. */
  readonly configurations?: readonly number[];
}

/** Networks to pair with every accelerator. */
export interface FrontierChunk {
  /** Position of the first network in the whole list. */
  readonly first: number;
  /** `[networks, slots]`. */
  readonly architectures: Uint8Array;
  /** `[networks]`, in percent. */
  readonly accuracy: Float64Array;
}

/** The pairs of a chunk that no other pair of it dominates; one entry per pair. */
export interface ChunkFront {
  readonly networks: number;
  /** Positions in the whole list. */
  readonly network: Uint32Array;
  /** Indices of accelerators. */
  readonly configuration: Uint16Array;
  readonly accuracy: Float64Array;
  readonly latencyMs: Float64Array;
  readonly areaMm2: Float64Array;
}

const { space: name, configurations } = workerData as FrontierTask;
const space = spaceNamed(name);
const enumeration = new Enumeration(space, configurations);

parentPort?.on('message', ({ first, architectures, accuracy }: FrontierChunk) => {
  const slots = space.slots.length;
  const { classes, latencyMs } = enumeration.latencies(
    Array.from(accuracy, (_, n) => architectures.subarray(n * slots, (n + 1) * slots)),
  );
  const networkOf = (pair: number) => Math.floor(pair / classes.length);
  const classOf = (pair: number) => classes[pair % classes.length];
  const pairs = Array.from(latencyMs.keys());
  const front = frontOfPairs({
    accuracy: Float64Array.from(pairs, (pair) => accuracy[networkOf(pair)]),
    latencyMs,
    areaMm2: Float64Array.from(pairs, (pair) => classOf(pair).areaMm2),
  });
  parentPort?.postMessage({
    networks: accuracy.length,
    network: Uint32Array.from(front, (pair) => first + networkOf(pair)),
    configuration: Uint16Array.from(front, (pair) => classOf(pair).configuration),
    accuracy: Float64Array.from(front, (pair) => accuracy[networkOf(pair)]),
    latencyMs: Float64Array.from(front, (pair) => latencyMs[pair]),
    areaMm2: Float64Array.from(front, (pair) => classOf(pair).areaMm2),
  } satisfies ChunkFront);
});
