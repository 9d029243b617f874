import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { commandEvaluator } from '../../../src/search/evaluators/command-evaluator.js';
import { nasbench201 as space } from '../../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../../temporary-folder.js';

const cell = space.parse(space.example);
let folder: string;

/** An evaluator whose command is a script of these lines. */
async function script(name: string, lines: string, options: { timeoutMs?: number; retries?: number } = {}) {
  const file = join(folder, `${name}.mjs`);
  await writeFile(file, lines);
  return commandEvaluator({
    space,
    command: `"${process.execPath}" '${file}' --cell={arch} end`,
    ...options,
  });
}

before(() => {
  // A space in its path.
  folder = join(temporaryFolder(), 'my commands');
  mkdirSync(folder);
});

test('the architecture reaches the command as one argument, and its last line is the outcome', async () => {
  const evaluator = await script(
    'good',
    'console.log("epoch 1"); console.log(JSON.stringify({ accuracy: 71.5, argv: process.argv.slice(2) }));',
  );
  const { seconds, ...outcome } = await evaluator.evaluate(cell);
  assert.deepEqual(outcome, { accuracy: 71.5, details: { argv: [`--cell=${space.example}`, 'end'] } });
  assert.ok((seconds ?? 0) > 0);
});

test('a command that fails, says nothing usable, or is not there is a failed trial with the reason', async () => {
  const reason = async (lines: string) => {
    const outcome = await (await script('bad', lines)).evaluate(cell);
    assert.ok('error' in outcome);
    return outcome.error;
  };
  assert.match(await reason('console.error("no GPU"); process.exit(3)'), /exit code 3: no GPU/);
  assert.match(await reason('console.log("done")'), /last line of stdout is not JSON: "done"/);
  assert.match(await reason('console.log("{\\"accuracy\\": \\"high\\"}")'), /no finite number "accuracy"/);
  assert.match(await reason('console.log("null")'), /no finite number "accuracy"/);
  const absent = commandEvaluator({ space, command: 'no-such-program-anywhere {arch}' });
  const outcome = await absent.evaluate(cell);
  assert.ok('error' in outcome && /could not be started/.test(outcome.error));
});

test('a failed attempt is repeated as often as allowed', async () => {
  const counter = join(folder, 'attempts');
  const evaluator = await script(
    'third-time',
    `import { appendFileSync, readFileSync } from 'node:fs';
     appendFileSync(${JSON.stringify(counter)}, 'x');
     if (readFileSync(${JSON.stringify(counter)}).length < 3) process.exit(1);
     console.log('{"accuracy": 60}');`,
    { retries: 2 },
  );
  const outcome = await evaluator.evaluate(cell);
  assert.ok('accuracy' in outcome && outcome.accuracy === 60);
  assert.equal(readFileSync(counter).length, 3);
});

test('an attempt that takes too long is killed with all it has started', async () => {
  const late = join(folder, 'late');
  const evaluator = await script(
    'slow',
    `import { spawn } from 'node:child_process';
     spawn('sh', ['-c', 'sleep 1.5; touch "${late}"'], { stdio: 'inherit' });
     setTimeout(() => {}, 60_000);`,
    { timeoutMs: 700 },
  );
  const outcome = await evaluator.evaluate(cell);
  assert.ok('error' in outcome && /killed after 700 ms/.test(outcome.error));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.ok(!existsSync(late));
});

test('an interruption kills the running command', async () => {
  const evaluator = await script('endless', 'setTimeout(() => {}, 60_000);');
  const interrupt = new AbortController();
  setTimeout(() => interrupt.abort(), 200);
  const outcome = await evaluator.evaluate(cell, interrupt.signal);
  assert.ok('error' in outcome);
});

test('a command line without a place for the architecture, or with an open quote, is refused', () => {
  assert.throws(() => commandEvaluator({ space, command: 'python train.py' }), /--evaluator.*\{arch\}/);
  assert.throws(() => commandEvaluator({ space, command: 'python "train.py {arch}' }), /never closed/);
});
