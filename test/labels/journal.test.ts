import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { LabelJournal } from '../../src/labels/journal.js';
import { temporaryFolder } from '../datasets/temporary-file.js';

test('a journal is begun anew for labels of something else', async (t) => {
  const file = join(temporaryFolder(t), 'out.csv');
  const first = await LabelJournal.open(file, { device: 'a' });
  await first.add(3, Float64Array.of(1.25, Number.NaN));
  await first.close();
  const same = await LabelJournal.open(file, { device: 'a' });
  assert.deepEqual([...same.finished], [[3, Float64Array.of(1.25, Number.NaN)]]);
  await same.close();
  const other = await LabelJournal.open(file, { device: 'b' });
  assert.equal(other.finished.size, 0);
  await other.close();
  await other.remove();
});
