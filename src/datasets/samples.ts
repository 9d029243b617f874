import type { Architecture, SearchSpace } from '../spaces/space.js';

/** Measured (or computed) latencies of architectures on one device. */
export interface LatencySamples {
  readonly architectures: readonly Architecture[];
  /** `[architecture]`, milliseconds per run at the dataset's batch size. */
  readonly latencyMs: Float64Array;
}

/** The samples at some positions. */
export function select(samples: LatencySamples, indices: Iterable<number>): LatencySamples {
  const chosen = [...indices];
  return {
    architectures: chosen.map((i) => samples.architectures[i]),
    latencyMs: Float64Array.from(chosen, (i) => samples.latencyMs[i]),
  };
}

/** The samples whose architecture has a path from input to output: relative errors mean nothing for the others. */
export function connectedOnly(space: SearchSpace, samples: LatencySamples): LatencySamples {
  const connected: number[] = [];
  samples.architectures.forEach((architecture, i) => {
    if (space.isConnected(architecture)) connected.push(i);
  });
  return select(samples, connected);
}
