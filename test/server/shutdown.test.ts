import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { packageRoot } from '../../src/base/package-root.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';

const SERVE = `
  import { Command } from 'commander';
  import { registerServe } from './dist/cli/serve.js';
  const program = new Command();
  registerServe(program.command('serve'));
  const [models, data] = process.argv.slice(1);
  await program.parseAsync(['serve', '--port', '0', '--models', models, '--data', data], { from: 'user' });`;

test('on SIGTERM, `serve` answers the request it has begun and ends with success', async (t) => {
  const models = temporaryFolder();
  const data = temporaryFolder();
  await saveAdditiveDevice(models, 'board', 1);

  const server = spawn(process.execPath, ['--input-type=module', '--eval', SERVE, models, data], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => server.kill('SIGKILL'));
  const exited = once(server, 'exit');
  const [line] = await once(server.stdout, 'data');
  assert.match(String(line), /devices: board · API: .*\/docs/);
  const url = String(line).match(/http:\S+/)![0];

  // Half of the body arrives before the signal, the rest after it.
  const body = JSON.stringify({ device: 'board', architectures: [nasbench201.example] });
  const agent = new Agent({ keepAlive: true });
  const query = request(`${url}/v1/predict`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', 'content-length': body.length },
  });
  query.write(body.slice(0, 20));
  await new Promise((resolve) => setTimeout(resolve, 200));
  server.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 300));
  query.end(body.slice(20));

  const [response] = await once(query, 'response');
  let answer = '';
  for await (const text of response) answer += text;
  assert.equal(response.statusCode, 200);
  assert.equal(typeof JSON.parse(answer).predictions[0].latencyMs, 'number');
  agent.destroy();
  assert.deepEqual(await exited, [0, null]);
});

test('where its port is taken, `serve` says so and ends with failure', async (t) => {
  const data = temporaryFolder();
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const args = ['serve', '--port', String(port), '--models', data, '--data', data];
  const server = spawn(process.execPath, [join(packageRoot, 'scripts/tempograph.mjs'), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => server.kill('SIGKILL'));
  const [said, [code]] = await Promise.all([text(server.stderr), once(server, 'exit')]);
  assert.match(said, new RegExp(`--port: cannot listen on \\S+:${port}: .*EADDRINUSE`));
  assert.equal(code, 1);
});
