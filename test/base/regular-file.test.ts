import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Type } from '#typebox';
import { readJsonFile, readJsonFileSync } from '../../src/base/json-file.js';
import { openRegularFile, readRegularFile, readRegularFileSync } from '../../src/base/regular-file.js';
import { temporaryFolder } from '../temporary-folder.js';

test('a pipe, or a link to one, is not waited for, whichever way a file is read', {
  skip: process.platform === 'win32',
}, async () => {
  const folder = temporaryFolder();
  const pipe = join(folder, 'pipe');
  const link = join(folder, 'link');
  execFileSync('mkfifo', [pipe]);
  symlinkSync(pipe, link);
  const Any = Type.Unknown();
  for (const file of [pipe, link, '/dev/zero']) {
    await assert.rejects(openRegularFile(file), /this is not a regular file/);
    await assert.rejects(readRegularFile(file), /this is not a regular file/);
    await assert.rejects(readJsonFile(Any, file), /this is not a regular file/);
    assert.throws(() => readRegularFileSync(file), /this is not a regular file/);
    assert.throws(() => readJsonFileSync(Any, file), /this is not a regular file/);
  }
});

test('a regular file is read, up to a size', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '{"a": 1}');
  assert.equal(String(await readRegularFile(file)), '{"a": 1}');
  assert.equal(String(readRegularFileSync(file)), '{"a": 1}');
  await assert.rejects(readRegularFile(file, 7), /at most 1 MiB are read/);
  await assert.rejects(readRegularFile(join(file, 'x')), { code: 'ENOTDIR' });
});
