import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandTarget } from '../../src/measure/command-target.js';
import { decodeModel } from '../../src/onnx/proto.js';
import { NetworkWriter } from '../../src/onnx/write/network-writer.js';
import { temporaryFile, temporaryFolder } from '../temporary-folder.js';

const MODEL = new TextEncoder().encode('the model');
const skip = process.platform === 'win32' ? 'its commands are for a POSIX shell' : false;

/** Times the model with a shell script as the runner, whose `$1` is the file. */
async function timeWith(script: string, options: { retries?: number; timeoutMs?: number } = {}) {
  const path = temporaryFile('runner.sh', script);
  const target = commandTarget({ command: `sh '${path}'`, retries: 0, timeoutMs: 20_000, ...options });
  const model = await target.load(MODEL);
  try {
    return await model.time(7);
  } finally {
    await model.release();
  }
}

test('the command reads the model from its last argument, and answers with one number or a list', {
  skip,
}, async () => {
  const seen = join(temporaryFolder(), 'seen');
  const one = await timeWith(
    `cp "$1" '${seen}'; echo chatter; echo "{\\"latency_ms\\": $TEMPOGRAPH_RUNS.5}"`,
  );
  assert.deepEqual(one, { runsMs: [7.5], warmUps: 0, stable: true, interrupted: 0 });
  assert.equal(readFileSync(seen, 'utf8'), 'the model');
  const list = await timeWith(`echo "$1" > '${seen}'; echo '{"latency_ms": [1, 2.5]}'`);
  assert.deepEqual(list.runsMs, [1, 2.5]);
  assert.equal(existsSync(readFileSync(seen, 'utf8').trim()), false, 'the file goes with the model');
});

test('a runner that fails says why', { skip }, async () => {
  await assert.rejects(timeWith('echo "no board" >&2; exit 3'), /ended with code 3: "no board"/);
  await assert.rejects(timeWith('kill -9 $$'), /ended with (SIGKILL|code 137)/);
  await assert.rejects(timeWith('echo 1.23'), /last line must be \{"latency_ms": 1.23\}.*not "1.23"/);
  await assert.rejects(timeWith(`echo '{"latency_ms": [0]}'`), /last line must be/);
  await assert.rejects(timeWith(`echo '{"latency_ms": []}'`), /last line must be/);
});

test('of a runner that says much, the last line counts', { skip }, async () => {
  const chatter = 'head -c 3000000 /dev/zero | tr "\\0" x';
  assert.deepEqual((await timeWith(`${chatter}; echo; echo '{"latency_ms": 2.5}'`)).runsMs, [2.5]);
});

test('a runner that fails is called again as often as asked for', { skip }, async () => {
  const count = join(temporaryFolder(), 'count');
  const script = `echo x >> '${count}'; test "$(wc -l < '${count}')" -gt 2 && echo '{"latency_ms": 1}'`;
  assert.deepEqual((await timeWith(script, { retries: 2 })).runsMs, [1]);
  await assert.rejects(timeWith(`rm -f '${count}'; exit 1`, { retries: 1 }));
});

test('a runner that hangs is ended with all that it started', { skip }, async () => {
  const alive = join(temporaryFolder(), 'alive');
  const script = `(while true; do date +%s%N > '${alive}'; sleep 0.05; done) & wait`;
  await assert.rejects(timeWith(script, { timeoutMs: 500 }), /longer than 0.5 s/);
  const last = readFileSync(alive, 'utf8');
  await sleep(300);
  assert.equal(readFileSync(alive, 'utf8'), last);
});

test('a runner is ended by its signal, though what has left its group keeps its output open', {
  skip,
}, async () => {
  const stop = new AbortController();
  const path = temporaryFile('runner.sh', 'setsid sleep 20 & echo begun; sleep 20');
  const target = commandTarget({
    command: `sh '${path}'`,
    retries: 3,
    timeoutMs: 60_000,
    signal: stop.signal,
  });
  const model = await target.load(MODEL);
  const begunAt = performance.now();
  setTimeout(() => stop.abort(), 200);
  await assert.rejects(model.time(1), { name: 'AbortError' });
  assert.ok(performance.now() - begunAt < 15_000);
  await model.release();
});

test('a runner that prints nodes profiles the file, by its own nodes', { skip }, async () => {
  const net = new NetworkWriter(1);
  const x = net.activation(net.convolution(net.input([1, 3, 8, 8]), 4, { kernel: 3 }), 'relu');
  net.output(net.softmax(net.flatten(x)));
  const model = net.model();
  const [conv, relu, flatten, softmax] = decodeModel(model).graph.node.map(({ name }) => name as string);
  const profileWith = (nodes: string) => {
    const script = `test "$TEMPOGRAPH_PROFILE" = 1 && echo '{"latency_ms": 1, "nodes": [${nodes}]}'`;
    const command = `sh '${temporaryFile('runner.sh', script)}'`;
    return commandTarget({ command, retries: 0, timeoutMs: 20_000 }).profile?.(model);
  };
  const named = (name: string, us: number) => JSON.stringify({ name, us });
  const all = [named(conv, 310), named(relu, 15), named(flatten, 0.5), named(softmax, 12)].join();
  const profile = await profileWith(all);
  // The activation is part of the convolution wherever one is compiled.
  assert.deepEqual(
    profile?.nodes.map(({ operator, us }) => [operator, us]),
    [
      ['FusedConv', 325],
      ['Flatten', 0.5],
      ['Softmax', 12],
    ],
  );
  await assert.rejects(
    profileWith(named('conv1', 3)) as Promise<unknown>,
    /names node "conv1", which the file/,
  );
  await assert.rejects(profileWith('') as Promise<unknown>, /last line must be/);
});
