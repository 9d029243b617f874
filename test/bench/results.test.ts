import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { markdownOf, resultsBench } from '../../bench/results.js';
import { plainTable } from '../../cli/table.js';
import { regions } from '../../docs/generate/regions.js';
import { packageRoot } from '../../src/base/package-root.js';
import { temporaryFolder } from '../temporary-folder.js';

test('what a benchmark prints becomes Markdown: tables as tables, lines as paragraphs', () => {
  const table = plainTable(['a', 'b']);
  table.push(['1', '2 ± 3'], ['4', '']);
  assert.equal(
    markdownOf(`title\n${table}\nend`),
    'title\n\n| a   | b     |\n| --- | ----- |\n| 1   | 2 ± 3 |\n| 4   |       |\n\nend',
  );
});

test('a heading over several rows is a row of its first cell', () => {
  assert.equal(
    markdownOf('│ a │ b │\n│ board │\n│ 1 │ 2 │'),
    '| a     | b   |\n| ----- | --- |\n| board |     |\n| 1     | 2   |',
  );
});

test('every table of results that a benchmark writes says of which version it is', async () => {
  const folder = join(packageRoot, 'docs/results');
  const pages = (await readdir(folder)).filter((name) => name.endsWith('.md'));
  const tables = await Promise.all(
    pages.map(async (name) => regions(await readFile(join(folder, name), 'utf8'), 'bench')),
  );
  assert.ok(tables.flat().length >= 10);
  for (const { name, text } of tables.flat()) assert.match(text, /^_Version \d+\.\d+\.\d+/, name);
});

test('a page stays as it is if the folder of kept results has none of a table', async () => {
  const pages = temporaryFolder();
  const page = '<!-- bench: zoo (long) -->\n\n_Version 0.0.1_\n\n<!-- end -->\n';
  await writeFile(join(pages, 'zoo.md'), page);
  const from = join(pages, 'nothing');
  await assert.rejects(resultsBench({ into: pages, only: ['zoo'], from }), /nothing has no results of zoo/);
  await assert.rejects(resultsBench({ into: pages, from }), /--only/);
  assert.equal(await readFile(join(pages, 'zoo.md'), 'utf8'), page);
});
