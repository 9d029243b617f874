import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnNames, textOf } from '../../../server/page/parts/file-text.js';

test('columns are named as the service reads them: quoted names may have commas, quotes and line ends', async () => {
  assert.deepEqual(await columnNames('arch,"accuracy, %","said ""best""","two\nlines"\r\n1,2,3,4\n'), [
    'arch',
    'accuracy, %',
    'said "best"',
    'two\nlines',
  ]);
  assert.deepEqual(await columnNames('arch,acc'), ['arch', 'acc']);
  assert.deepEqual(await columnNames('\n\narch,acc\rx,1\r'), ['arch', 'acc']);
  assert.deepEqual(await columnNames(''), []);
  // A mark of the byte order is no part of a name.
  const marked = new File(['\ufeffarch,acc\nx,1\n'], 'marked.csv');
  assert.deepEqual(await columnNames(await textOf(marked)), ['arch', 'acc']);
});
