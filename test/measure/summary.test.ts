import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalEntry } from '../../src/measure/journal.js';
import { otherMetrics, summarise } from '../../src/measure/summary.js';

const common = { warmUps: 10, stable: true, interrupted: 0 };
const reference = (at: number, ms: number, round = 0): JournalEntry => ({
  kind: 'reference',
  round,
  at,
  runsMs: [ms, ms, ms],
  ...common,
});
const network = (architecture: string, at: number, runsMs: number[], round = 0): JournalEntry => ({
  kind: 'network',
  architecture,
  round,
  at,
  runsMs,
  ...common,
});

test('a latency is the interquartile mean over the groups of the interquartile mean of each', () => {
  const { networks } = summarise([
    reference(0, 1),
    network('a', 1, [2, 2, 2, 50]),
    network('a', 2, [2.2, 2.2, 2.2, 2.2], 1),
    network('a', 3, [9, 9, 9, 9], 2),
    network('a', 4, [2.4, 2.4, 2.4, 0.1], 3),
    reference(5, 1),
  ]);
  assert.equal(networks.length, 1);
  // Groups 2, 2.2, 9, 2.4: the middle two.
  assert.ok(Math.abs(networks[0].latencyMs - 2.3) < 1e-12);
  assert.deepEqual([networks[0].groups, networks[0].runs, networks[0].warmUps], [4, 16, 40]);
  // Of the 16 runs the eighth is 2.2 and the ninth 2.4.
  assert.ok(Math.abs(networks[0].median - 2.3) < 1e-12);
});

test('a machine that turns 30 % slower half-way gives the latencies of one that does not', () => {
  const slowAt = 50;
  const factor = (at: number) => (at >= slowAt ? 1.3 : 1);
  const entries: JournalEntry[] = [];
  for (let at = 0; at <= 100; at += 10) {
    const round = at < slowAt ? 0 : 1;
    entries.push(reference(at, 2 * factor(at), round));
    entries.push(network(`n${(at / 10) % 5}`, at + 1, [3 * factor(at), 3 * factor(at)], round));
  }
  const { networks, drift } = summarise(entries);
  const fastFirst = summarise(entries, 2);
  for (const { latencyMs } of fastFirst.networks) assert.ok(Math.abs(latencyMs - 3) < 0.25, `${latencyMs}`);
  // Without a baseline from before, all are brought to the speed of the median, which is one of the two.
  const level = networks[0].latencyMs;
  for (const { latencyMs } of networks) assert.ok(Math.abs(latencyMs / level - 1) < 0.1);
  const [first, second] = drift.rounds;
  assert.ok(Math.abs(second.median / first.median - 1.3) < 1e-9);
  assert.deepEqual([first.references, second.references], [5, 6]);
});

test('one bad measurement of the reference, and scatter below 3 %, correct nothing', () => {
  const ratios = [1, 1.02, 0.98, 5, 1.01, 1];
  const entries = ratios.flatMap((ratio, i) => [reference(10 * i, ratio), network('a', 10 * i + 5, [7], i)]);
  const { networks, drift } = summarise(entries);
  assert.equal(networks[0].latencyMs, 7);
  assert.equal(networks[0].standardError, 0);
  assert.equal(drift.rounds[0].greatest, 5 / drift.baselineMs);
});

test('networks that never ran are named with the last reason; what ran at last is no failure', () => {
  const failure = (architecture: string, reason: string): JournalEntry => ({
    kind: 'failure',
    architecture,
    at: 0,
    reason,
  });
  const { networks, failures } = summarise([
    reference(0, 1),
    failure('a', 'once'),
    failure('b', 'first'),
    network('a', 1, [2]),
    failure('b', 'second'),
  ]);
  assert.deepEqual([...failures], [['b', 'second']]);
  assert.deepEqual(
    networks.map(({ architecture }) => architecture),
    ['a'],
  );
  assert.ok(Number.isNaN(networks[0].standardError));
});

test('interrupted runs and groups that did not settle are counted as shares', () => {
  const { interrupted, unsettled } = summarise([
    reference(0, 1),
    { ...network('a', 1, [1, 1, 1]), interrupted: 1 } as JournalEntry,
    { ...network('b', 2, [1, 1, 1, 1]), stable: false } as JournalEntry,
  ]);
  assert.equal(interrupted, 1 / 8);
  assert.equal(unsettled, 1 / 2);
});

test('other metrics of a runner are averaged as the latency is, and not corrected for how slow the machine was', () => {
  const withEnergy = (at: number, ms: number, energy: number[], round: number) => ({
    ...network('a', at, [ms, ms], round),
    values: { energy },
  });
  const summary = summarise([
    reference(0, 1),
    withEnergy(1, 2, [5, 5, 5, 90], 0),
    reference(2, 1.5, 1),
    withEnergy(3, 3, [7], 1),
    reference(4, 1.5, 1),
    network('b', 5, [3], 1),
  ]);
  // Interquartile means 5 (the middle two of four) and 7, then of those two.
  assert.deepEqual(summary.networks[0].values, { energy: 6 });
  assert.deepEqual(summary.networks[1].values, {});
  assert.deepEqual(otherMetrics(summary), ['energy']);
});
