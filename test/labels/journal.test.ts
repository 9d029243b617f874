import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { LabelJournal } from '../../src/labels/journal.js';
import { temporaryFolder } from '../temporary-folder.js';

test('a journal is begun anew for labels of something else', () => {
  const file = join(temporaryFolder(), 'out.csv');
  const first = LabelJournal.open(file, { device: 'a' });
  first.add(3, Float64Array.of(1.25, Number.NaN));
  first.close();
  const same = LabelJournal.open(file, { device: 'a' });
  assert.deepEqual([...same.finished], [[3, Float64Array.of(1.25, Number.NaN)]]);
  same.close();
  const other = LabelJournal.open(file, { device: 'b' });
  assert.equal(other.finished.size, 0);
  other.close();
  other.remove();
});
