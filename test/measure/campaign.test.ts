import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { type MeasurementProtocol, runCampaign } from '../../src/measure/campaign.js';
import { type JournalEntry, memoryJournal } from '../../src/measure/journal.js';
import { fakeTarget, named } from './fake-target.js';

const PROTOCOL: MeasurementProtocol = { runs: 12, rounds: 3, extraRounds: 2, block: 4, seed: 1 };
const NAMES = Array.from({ length: 10 }, (_, i) => `n${i}`);
const REFERENCE = named('reference');

const groupsOf = (entries: readonly JournalEntry[], architecture: string) =>
  entries.filter((entry) => entry.kind === 'network' && entry.architecture === architecture);

test('every network has its turn once in every round, in another order, between references', async () => {
  const { target, state } = fakeTarget(() => 2);
  const journal = memoryJournal();
  assert.ok(await runCampaign(target, NAMES.map(named), REFERENCE, PROTOCOL, journal));
  // 10 networks in blocks of 4 have a reference before each block and one behind the last.
  const perRound = 10 + 3 + 1;
  assert.equal(state.order.length, 3 * perRound);
  const rounds = [0, 1, 2].map((round) => state.order.slice(round * perRound, (round + 1) * perRound));
  for (const round of rounds) {
    assert.deepEqual(round.filter((name) => name !== 'reference').sort(), NAMES);
    assert.deepEqual(
      [0, 5, 10, 13].map((i) => round[i]),
      Array(4).fill('reference'),
    );
  }
  assert.notDeepEqual(rounds[0], rounds[1]);
  for (const entry of journal.entries) assert.ok('runsMs' in entry && entry.runsMs.length === 4);
  assert.equal(state.mostLoaded, 2, 'the reference and one network');
  assert.equal(state.loaded, 0);

  const again = fakeTarget(() => 2);
  await runCampaign(again.target, NAMES.map(named), REFERENCE, PROTOCOL, memoryJournal());
  assert.deepEqual(again.state.order, state.order, 'the order follows the seed');
});

test('networks whose groups disagree are measured in extra rounds, and no others', async () => {
  let turn = 0;
  const { target } = fakeTarget((name) => (name === 'n3' ? 2 * (1 + (turn++ % 3)) : 2));
  const journal = memoryJournal();
  await runCampaign(target, NAMES.map(named), REFERENCE, PROTOCOL, journal);
  assert.equal(groupsOf(journal.entries, 'n3').length, 5);
  assert.equal(groupsOf(journal.entries, 'n4').length, 3);
});

test('entries follow each other in time, whatever the clock is set to meanwhile', async () => {
  const journal = memoryJournal();
  let stepped = 0;
  mock.timers.enable({ apis: ['Date'], now: Date.now() });
  try {
    const { target } = fakeTarget(() => {
      mock.timers.setTime(Date.now() - 3_600_000 * ++stepped);
      return 2;
    });
    await runCampaign(target, NAMES.map(named), REFERENCE, { ...PROTOCOL, rounds: 1 }, journal);
  } finally {
    mock.timers.reset();
  }
  // As if the clock had been right only then, and was set back before the run was continued.
  journal.append({ kind: 'failure', architecture: 'x', at: Date.now() + 1e9, reason: '' });
  await runCampaign(fakeTarget(() => 2).target, NAMES.map(named), REFERENCE, PROTOCOL, journal);
  const times = journal.entries.map(({ at }) => at);
  assert.ok(stepped > 10 && times.length > 30);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
});

test('what the journal holds is not measured again', async () => {
  const stop = new AbortController();
  let networks = 0;
  const first = fakeTarget((name) => {
    if (name !== 'reference' && ++networks === 14) stop.abort();
    return 2;
  });
  const journal = memoryJournal();
  const hooks = { signal: stop.signal };
  assert.equal(await runCampaign(first.target, NAMES.map(named), REFERENCE, PROTOCOL, journal, hooks), false);
  const second = fakeTarget(() => 2);
  const progress: [number, number][] = [];
  await runCampaign(second.target, NAMES.map(named), REFERENCE, PROTOCOL, journal, {
    onGroup: (done, planned) => progress.push([done, planned]),
  });
  assert.equal(second.state.order.filter((name) => name !== 'reference').length, 30 - 14);
  assert.deepEqual(
    [progress[0], progress.at(-1)],
    [
      [15, 30],
      [30, 30],
    ],
  );
  for (const name of NAMES) {
    const rounds = groupsOf(journal.entries, name).map((entry) => entry.kind === 'network' && entry.round);
    assert.deepEqual(rounds.sort(), [0, 1, 2]);
  }
});

test('a run that goes on counts each group once, those of extra rounds and of which only the kernels are missing too', async () => {
  const protocol = { ...PROTOCOL, rounds: 2, extraRounds: 1, profiles: 1 };
  const journal = memoryJournal();
  let turn = 0;
  const { target } = fakeTarget((name) => (name === 'n3' ? 1 + turn++ : 2));
  await runCampaign(target, NAMES.map(named), REFERENCE, protocol, journal);
  assert.equal(groupsOf(journal.entries, 'n3').length, 3);
  const again = fakeTarget(() => 2);
  const profiling = { ...again.target, profile: async () => ({ nodes: [] }) };
  const progress: [number, number][] = [];
  await runCampaign(profiling, NAMES.map(named), REFERENCE, protocol, journal, {
    onGroup: (done, planned) => progress.push([done, planned]),
  });
  // Ten kernels of the first round are left of 2 × 10 groups; the one of the extra round is planned, and done, at its end.
  const expected = Array.from({ length: 10 }, (_, i) => [11 + i, 20]);
  assert.deepEqual(progress, expected);
});

test('a network that cannot be run is noted and left alone, and tried again when the run is resumed', async () => {
  const { target, state } = fakeTarget((name) => {
    if (name === 'n5') throw new Error('too large');
    return 2;
  });
  const journal = memoryJournal();
  assert.ok(await runCampaign(target, NAMES.map(named), REFERENCE, PROTOCOL, journal));
  const failures = journal.entries.filter((entry) => entry.kind === 'failure');
  assert.deepEqual(
    failures.map(({ architecture, reason }) => [architecture, reason]),
    [['n5', 'too large']],
  );
  assert.equal(state.order.filter((name) => name === 'n5').length, 1);
  const healed = fakeTarget(() => 2);
  await runCampaign(healed.target, NAMES.map(named), REFERENCE, PROTOCOL, journal);
  assert.deepEqual(
    healed.state.order.filter((name) => name !== 'reference'),
    ['n5', 'n5', 'n5'],
  );
});

test('a board that has gone ends the run instead of failing every network', async () => {
  const { target } = fakeTarget((name) => {
    if (name === 'reference') return 1;
    throw new Error('no route to host');
  });
  const journal = memoryJournal();
  await assert.rejects(
    runCampaign(target, NAMES.map(named), REFERENCE, { ...PROTOCOL, block: 20 }, journal),
    (error) => error instanceof InputError && /5 networks in a row.*no route to host/.test(error.message),
  );
  const gone = fakeTarget(() => Promise.reject(new Error('gone')));
  await assert.rejects(
    runCampaign(gone.target, NAMES.map(named), REFERENCE, PROTOCOL, memoryJournal()),
    (error) => error instanceof InputError && /reference network cannot be run: gone/.test(error.message),
  );
});
