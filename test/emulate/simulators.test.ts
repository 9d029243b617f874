import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOARDS } from '../../src/devices/board/boards.js';
import { FnasDevice } from '../../src/devices/fnas/fnas.js';
import { inRange } from '../../src/emulate/design.js';
import { brusselator, integrated } from '../../src/emulate/simulators/brusselator.js';
import { eikonal, travelTimes } from '../../src/emulate/simulators/eikonal.js';
import { pollutantSpill } from '../../src/emulate/simulators/pollutant-spill.js';
import { simulatorNamed, simulators } from '../../src/emulate/simulators/registry.js';
import { dawson, thomsonIon } from '../../src/emulate/simulators/thomson-ion.js';
import { convolutionChain } from '../../src/network/zoo/convolution-chain.js';

const near = (actual: number, expected: number, relative: number) =>
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual} is not ${expected}`);

for (const { name, inputs, outputs, run } of simulators) {
  test(`${name} gives as many finite numbers as it says`, async () => {
    const values = await run(inputs.map((input) => inRange(input, 0.4)));
    assert.equal(
      values.length,
      outputs.reduce((sum, { points = 1 }) => sum + points, 0),
    );
    assert.ok(values.every(Number.isFinite));
  });
}

test('Dawson’s integral has the values of Abramowitz & Stegun, table 7.5', () => {
  near(dawson(0.5), 0.4244363835, 1e-9);
  near(dawson(1), 0.5380795069, 1e-9);
  near(dawson(2), 0.3013403889, 1e-9);
  near(dawson(-1), -0.5380795069, 1e-9);
});

test('the ion feature has the area of Salpeter’s static structure factor', async () => {
  // With α large all of it is Zα⁴/((1+α²)(1+α²+Zα²Tₑ/Tᵢ)) (Sheffield, section 5.5): ≈ Z/(1 + ZTₑ/Tᵢ).
  const [electrons, ions, density, charge] = [300, 300, 20, 2];
  const spectrum = await thomsonIon.run([electrons, ions, density, charge, 0]);
  const [k, step] = [(2 * Math.PI * Math.SQRT2) / 532e-9, 4 / 249];
  const perNm = (2 * Math.PI * 299_792_458 * 1e9) / 532 ** 2;
  const area = spectrum.reduce((sum, value) => sum + value, 0) * 1e-15 * step * perNm;
  const debye2 = (8.8541878128e-12 * electrons) / (density * 1e24 * 1.602176634e-19);
  const alpha2 = 1 / (k * k * debye2);
  const ofIons =
    (charge * alpha2 ** 2) / ((1 + alpha2) * (1 + alpha2 + (charge * alpha2 * electrons) / ions));
  // The electrons' own, wide feature lies under it.
  const background = (Math.min(spectrum[0], spectrum[249]) * 1e-15 * 4 * perNm) / (2 * Math.PI);
  near(area / (2 * Math.PI) - background, ofIons, 0.03);
});

test('a flow shifts the spectrum by k·v, and only that', async () => {
  const at = async (flow: number) => [...(await thomsonIon.run([600, 100, 10, 3, flow]))];
  const centre = (spectrum: readonly number[]) => {
    // The electrons' wide feature lies under it, and is cut off by the window.
    const lines = spectrum.map((value) => value - Math.min(...spectrum));
    return (
      lines.reduce((sum, value, i) => sum + value * (-2 + (i * 4) / 249), 0) /
      lines.reduce((a, b) => a + b, 0)
    );
  };
  const shift = centre(await at(80)) - centre(await at(-80));
  // Δλ = −λ²·k·v/(2πc), at a right angle k = 2π√2/λ.
  near(Math.abs(shift), (532 * Math.SQRT2 * 160e3) / 299_792_458, 0.05);
});

test('a spill is the published formula at a site and a time', async () => {
  const [mass, diffusion, distance, delay] = [10, 0.07, 1.505, 30.15];
  const values = await pollutantSpill.run([mass, diffusion, distance, delay]);
  const one = (s: number, t: number) =>
    (mass / Math.sqrt(4 * Math.PI * diffusion * t)) * Math.exp(-(s * s) / (4 * diffusion * t));
  // Site 1.5 m is the third, 45 s the thirtieth time of forty.
  near(values[2 * 40 + 29], Math.sqrt(4 * Math.PI) * (one(1.5, 45) + one(1.5 - distance, 45 - delay)), 1e-12);
  near(values[2 * 40 + 9], Math.sqrt(4 * Math.PI) * one(1.5, 15), 1e-12);
});

test('the integrator follows an oscillator to its tolerance', () => {
  const { state } = integrated(([y, v]) => [v, -y], [1, 0], 10, 0.5);
  assert.ok(Math.abs(state[0] - Math.cos(10)) < 1e-6 && Math.abs(state[1] + Math.sin(10)) < 1e-6, `${state}`);
});

test('the Brusselator rests at y₁ = A, y₂ = B/A, and oscillates above B = 1 + A²', async () => {
  const rest = await brusselator.run([1.2, 2, 1.2, 2 / 1.2]);
  assert.ok(rest.every((value) => Math.abs(value - 1.2) < 1e-6));
  const late = async (b: number) => {
    const values = [...(await brusselator.run([1, b, 1.5, 2]))].slice(100);
    return Math.max(...values) - Math.min(...values);
  };
  assert.ok((await late(2.8)) > 2);
  assert.ok((await late(1.2)) < 0.05);
});

test('travel times are distances over an even velocity, and the closed form of a gradient', async () => {
  const even = travelTimes(() => 1, 100, 0.01);
  near(even[100], 1, 1e-9);
  near(even[100 * 101 + 100], Math.SQRT2, 0.02);
  // v = v₀ + gz: T = arcosh(1 + g²(x² + z²)/(2v₀v))/g (Slotnick, 1959).
  const [v0, g] = [1.5, 1.25];
  const velocities = Array.from({ length: 13 }, (_, i) => v0 + (g * 2 * i) / 12);
  const times = await eikonal.run(velocities);
  for (const depth of [0.5, 1, 2]) {
    const v = v0 + g * depth;
    near(times[depth * 50 - 1], Math.acosh(1 + (g * g * (4 + depth * depth)) / (2 * v0 * v)) / g, 0.03);
  }
});

test('the FNAS simulator finishes when the closed form says, or a little later', async () => {
  const filters = [24, 36, 48, 24, 36, 48];
  const board = BOARDS.find(({ id }) => id === 'zcu102')!;
  const finish = await simulatorNamed('fnas:zcu102').run(filters);
  const network = convolutionChain(
    [3, 32, 32],
    filters.map((count) => ({ filters: count, kernel: 3 })),
  );
  const closed = new FnasDevice(board).latency(network).latencyMs;
  const last = Math.max(...finish);
  assert.ok(last >= 0.999 * closed && last < 1.2 * closed, `${last} against ${closed}`);
});
