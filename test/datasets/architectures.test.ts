import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { InputError } from '../../src/base/errors.js';
import { readArchitectures } from '../../src/datasets/architectures.js';
import { mnasnet } from '../../src/spaces/mnasnet/space.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFile } from '../temporary-folder.js';

const CELLS = [17, 4711, 15000].map((index) => nasbench201.format(nasbench201.at(index)));
const read = async (file: string) =>
  (await readArchitectures(file, nasbench201)).map((architecture) => nasbench201.format(architecture));

test('a list may be bare lines, a column of a CSV, or compressed; what comes twice counts once', async () => {
  const bare = temporaryFile('bare.txt', `${CELLS[0]}\n\n${CELLS[1]}\n${CELLS[0]}\n${CELLS[2]}\n`);
  assert.deepEqual(await read(bare), CELLS);
  const rows = CELLS.map((cell, i) => `${i},${cell},0.5`).join('\r\n');
  const csv = `rank,arch,score\r\n${rows}\r\n`;
  assert.deepEqual(await read(temporaryFile('list.csv', csv)), CELLS);
  assert.deepEqual(await read(temporaryFile('list.csv.gz', gzipSync(csv))), CELLS);
  assert.deepEqual(await read(temporaryFile('one.csv', `architecture\n${CELLS[0]}\n`)), [CELLS[0]]);
});

test('a column per choice is read as latency files are', async () => {
  const architecture = mnasnet.parse(mnasnet.example);
  const header = mnasnet.slots.map(({ name }) => name).join();
  const row = mnasnet.slots.map(({ options }, k) => options[architecture[k]]).join();
  const file = temporaryFile('list.csv', `${header}\n${row}\n`);
  assert.deepEqual(await readArchitectures(file, mnasnet), [architecture]);
});

test('what cannot be read is refused with its place', async () => {
  const refused = (pattern: RegExp) => (error: unknown) =>
    error instanceof InputError && pattern.test(error.message);
  const file = (content: string) => temporaryFile('list.csv', content);
  await assert.rejects(
    read(file(`rank,arch\n1,${CELLS[0]}\n2,foo\n`)),
    refused(/line 3, column arch: "foo" is not/),
  );
  await assert.rejects(read(file(`${CELLS[0]}\nfoo\n`)), refused(/line 2: "foo" is not/));
  await assert.rejects(read(file('rank,score\n1,2\n')), refused(/line 1: there is no architecture/));
  await assert.rejects(read(file('')), refused(/there is nothing in it/));
  await assert.rejects(read(file('arch\n')), refused(/no architecture below the header/));
  await assert.rejects(read(file(`arch,rank\n${CELLS[0]}\n`)), refused(/not readable as CSV/));
  await assert.rejects(read('no-such-file.csv'), refused(/there is no such file/));
  await assert.rejects(read(temporaryFile('list.csv.gz', 'plain')), refused(/gzip data is damaged/));
});
