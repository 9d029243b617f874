import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../src/measure/clock.js';
import { interleavedGroup } from '../../src/measure/interleaved-group.js';
import type { JournalEntry } from '../../src/measure/journal.js';
import { summarise } from '../../src/measure/summary.js';

/** A machine that other work slows down by `slowness` at any moment; a run after another network costs half more. */
function busyMachine(slowness: (now: number) => number) {
  const state = { now: 0, last: '', turns: [] as string[] };
  const clock: Clock = { now: () => state.now, cpuMs: () => state.now, interruptions: () => 0 };
  const run = (name: string, ms: number) => async () => {
    state.now += ms * slowness(state.now) * (state.last === name ? 1 : 1.5);
    state.last = name;
    state.turns.push(name);
  };
  return { clock, run, state };
}

test('network and reference run by turns, each twice in a row, of which the second counts', async () => {
  const { clock, run, state } = busyMachine(() => 1);
  const timing = await interleavedGroup(run('net', 8), run('reference', 2), 3, clock);
  assert.deepEqual(state.turns, Array(5).fill(['reference', 'reference', 'net', 'net']).flat());
  assert.deepEqual(timing.cpuMs, [8, 8, 8]);
  assert.deepEqual(timing.referenceCpuMs, [2, 2, 2]);
});

test('a machine that other work slows down by up to two gives the latency of one without', async () => {
  const entries: JournalEntry[] = [];
  for (const [i, slowness] of [1, 1.4, 1.7, 2, 1.2].entries()) {
    const { clock, run } = busyMachine((now) => slowness * (1 + (Math.floor(now / 40) % 3 === 2 ? 0.5 : 0)));
    for (const [architecture, ms] of [
      ['large', 16],
      ['small', 0.5],
    ] as const) {
      const timing = await interleavedGroup(run(architecture, ms), run('reference', 2), 15, clock);
      const { runsMs, cpuMs = [], referenceCpuMs = [], ...rest } = timing;
      const times = { runsMs: [...runsMs], cpuMs: [...cpuMs], referenceCpuMs: [...referenceCpuMs] };
      entries.push({ kind: 'network', architecture, round: i, at: i, ...rest, ...times });
    }
  }
  const { networks, drift } = summarise(entries);
  // The lower quartile of the reference's speeds is that of the second slowest: 1.2.
  assert.ok(Math.abs(drift.baselineMs / 2.4 - 1) < 1e-9, `${drift.baselineMs}`);
  for (const { architecture, latencyMs } of networks) {
    const expected = 1.2 * (architecture === 'large' ? 16 : 0.5);
    assert.ok(Math.abs(latencyMs / expected - 1) < 1e-9, `${architecture}: ${latencyMs}`);
  }
});
