import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { currentBuild, keptBuilds, machine, today } from '../../bench/build.js';
import { nameOfNoPiece, type Piece, runPieces } from '../../bench/pieces.js';
import { temporaryFolder } from '../temporary-folder.js';

let into: string;
let ran: string[];
const piece = (name: string, value: number): Piece<{ value: number }> => ({
  name,
  async run() {
    ran.push(name);
    return [{ value }, { value: value + 0.5 }];
  },
});
const pieces = [piece('b/gpu/1', 1), piece('b/gpu/10', 10), piece('b/cpu/1', 3)];

beforeEach(async () => {
  into = temporaryFolder();
  ran = [];
});
afterEach(() => rm(into, { recursive: true }));

test('a part of the pieces prints no tables, and what it found is not worked out again', async () => {
  assert.equal(await runPieces(pieces, { into, only: ['b/gpu/1', 'b/cpu'] }), undefined);
  assert.deepEqual(ran, ['b/gpu/1', 'b/cpu/1'], 'a name is no beginning of another word');
  assert.equal(await readFile(join(into, 'b-cpu-1.jsonl'), 'utf8'), '{"value":3}\n{"value":3.5}\n');
  const rows = await runPieces(pieces, { into });
  assert.deepEqual(ran, ['b/gpu/1', 'b/cpu/1', 'b/gpu/10']);
  assert.deepEqual(
    rows?.map(({ value }) => value),
    [1, 1.5, 10, 10.5, 3, 3.5],
  );
});

test('tables are of what there is', async () => {
  await runPieces(pieces, { into, only: ['b/gpu/10'] });
  assert.deepEqual(await runPieces(pieces, { into, tables: true }), [{ value: 10 }, { value: 10.5 }]);
  assert.deepEqual(ran, ['b/gpu/10']);
});

test('a piece that fails keeps nothing', async () => {
  const broken: Piece<{ value: number }> = {
    name: 'b/gpu/1',
    run: () => Promise.reject(new Error('broken')),
  };
  await assert.rejects(runPieces([broken], { into }), /broken/);
  assert.equal((await runPieces(pieces, { into }))?.length, 6);
});

test('kept pieces say which builds measured them, and where that is not noted', async () => {
  assert.equal(keptBuilds(into, ['b/gpu/1']), 'unknown');
  const old = { build: '0.0.1 (abc)', date: '2026-01-01', machine: 'a board' };
  const noted = ['b/gpu/1', 'b/cpu/1', 'other/1'].map((piece) => JSON.stringify({ piece, ...old }));
  await writeFile(join(into, 'measured.jsonl'), noted.map((line) => `${line}\n`).join(''));
  assert.equal(keptBuilds(into, ['b/gpu/1', 'b/cpu/1']), '0.0.1 (abc), 2026-01-01, a board');
  await runPieces(pieces, { into, only: ['b/gpu'] });
  const said = keptBuilds(into, [...pieces.map(({ name }) => name), 'b/old/1']);
  const builds = `${currentBuild()}: 2 pieces, 0.0.1 (abc): 1 piece, unknown: 1 piece`;
  assert.equal(said, `${builds}, 2026-01-01 to ${today()}, ${machine()}, a board`);
});

test('a name that no piece has, nor begins with, is told', async () => {
  await runPieces(pieces, { into, only: ['b/gpu/1', 'b/cpu'] });
  assert.equal(nameOfNoPiece({ only: ['b/gpu/1', 'b/cpu'] }), undefined);
  assert.equal(nameOfNoPiece({ only: ['b/cpu', 'b/cpu/'] }), 'b/cpu/');
});
