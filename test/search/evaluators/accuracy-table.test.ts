import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  columnReference,
  readArchitectureTable,
  tableEvaluator,
} from '../../../src/search/evaluators/accuracy-table.js';
import { nasbench201 as space } from '../../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../../temporary-folder.js';

const [one, two, three] = [1, 2, 3].map((i) => space.format(space.at(i)));

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function file(name: string, content: string | Buffer): Promise<string> {
  const folder = temporaryFolder();
  folders.push(folder);
  const path = join(folder, name);
  const isPacked = typeof content !== 'string' || !name.endsWith('.gz');
  await writeFile(path, isPacked ? content : gzipSync(content));
  return path;
}

test('reads columns by name, leaves out empty cells, and averages repeats', async () => {
  const rows = `arch_str,id,top1\n${one},7,70\n${two},8,\n${one},9,71\n${three},10,65.5\n`;
  for (const name of ['a.csv', 'a.csv.gz']) {
    const table = await readArchitectureTable(await file(name, rows), space, ['top1']);
    assert.deepEqual(table.architectures.map(space.format), [one, three]);
    assert.deepEqual(table.values.top1, Float64Array.of(70.5, 65.5));
    const evaluator = tableEvaluator(space, table.architectures, table.values.top1);
    assert.deepEqual(await evaluator.evaluate(space.parse(three)), { accuracy: 65.5 });
    assert.ok('error' in (await evaluator.evaluate(space.parse(two))));
  }
});

test('says where a file cannot be read', async () => {
  const read = async (text: string, name = 'a.csv') =>
    readArchitectureTable(await file(name, text), space, ['top1']);
  await assert.rejects(read(`arch_str,top1\n${one},high\n`), /line 2, column top1: "high" is not a finite/);
  await assert.rejects(read('arch_str,top1\n|skip~0|,1\n'), /line 2, column arch_str: .*NAS-Bench-201 cell/);
  await assert.rejects(read(`arch_str,top5\n${one},1\n`), /line 1: there is no column "top1"/);
  await assert.rejects(read(`cell,top1\n${one},1\n`), /line 1: there is no architecture/);
  await assert.rejects(read('arch_str,top1\n'), /there is no row with top1/);
  await assert.rejects(read(`arch_str,top1\n${one}\n`), /not readable as CSV/);
  await assert.rejects(readArchitectureTable('/nowhere.csv', space, ['top1']), /no such file/);
  const cut = await file('cut.csv.gz', gzipSync(`arch_str,top1\n${one},1\n`).subarray(0, 30));
  await assert.rejects(readArchitectureTable(cut, space, ['top1']), /gzip data is damaged or cut off/);
});

test('a column is named after the last colon', () => {
  assert.deepEqual(columnReference('C:/data/a.csv.gz:top1', '--accuracy'), {
    file: 'C:/data/a.csv.gz',
    column: 'top1',
  });
  assert.throws(
    () => columnReference('a.csv', '--accuracy'),
    /--accuracy: "a\.csv" does not say <file>:<column>/,
  );
});
