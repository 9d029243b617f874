import type { Metric } from '../metrics/metric.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';

/** What was measured or computed for architectures on one device. */
export interface Samples {
  readonly architectures: readonly Architecture[];
  readonly metric: Metric;
  /** `[architectures]`, in the metric's unit, for one run at the dataset's batch size. */
  readonly values: Float64Array;
}

/** The samples at the given positions. */
export function select(samples: Samples, indices: Iterable<number>): Samples {
  const chosen = [...indices];
  return {
    architectures: chosen.map((i) => samples.architectures[i]),
    metric: samples.metric,
    values: Float64Array.from(chosen, (i) => samples.values[i]),
  };
}

/** The samples whose architectures have a path from input to output. For the others, relative errors mean nothing. */
export function connectedOnly(space: SearchSpace, samples: Samples): Samples {
  const connected: number[] = [];
  samples.architectures.forEach((architecture, i) => {
    if (space.isConnected(architecture)) connected.push(i);
  });
  return select(samples, connected);
}
