import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSamples } from '../../src/datasets/load.js';
import { describeRepeats } from '../../src/datasets/repeats.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFile } from '../temporary-folder.js';

const CELLS = Array.from({ length: nasbench201.size }, (_, i) => nasbench201.at(i));

/** A table of all cells in which a cell has the value that `latencyOf` gives its class. */
const table = (latencyOf: (key: string, index: number) => number) =>
  `arch,board_ms\n${CELLS.map((cell, i) => `${nasbench201.format(cell)},${latencyOf(nasbench201.classOf(cell), i)}`).join('\n')}\n`;

// NAS-Bench-201 (Dong and Yang, ICLR 2020, section 2.1): 6,466 of its 15,625 cells are unique up to isomorphism.
test('a value that is copied to all cells of a class is found, and one is kept on demand', async () => {
  const keys = new Map<string, number>();
  const numberOf = (key: string) => keys.get(key) ?? keys.set(key, keys.size + 1).size;
  const file = temporaryFile('copied.csv', table(numberOf));
  const all = await loadSamples(file, { space: nasbench201 });
  assert.deepEqual([all.values.length, all.repeats.entries.size, all.repeats.of], [15625, 9159, 15625]);
  const told = describeRepeats(nasbench201, 'board', all.repeats, 'reject') ?? '';
  assert.match(told, /^warning: board: 9,159 of 15,625 samples .*--duplicates one-per-class/);
  const { repeat, first } = all.repeats.example!;
  assert.equal(nasbench201.classOf(repeat), nasbench201.classOf(first));
  assert.notDeepEqual(repeat, first);

  const kept = await loadSamples(file, { space: nasbench201, duplicates: 'one-per-class' });
  assert.equal(kept.values.length, 6466);
  assert.equal(new Set(kept.values).size, 6466);
});

test('isomorphic cells that were each measured are no repeats, nor are equal values of other classes', async () => {
  const each = temporaryFile(
    'each.csv',
    table((_, i) => i + 1),
  );
  assert.equal((await loadSamples(each, { space: nasbench201 })).repeats.entries.size, 0);
  const [a, b] = [CELLS[0], CELLS[1]].map(nasbench201.format);
  const equal = temporaryFile('equal.csv', `arch,board_ms\n${a},5\n${b},5\n`);
  const { repeats } = await loadSamples(equal, { space: nasbench201, duplicates: 'one-per-class' });
  assert.deepEqual([repeats.entries.size, repeats.of], [0, 2]);
  assert.equal(describeRepeats(nasbench201, 'board', repeats, 'reject'), undefined);
});

test('two values of one cell stay refused with one-per-class', async () => {
  const file = temporaryFile(
    'two.csv',
    `arch,board_ms\n${nasbench201.format(CELLS[0])},5\n${nasbench201.format(CELLS[0])},6\n`,
  );
  await assert.rejects(
    loadSamples(file, { space: nasbench201, duplicates: 'one-per-class' }),
    /second value/,
  );
});
