import type { BuiltInSimulator, SimulatorOutput } from '../simulator.js';

/** Where the concentration is observed, in metres from the first spill. */
const SITES = [0.5, 1, 1.5, 2, 2.5];
const TIMES = 40;
const LAST = 60;

/**
 * Two spills of a pollutant into a channel, the second τ later and L downstream: √(4π)·C(s, t) with C(s, t) =
 * M/√(4πDt)·exp(−s²/(4Dt)) + M/√(4πD(t−τ))·exp(−(s−L)²/(4D(t−τ))) for t > τ (Bliznyuk et al., J. Comput. Graph.
 * Stat. 17, 2008; function `environ` of the Virtual Library of Simulation Experiments).
 */
export const pollutantSpill: BuiltInSimulator = {
  name: 'pollutant-spill',
  description: 'two spills into a channel: concentration at five sites over time',
  source: 'Bliznyuk et al., Journal of Computational and Graphical Statistics 17, 2008',
  inputs: [
    { name: 'mass', low: 7, high: 13, unit: 'kg' },
    { name: 'diffusion', low: 0.02, high: 0.12, unit: 'm²/s' },
    { name: 'distance', low: 0.01, high: 3, unit: 'm' },
    { name: 'delay', low: 30.01, high: 30.295, unit: 's' },
  ],
  outputs: SITES.map(
    (site): SimulatorOutput => ({
      name: `at${site}m_`,
      points: TIMES,
      unit: 'kg/m³',
      axis: { name: 'time, s', from: LAST / TIMES, to: LAST },
    }),
  ),
  run([mass, diffusion, distance, delay]) {
    const spill = (from: number, time: number) =>
      time > 0 ? (mass / Math.sqrt(diffusion * time)) * Math.exp(-(from ** 2) / (4 * diffusion * time)) : 0;
    return Float64Array.from({ length: SITES.length * TIMES }, (_, i) => {
      const site = SITES[Math.floor(i / TIMES)];
      const time = ((i % TIMES) + 1) * (LAST / TIMES);
      return spill(site, time) + spill(site - distance, time - delay);
    });
  },
};
