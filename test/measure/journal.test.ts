import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { type JournalEntry, JournalFile } from '../../src/measure/journal.js';
import { temporaryFolder } from '../temporary-folder.js';

const HEAD = { space: 'nasbench201', runs: 100 };
const entry = (architecture: string): JournalEntry => ({
  kind: 'network',
  architecture,
  round: 0,
  at: 1,
  runsMs: [1.5],
  warmUps: 10,
  stable: true,
  interrupted: 0,
});

test('what was appended is there again, and a line that was cut off is not', () => {
  const path = join(temporaryFolder(), 'sub/my.journal.jsonl');
  const journal = JournalFile.open(path, HEAD, false);
  journal.append(entry('a'));
  journal.append(entry('b'));
  journal.close();
  const whole = readFileSync(path, 'utf8');
  appendFileSync(path, JSON.stringify(entry('c')).slice(0, 20));
  const again = JournalFile.open(path, HEAD, true);
  assert.deepEqual(again.entries, [entry('a'), entry('b')]);
  assert.equal(readFileSync(path, 'utf8'), whole);
  again.append(entry('d'));
  again.close();
  const last = JournalFile.open(path, HEAD, true);
  assert.deepEqual(last.entries, [entry('a'), entry('b'), entry('d')]);
  last.remove();
});

test('a journal cut off inside its first line is begun anew', () => {
  const path = join(temporaryFolder(), 'my.journal.jsonl');
  writeFileSync(path, '{"space":"nasb');
  JournalFile.open(path, HEAD, true).close();
  assert.equal(readFileSync(path, 'utf8'), `${JSON.stringify(HEAD)}\n`);
});

test('a journal without a measurement is in the way of none', () => {
  const path = join(temporaryFolder(), 'my.journal.jsonl');
  JournalFile.open(path, HEAD, false).close();
  const head = { ...HEAD, runs: 50 };
  JournalFile.open(path, head, false).close();
  assert.equal(readFileSync(path, 'utf8'), `${JSON.stringify(head)}\n`);
});

test('measurements are neither forgotten nor mixed with others', () => {
  const path = join(temporaryFolder(), 'my.journal.jsonl');
  const journal = JournalFile.open(path, HEAD, false);
  journal.append(entry('a'));
  journal.close();
  const refused = (pattern: RegExp) => (error: unknown) =>
    error instanceof InputError && pattern.test(error.message);
  assert.throws(() => JournalFile.open(path, HEAD, false), refused(/1 entries.*--resume/));
  assert.throws(
    () => JournalFile.open(path, { ...HEAD, runs: 50 }, true),
    refused(/journal\.jsonl, field runs: .* had 100, but now it is 50/),
  );
  appendFileSync(path, '{"kind":"network"}\n');
  assert.throws(() => JournalFile.open(path, HEAD, true), refused(/line 3: .*is not a measurement/));
});
