import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../src/measure/clock.js';
import { timedGroup } from '../../src/measure/timed-group.js';

/** A machine on which run `i` takes some time and may be interrupted. */
function machine(latencyMs: (i: number) => number, isInterrupted: (i: number) => boolean = () => false) {
  const state = { now: 0, interruptions: 0, runs: 0 };
  const clock: Clock = {
    now: () => state.now,
    cpuMs: () => state.now / 2,
    interruptions: () => state.interruptions,
  };
  const run = async () => {
    const i = state.runs++;
    state.now += latencyMs(i);
    if (isInterrupted(i)) state.interruptions++;
  };
  return { clock, run, state };
}

test('the warm-up lasts until two windows agree, and its runs do not count', async () => {
  // Each run is a tenth of a millisecond shorter than the one before, until the twentieth.
  const { clock, run, state } = machine((i) => (i < 20 ? 3 - i / 10 : 1));
  const { runsMs, warmUps, stable } = await timedGroup(run, 8, clock);
  // Medians by window: 2.8, 2.3, 1.8, 1.3, 1, 1.
  assert.deepEqual([warmUps, stable], [30, true]);
  assert.equal(runsMs.length, 8);
  for (const ms of runsMs) assert.ok(Math.abs(ms - 1) < 1e-9);
  assert.equal(state.runs, 38);
});

test('a network that never settles is measured all the same, and said to be unstable', async () => {
  const { clock, run } = machine((i) => 1.1 ** i);
  const { warmUps, stable, runsMs } = await timedGroup(run, 4, clock);
  assert.deepEqual([warmUps, stable, runsMs.length], [50, false, 4]);
});

test('interrupted runs are made again', async () => {
  const { clock, run } = machine(
    (i) => (i % 3 === 0 ? 20 : 1),
    (i) => i % 3 === 0,
  );
  const { runsMs, interrupted } = await timedGroup(run, 20, clock);
  assert.equal(runsMs.length, 20);
  for (const ms of runsMs) assert.ok(Math.abs(ms - 1) < 1e-9, `${ms}`);
  // The warm-up takes runs 0 … 9; of 10 … 38 nine are multiples of three, and 20 are not.
  assert.equal(interrupted, 9);
});

test('where every run is interrupted, the shortest third counts', async () => {
  const { clock, run } = machine(
    (i) => 1 + (i % 3),
    () => true,
  );
  const { runsMs, interrupted } = await timedGroup(run, 10, clock);
  assert.equal(interrupted, 30);
  for (const ms of runsMs) assert.ok(Math.abs(ms - 1) < 1e-9, `${ms}`);
});
