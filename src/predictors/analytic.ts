import type { AnalyticDevice } from '../devices/device.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import type { Predictor } from './predictor.js';

/** An analytic device as a predictor for architectures of a space; what can't reach the output doesn't run. */
export class AnalyticPredictor implements Predictor {
  constructor(
    readonly device: AnalyticDevice,
    readonly space: SearchSpace,
  ) {}

  async predict(architectures: readonly Architecture[]): Promise<Float64Array> {
    return this.latencies(architectures);
  }

  /** @returns `[architecture]`, milliseconds. */
  latencies(architectures: readonly Architecture[]): Float64Array {
    const { device, space } = this;
    return Float64Array.from(
      architectures,
      (architecture) => device.latency(space.toNetwork(space.prune(architecture))).latencyMs,
    );
  }
}
