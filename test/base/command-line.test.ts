import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandWords, lastLineOf } from '../../src/base/command-line.js';
import { InputError } from '../../src/base/errors.js';

test('a command ends with its signal, and at once if that was aborted before', async () => {
  for (const delayMs of [0, 50]) {
    const stop = new AbortController();
    if (delayMs === 0) stop.abort();
    else setTimeout(() => stop.abort(), delayMs);
    assert.deepEqual(await lastLineOf('sleep', ['60'], { signal: stop.signal }), { error: 'SIGKILL: ' });
  }
});

test('a command that takes too long is given up, though what has left its group keeps its output open', async () => {
  const script = 'setsid sleep 20 & sleep 20';
  const begunAt = performance.now();
  assert.deepEqual(await lastLineOf('sh', ['-c', script], { timeoutMs: 100 }), {
    error: 'killed after 100 ms',
  });
  assert.ok(performance.now() - begunAt < 15_000);
});

test('what a command complains of is cut to whole characters that a store takes and no terminal obeys', async () => {
  const said = [`'\\u{1F600}'.repeat(251) + 'x'`, `'a\\0b'`, `'\\x1b[2J\\x1b]0;title\\x07red'`];
  for (const text of said) {
    const script = `process.stderr.write(${text}); process.exitCode = 1`;
    const answer = await lastLineOf(process.execPath, ['-e', script]);
    assert.ok('error' in answer && /^exit code 1: ./.test(answer.error));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(answer.error, /[\x00\x07\x1b]/);
    // Half a surrogate pair is none of them.
    assert.doesNotMatch(answer.error, /\p{Surrogate}/u);
  }
});

test('quotes group words; one that is never closed is refused', () => {
  assert.deepEqual(commandWords(`train "a b" --name='c d' e`, '--evaluator'), [
    'train',
    'a b',
    '--name=c d',
    'e',
  ]);
  assert.throws(() => commandWords('train "a b', '--evaluator'), InputError);
});
