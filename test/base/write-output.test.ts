import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants, existsSync, lstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeOutput } from '../../src/base/write-output.js';
import { temporaryFolder } from '../temporary-folder.js';

test('what is there and no regular file is written into, and stays what it is', async () => {
  const pipe = join(temporaryFolder(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  await writeOutput(pipe, 'written');
  assert.ok(lstatSync(pipe).isFIFO());
  const read = Buffer.alloc(20);
  assert.equal(read.toString('utf8', 0, readSync(reader, read)), 'written');
});

test('a device that is full says so', { skip: !existsSync('/dev/full') && 'no /dev/full' }, async () => {
  await assert.rejects(writeOutput('/dev/full', 'text'), /ENOSPC/);
  assert.ok(lstatSync('/dev/full').isCharacterDevice());
});

test('a file appears whole, in place of an older one', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'out.csv');
  await writeOutput(file, 'first, and longer');
  await writeOutput(file, new TextEncoder().encode('second'));
  assert.equal(readFileSync(file, 'utf8'), 'second');
});
