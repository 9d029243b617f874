import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/base/random.js';
import { SampleTable } from '../../src/datasets/sample-table.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';

test('agrees with a map from text, whatever comes twice', () => {
  const random = new Random(5);
  const table = new SampleTable(nasbench201.slots.length);
  const map = new Map<string, { line: number; ms: number }>();
  for (let line = 1; line <= 60_000; line++) {
    const architecture = nasbench201.at(random.integer(4000));
    const device = random.integer(10);
    const ms = 1 + random.integer(2);
    const key = `${architecture} ${device}`;
    const known = map.get(key);
    const added = table.add(architecture, device, ms, line, false);
    if (!known) {
      assert.deepEqual(added, { kind: 'new' });
      map.set(key, { line, ms });
    } else if (known.ms === ms) {
      assert.deepEqual(added, { kind: 'repeat' });
    } else {
      assert.deepEqual(added, { kind: 'conflict', firstLine: known.line, first: known.ms });
    }
  }
  const entries = Array.from({ length: table.size }, (_, entry) => entry);
  assert.deepEqual(
    entries.map((entry) => [`${table.architecture(entry)} ${table.series(entry)}`, table.value(entry)]),
    [...map].map(([key, { ms }]) => [key, ms]),
  );
});
