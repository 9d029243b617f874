import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomesIn } from '../../bench/faults.js';

test('what long tests say of themselves is found in the output of the runner', () => {
  const tap = `TAP version 13
# Subtest: killed 2 times
ok 1 - killed 2 times
  ---
  duration_ms: 3
  ...
# 2 kills in 1 s; 5 uploads acknowledged, 0 lost
# Subtest: the same on another
ok 2 - the same on another # SKIP no PostgreSQL here
ok 3 - not this one # SKIP test name does not match pattern
1..3
# tests 3
# pass 1`;
  assert.deepEqual(outcomesIn(tap), [
    { name: 'killed 2 times', result: '2 kills in 1 s; 5 uploads acknowledged, 0 lost' },
    { name: 'the same on another', result: 'not run: no PostgreSQL here' },
  ]);
});
