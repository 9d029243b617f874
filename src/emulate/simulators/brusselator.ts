import type { BuiltInSimulator } from '../simulator.js';

const POINTS = 200;
const LAST = 20;
/** Tolerated relative and absolute error of a step. */
const TOLERANCE = 1e-8;

/**
 * The Brusselator, two reacting species: y₁′ = A + y₁²y₂ − (B + 1)y₁, y₂′ = By₁ − y₁²y₂ (Hairer, Nørsett &
 * Wanner, Solving Ordinary Differential Equations I, section I.16). It oscillates for B above 1 + A².
 */
export const brusselator: BuiltInSimulator = {
  name: 'brusselator',
  description: 'two reacting species: the first one’s concentration over time',
  source: 'Hairer, Nørsett & Wanner, Solving Ordinary Differential Equations I, section I.16',
  inputs: [
    { name: 'a', low: 0.5, high: 1.5 },
    { name: 'b', low: 1, high: 3 },
    { name: 'first', low: 0.5, high: 2.5 },
    { name: 'second', low: 0.5, high: 3.5 },
  ],
  outputs: [{ name: 'first_at', points: POINTS, axis: { name: 'time', from: LAST / POINTS, to: LAST } }],
  run([a, b, first, second]) {
    const rates = ([y1, y2]: readonly number[]) => {
      const reaction = y1 * y1 * y2;
      return [a + reaction - (b + 1) * y1, b * y1 - reaction];
    };
    const values = new Float64Array(POINTS);
    let state = [first, second];
    let step = 0.01;
    for (let point = 0; point < POINTS; point++) {
      ({ state, step } = integrated(rates, state, LAST / POINTS, step));
      values[point] = state[0];
    }
    return values;
  },
};

type Rates = (state: readonly number[]) => number[];

/**
 * The stages of Dormand and Prince's method of order 5 with an error estimate of order 4 (Hairer et al.,
 * table II.5.2).
 */
const STAGES = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
const ERROR = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];

/**
 * Integrates a state over a span of time, in steps whose error is below the tolerance.
 *
 * @param step size of the first attempt
 * @returns the new state, and a step size for the next span to begin with
 */
export function integrated(rates: Rates, from: readonly number[], span: number, step: number) {
  let state = [...from];
  let next = step;
  for (let time = 0; time < span; ) {
    const left = span - time;
    const tried = Math.min(next, left);
    const slopes = [rates(state)];
    let end = state;
    for (const weights of STAGES) {
      end = moved(state, slopes, weights, tried);
      slopes.push(rates(end));
    }
    const error = moved([0, 0], slopes, ERROR, tried);
    const size = Math.sqrt(
      error.reduce((sum, e, i) => {
        const scale = TOLERANCE * (1 + Math.max(Math.abs(state[i]), Math.abs(end[i])));
        return sum + (e / scale) ** 2;
      }, 0) / error.length,
    );
    const grown = tried * Math.min(5, Math.max(0.2, 0.9 * size ** -0.2));
    if (size > 1) next = grown;
    else {
      state = end;
      time = tried === left ? span : time + tried;
      // A step that was cut short by the span's end says little about the next one.
      next = tried < next ? Math.max(next, grown) : grown;
    }
  }
  return { state, step: next };
}

/** The state plus a weighted sum of slopes. */
function moved(
  state: readonly number[],
  slopes: readonly (readonly number[])[],
  weights: readonly number[],
  step: number,
): number[] {
  return state.map((y, i) => y + step * weights.reduce((sum, weight, k) => sum + weight * slopes[k][i], 0));
}
