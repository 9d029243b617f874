import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { readTableFrom } from '../../../src/search/evaluators/accuracy-table.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';

test('accuracies are decimal numbers', async () => {
  const read = (cell: string) =>
    readTableFrom(
      Readable.from([`arch,accuracy\n${nasbench201.example},${cell}\n`]),
      'table.csv',
      nasbench201,
      ['accuracy'],
      10,
    );
  assert.deepEqual((await read(' 7.1e1 ')).values.accuracy, Float64Array.of(71));
  for (const cell of ['0x47', '0b1', 'Infinity', '7_1', '"7,1"']) {
    await assert.rejects(read(cell), /is not a finite decimal number/, cell);
  }
});
