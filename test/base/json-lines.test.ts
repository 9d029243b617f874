import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs, { appendFileSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { JsonLinesFile, readJsonLines } from '../../src/base/json-lines.js';
import { temporaryFile, temporaryFolder } from '../temporary-folder.js';

/** Has `writeSync` write a few bytes at a time, and fail once when so many are written. */
function writeLittle(t: TestContext, failsAfter = Number.POSITIVE_INFINITY): void {
  let written = 0;
  let failed = false;
  const { writeSync } = fs;
  const little = (file: number, bytes: Buffer, from: number, length: number, position: number) => {
    if (written > failsAfter && !failed) {
      failed = true;
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    }
    const now = writeSync(file, bytes, from, Math.min(3, length), position);
    written += now;
    return now;
  };
  t.mock.method(fs, 'writeSync', little as typeof writeSync);
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

test('lines are whole where the system writes a part of them at a time', (t) => {
  const path = join(temporaryFolder(), 'new', 'a.jsonl');
  writeLittle(t);
  const file = JsonLinesFile.open(path, 0);
  for (const text of ['first', 'µ second']) file.append({ text });
  file.close();
  assert.deepEqual(readJsonLines(path).values, [{ text: 'first' }, { text: 'µ second' }]);
});

test('a line that the disk had no place for leaves no trace in those that follow', (t) => {
  const path = join(temporaryFolder(), 'a.jsonl');
  writeLittle(t, 30);
  const file = JsonLinesFile.open(path, 0);
  file.append({ text: 'first' });
  assert.throws(() => file.append({ text: 'a long second line that does not fit' }), /no space/);
  assert.deepEqual(readJsonLines(path).values, [{ text: 'first' }]);
  file.append({ text: 'third' });
  file.close();
  assert.deepEqual(readJsonLines(path).values, [{ text: 'first' }, { text: 'third' }]);
});

test('a last line that was cut off is dropped, and gone when the file is opened', () => {
  const path = temporaryFile('a.jsonl', '{"a":"µ"}\n{"a":');
  const { values, bytes, rest } = readJsonLines(path);
  assert.deepEqual([values, bytes, rest], [[{ a: 'µ' }], 11, '{"a":']);
  const file = JsonLinesFile.open(path, bytes);
  file.append({ b: 1 });
  file.close();
  assert.equal(readFileSync(path, 'utf8'), '{"a":"µ"}\n{"b":1}\n');
  appendFileSync(path, 'x\n');
  assert.throws(
    () => readJsonLines(path),
    (error) => error instanceof InputError && error.location.line === 3,
  );
  assert.deepEqual(readJsonLines(`${path}.none`), { values: [], bytes: 0, rest: '' });
});

test('what is no regular file is refused, and not waited for', {
  skip: process.platform === 'win32',
}, () => {
  const folder = temporaryFolder();
  const pipe = join(folder, 'pipe.jsonl');
  execFileSync('mkfifo', [pipe]);
  assert.throws(() => readJsonLines(pipe), { name: 'InputError', message: /this is not a regular file/ });
  assert.throws(() => readJsonLines(folder), { name: 'InputError', message: /this is a folder, not a file/ });
});
