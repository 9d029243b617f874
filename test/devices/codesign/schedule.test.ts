import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { listSchedule, remainingWork, type ScheduleTask } from '../../../src/devices/codesign/schedule.js';

const ENGINES = 3;

/** Tasks with some earlier ones before them, each on a choice of engines. */
const tasks = fc
  .array(
    fc.record({
      cycles: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: ENGINES, maxLength: ENGINES }),
      engines: fc.subarray([0, 1, 2], { minLength: 1 }),
      after: fc.array(fc.nat(1000), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((records) =>
    records.map(
      ({ cycles, engines, after }, i): ScheduleTask => ({
        options: engines.map((engine) => ({ engine, cycles: cycles[engine] })),
        after: i === 0 ? [] : [...new Set(after.map((before) => before % i))],
      }),
    ),
  );

function check(property: (tasks: readonly ScheduleTask[]) => void): void {
  fc.assert(fc.property(tasks, property), { numRuns: 300, seed: 1 });
}

describe('list schedule', () => {
  it('does every task once, after those before it, on an engine that can, one at a time', () => {
    check((tasks) => {
      const { engine, start, finish } = listSchedule(tasks, ENGINES);
      for (const [i, { options, after }] of tasks.entries()) {
        const option = options.find((each) => each.engine === engine[i]);
        assert.equal(finish[i] - start[i], option?.cycles);
        for (const before of after) assert.ok(start[i] >= finish[before]);
        for (let j = 0; j < i; j++) {
          const apart = start[i] >= finish[j] || start[j] >= finish[i];
          assert.ok(apart || engine[i] !== engine[j]);
        }
      }
    });
  });

  it('takes at least the critical path, at least the work of all engines, at most everything in a row', () => {
    check((tasks) => {
      const { makespan } = listSchedule(tasks, ENGINES);
      const least = tasks.map(({ options }) => Math.min(...options.map(({ cycles }) => cycles)));
      const most = tasks.map(({ options }) => Math.max(...options.map(({ cycles }) => cycles)));
      const sum = (all: number[]) => all.reduce((total, cycles) => total + cycles, 0);
      assert.ok(makespan >= Math.max(...remainingWork(tasks)));
      assert.ok(makespan >= sum(least) / ENGINES);
      assert.ok(makespan <= sum(most));
      for (let engine = 0; engine < ENGINES; engine++) {
        const bound = tasks.filter(({ options }) => options.length === 1 && options[0].engine === engine);
        assert.ok(makespan >= sum(bound.map(({ options }) => options[0].cycles)));
      }
    });
  });

  it('starts a task as soon as its inputs are there, or its engine is free', () => {
    check((tasks) => {
      const { engine, start, finish } = listSchedule(tasks, ENGINES);
      for (const [i, { after }] of tasks.entries()) {
        const released = [0, ...after.map((before) => finish[before])];
        const freed = tasks.flatMap((_, j) => (engine[j] === engine[i] ? [finish[j]] : []));
        assert.ok([...released, ...freed].includes(start[i]));
      }
    });
  });

  it('starts the task with more behind it first', () => {
    // Worked out by hand: the short task first would leave engine 1 idle until 14.
    const tasks: ScheduleTask[] = [
      { options: [{ engine: 0, cycles: 4 }], after: [] },
      { options: [{ engine: 0, cycles: 10 }], after: [] },
      { options: [{ engine: 1, cycles: 20 }], after: [1] },
    ];
    const { start, makespan } = listSchedule(tasks, 2);
    assert.deepEqual([...start], [10, 0, 10]);
    assert.equal(makespan, 30);
  });
});
