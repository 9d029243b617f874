import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../temporary-folder.js';

const SCRIPT = fileURLToPath(new URL('./interrupted-process.js', import.meta.url));
const file = join(temporaryFolder(), 'file');
const skip = process.platform === 'win32' && 'signals are of POSIX';
const CURSOR = { hidden: '\x1b[?25l', shown: '\x1b[?25h' };
const WRAPPED = { not: '\x1b[?7l', again: '\x1b[?7h' };

function interrupted(name: string, by: NodeJS.Signals) {
  const { status, signal, stderr } = spawnSync(process.execPath, [SCRIPT, name, by, file], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, signal, stderr };
}

/** A bar hides the cursor, and keeps lines from wrapping. */
function isTerminalRestored(stderr: string): void {
  assert.ok(stderr.includes(CURSOR.hidden) && stderr.includes(WRAPPED.not), 'there was a bar');
  assert.ok(stderr.lastIndexOf(CURSOR.shown) > stderr.lastIndexOf(CURSOR.hidden));
  assert.ok(stderr.lastIndexOf(WRAPPED.again) > stderr.lastIndexOf(WRAPPED.not));
}

test('a signal ends a command that shows a bar, and leaves the terminal as it was', { skip }, () => {
  for (const by of ['SIGINT', 'SIGTERM'] as const) {
    const { signal, stderr } = interrupted('plain', by);
    assert.equal(signal, by);
    isTerminalRestored(stderr);
  }
});

test('work that is asked to stop comes to its end; the second signal ends the process', { skip }, () => {
  const { status, stderr } = interrupted('keeps', 'SIGINT');
  assert.equal(status, 0);
  assert.ok(existsSync(file));
  isTerminalRestored(stderr);
  const again = interrupted('again', 'SIGTERM');
  assert.equal(again.signal, 'SIGTERM');
  isTerminalRestored(again.stderr);
});

test('a signal while a file is written ends neither the writing nor what comes after it', { skip }, () => {
  for (const [by, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const { status, stderr } = interrupted('writes', by);
    assert.deepEqual([status, stderr], [code, 'interrupted; it is kept\n']);
    assert.equal(statSync(file).size, 1 << 20);
  }
});
