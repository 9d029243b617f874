import type { NetworkToMeasure } from '../../src/measure/campaign.js';
import type { Target } from '../../src/measure/target.js';

/** A candidate whose "model" is its name. */
export const named = (architecture: string): NetworkToMeasure => ({
  architecture,
  model: () => new TextEncoder().encode(architecture),
});

/** A target that runs such models: `latencyMs` says what a run takes, or throws. */
export function fakeTarget(latencyMs: (architecture: string) => number | Promise<number>) {
  const state = { order: [] as string[], loaded: 0, mostLoaded: 0 };
  const target: Target = {
    async load(model) {
      const architecture = new TextDecoder().decode(model);
      state.mostLoaded = Math.max(state.mostLoaded, ++state.loaded);
      return {
        async time(runs) {
          state.order.push(architecture);
          const latency = await latencyMs(architecture);
          return { runsMs: Array(runs).fill(latency), warmUps: 10, stable: true, interrupted: 0 };
        },
        async release() {
          state.loaded--;
        },
      };
    },
  };
  return { target, state };
}
