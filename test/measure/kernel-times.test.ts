import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelTimes } from '../../src/measure/kernel-times.js';
import type { NodeProfile } from '../../src/measure/network-profile.js';
import { passNoise } from '../../src/measure/pass-noise.js';

function node(operator: string, size: number, us: number): NodeProfile {
  const tensor = { type: 'float32', shape: [1, size], constant: false };
  return { us, operator, domain: '', attributes: {}, inputs: [tensor], outputs: [tensor] };
}

/** Times by operator and bytes. */
const timesOf = (kernels: ReturnType<typeof kernelTimes>) =>
  Object.fromEntries(kernels.map(({ kernel, us }) => [`${kernel.kind} ${kernel.outBytes}`, us]));

test('the profiler costs what views take; what is left shares the latency out', () => {
  // 4 µs on each node: shares 30, 10 and, for the views, the least that a kernel is taken for (0.2).
  const views = [4, 3, 4, 5, 4].map((us) => node('Reshape', 8, us));
  const nodes = [node('Relu', 8, 34), ...views, node('Tanh', 8, 14)];
  const times = timesOf(kernelTimes([{ nodes }], 0.0418, 9));
  assert.ok(Math.abs(times['Relu 32'] - 30) < 1e-9 && Math.abs(times['Tanh 32'] - 10) < 1e-9);
});

test('a network with few views has the overhead of the others', () => {
  const nodes = [node('Relu', 8, 35), node('Tanh', 8, 15), node('Flatten', 8, 12)];
  const times = timesOf(kernelTimes([{ nodes }], 0.047, 5));
  assert.deepEqual(times, { 'Relu 32': 30, 'Tanh 32': 10, 'Flatten 0': 7 });
});

test('profiles whose sessions ordered the nodes otherwise are matched by what the kernels are', () => {
  const [a, b, c] = [node('Relu', 8, 11), node('Tanh', 8, 21), node('Relu', 16, 71)];
  const turned = [c, a, b];
  const slower = [a, b, c].map((of) => ({ ...of, us: 2 * of.us - 1 }));
  const times = timesOf(kernelTimes([{ nodes: [a, b, c] }, { nodes: turned }, { nodes: slower }], 0.1, 1));
  for (const [key, us] of Object.entries({ 'Relu 32': 10, 'Tanh 32': 20, 'Relu 64': 70 }))
    assert.ok(Math.abs(times[key] - us) < 1e-9, `${key}: ${times[key]}`);
});

test('the noise of a pass is its error against the median of the others', () => {
  // The others' medians are 1.1, 1.1 and 1; the second network has too few groups.
  assert.deepEqual(
    passNoise([
      [1, 1, 1.2],
      [1, 2],
    ]),
    {
      mape: (Math.abs(1 / 1.1 - 1) * 2 + (1.2 - 1)) / 3,
      within10: 2 / 3,
    },
  );
  assert.equal(passNoise([[1, 2], [1]]), null);
});
