import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { integer, nonNegative, numberInRange } from '../../cli/options.js';
import { packageRoot } from '../../src/base/package-root.js';

test('numbers are decimal, and within what an option allows', () => {
  assert.equal(integer('budget', 1)('1e3'), 1000);
  assert.equal(nonNegative('margin')(' 0.5 '), 0.5);
  for (const text of ['0x10', '0b1', '', ' ', '1.5', '-1', '0', 'Infinity']) {
    assert.throws(() => integer('budget', 1)(text), /--budget.* is not a whole number of at least 1/);
  }
  for (const text of ['0x10', '-0.1', '1e999']) {
    assert.throws(() => nonNegative('margin')(text), /--margin.* is not a number of at least 0/);
  }
  for (const text of ['0x0', '1.01', 'NaN']) {
    assert.throws(() => numberInRange('share', 0, 1)(text), /--share.* is not a number from 0 to 1/);
  }
});

test('models that do not ship are refused by name, and nothing is trained', async () => {
  const run = promisify(execFile);
  const args = [join(packageRoot, 'scripts/tempograph.mjs'), 'models', '--device', 'pixel33'];
  await assert.rejects(run(process.execPath, args), ({ code, stderr }) => {
    assert.equal(code, 1);
    assert.match(stderr, /--device: "pixel33" does not ship; known are .*pixel3.*, cpu, .*g2p/);
    return true;
  });
});
