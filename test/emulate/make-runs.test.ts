import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { commandSimulator } from '../../src/emulate/command-simulator.js';
import { spaceFilling } from '../../src/emulate/design.js';
import { makeRuns } from '../../src/emulate/make-runs.js';
import type { Simulator } from '../../src/emulate/simulator.js';
import { temporaryFile, temporaryFolder } from '../temporary-folder.js';

const inputs = [
  { name: 'a', low: 0, high: 1 },
  { name: 'b', low: 1, high: 100, log: true },
];
const sum: Simulator = {
  name: 'sum',
  inputs,
  outputs: [{ name: 'y' }],
  run: async ([a, b]) => Float64Array.of(a + b),
};
const task = (folder: string, simulator: Simulator, more = {}) => ({
  simulator,
  runs: 24,
  seed: 1,
  parallel: 3,
  journal: join(folder, '.runs.jsonl'),
  ...more,
});

test('points fill the box: each half of each input has half of them, to one or two', () => {
  const at = spaceFilling(inputs, 5);
  const points = Array.from({ length: 64 }, (_, i) => at(i));
  const low = [points.filter(([a]) => a < 0.5).length, points.filter(([, b]) => b < 10).length];
  for (const count of low) assert.ok(Math.abs(count - 32) <= 2, `${low}`);
  const whole = spaceFilling([{ name: 'n', low: 2, high: 4, whole: true }], 1);
  assert.deepEqual([...new Set(Array.from({ length: 50 }, (_, i) => whole(i)[0]))].sort(), [2, 3, 4]);
});

test('a run that does not heed the signal is kept, and no other begun', async () => {
  const folder = temporaryFolder();
  const stop = new AbortController();
  let begun = 0;
  const deaf: Simulator = {
    ...sum,
    async run(x, signal) {
      const first = ++begun === 1;
      await new Promise((resolve) => setTimeout(resolve, first ? 5 : 50));
      if (first) {
        stop.abort();
        signal?.throwIfAborted();
      }
      return sum.run(x);
    },
  };
  await assert.rejects(makeRuns(task(folder, deaf, { signal: stop.signal, parallel: 2 })), {
    name: 'AbortError',
  });
  const lines = readFileSync(join(folder, '.runs.jsonl'), 'utf8').trim().split('\n');
  assert.equal(begun, 2);
  assert.equal(lines.filter((line) => 'y' in JSON.parse(line)).length, 1);
});

test('a run that was made is not made again: after an interruption, and when more are wanted', async () => {
  const folder = temporaryFolder();
  let made = 0;
  const stop = new AbortController();
  const counting: Simulator = {
    ...sum,
    async run(x) {
      if (++made === 10) stop.abort();
      return sum.run(x);
    },
  };
  await assert.rejects(makeRuns(task(folder, counting, { signal: stop.signal })), { name: 'AbortError' });
  const before = made;
  assert.ok(before < 24);
  // A kill may cut the last line off.
  appendFileSync(join(folder, '.runs.jsonl'), '{"index":2');
  const { runs } = await makeRuns(task(folder, counting));
  assert.equal(made, 24);
  const fresh = await makeRuns(task(temporaryFolder(), sum));
  assert.deepEqual(runs, fresh.runs);
  const more = await makeRuns(task(folder, counting, { runs: 30 }));
  assert.equal(made, 30);
  assert.deepEqual(more.runs.x.subarray(0, 48), runs.x);
  await assert.rejects(makeRuns(task(folder, { ...sum, name: 'other' })), /field simulator: its runs are of/);
});

test('half of the runs may fail: they are left out, and tried again the next time', async () => {
  const folder = temporaryFolder();
  let broken = true;
  const flaky: Simulator = {
    ...sum,
    async run(x) {
      if (broken && x[0] < 0.5) throw new Error('diverged');
      return broken && x[0] > 0.95 ? Float64Array.of(Number.NaN) : sum.run(x);
    },
  };
  const { runs, failed } = await makeRuns(task(folder, flaky, { runs: 60 }));
  assert.equal(runs.count + failed, 60);
  assert.ok(failed >= 28 && failed <= 36, `${failed}`);
  broken = false;
  assert.equal((await makeRuns(task(folder, flaky, { runs: 60 }))).failed, 0);
  broken = true;
  await assert.rejects(makeRuns(task(temporaryFolder(), flaky, { runs: 30 })), (error) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /\d+ of 30 runs gave an answer, too few .*diverged/);
    return true;
  });
});

test('a command gets its inputs, says its outputs, and is tried again', async () => {
  const folder = temporaryFolder();
  const log = join(folder, 'log');
  const script = temporaryFile(
    'sim.mjs',
    `import { appendFileSync, existsSync, readFileSync } from 'node:fs';
const [a, b] = process.argv.slice(2).map(Number);
appendFileSync(${JSON.stringify(log)}, a + '\\n');
// Every first attempt fails.
if (readFileSync(${JSON.stringify(log)}, 'utf8').split('\\n').filter((l) => l === String(a)).length === 1) process.exit(3);
console.log('progress');
console.log(JSON.stringify({ total: a + b, y: [a, b, a * b] }));`,
  );
  const command = `"${process.execPath}" ${script} {a} {b}`;
  const simulator = commandSimulator({ command, inputs, retries: 1 });
  const { runs, failed } = await makeRuns(task(folder, simulator, { runs: 20, parallel: 2 }));
  assert.equal(failed, 0);
  assert.deepEqual(runs.outputs, [{ name: 'total' }, { name: 'y', points: 3 }]);
  const [a, b] = runs.x.subarray(0, 2);
  assert.deepEqual([...runs.y.subarray(0, 4)], [a + b, a, b, a * b]);
  assert.equal(readFileSync(log, 'utf8').trim().split('\n').length, 40);
  assert.throws(() => commandSimulator({ command: './sim {a}', inputs }), /does not have \{b\}/);
  assert.throws(
    () => commandSimulator({ command: './sim {a} {b} {c}', inputs }),
    /\{c\}, which is none of the inputs/,
  );
});

test('a command that says other outputs than before, or nothing usable, fails that run', async () => {
  const simulatorOf = (lines: string) =>
    commandSimulator({
      command: `"${process.execPath}" ${temporaryFile('sim.mjs', lines)} {a} {b}`,
      inputs,
    });
  const growing = simulatorOf('console.log(JSON.stringify(process.argv[2] === "0" ? [1, 2] : [1, 2, 3]))');
  await growing.run([0, 1]);
  await assert.rejects(
    async () => growing.run([1, 1]),
    /its outputs are y \(3\), but those of the first run y \(2\)/,
  );
  await assert.rejects(async () => simulatorOf('console.log("done")').run([0, 1]), /not JSON: "done"/);
  await assert.rejects(
    async () => simulatorOf('console.log(`{"y": "3"}`)').run([0, 1]),
    /"y" is neither a number/,
  );
});
