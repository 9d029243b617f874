import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/base/package-root.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';

const SERVICE = `
  import { buildApp } from './dist/server/app.js';
  const [models, data] = process.argv.slice(1);
  const app = await buildApp({ models, data, runJobs: false, requestTimeoutMs: 4000 });
  console.log(await app.listen({ port: 0, host: '127.0.0.1' }));`;

test('more idle connections than there are descriptors do not end the service', {
  skip: process.platform === 'win32',
}, async (t) => {
  const folder = temporaryFolder();
  const models = join(folder, 'models');
  await saveAdditiveDevice(models, 'board', 1);
  const limited = 'ulimit -n 800 && exec "$@"';
  const node = [process.execPath, '--input-type=module', '--eval', SERVICE, models, join(folder, 'data')];
  const service = spawn('/bin/sh', ['-c', limited, 'sh', ...node], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => service.kill('SIGKILL'));
  const [url] = (await once(createInterface({ input: service.stdout }), 'line')) as [string];
  const jobs = () => fetch(`${url}/v1/jobs`, { headers: { connection: 'close' } });
  assert.equal((await jobs()).status, 200, 'the store is open');

  // Idle connections are closed for others to come; these come again, so that there are always more than may be.
  let isComing = true;
  const closed: Promise<unknown>[] = [];
  const come = () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1').resume();
    socket.on('error', () => {});
    closed.push(once(socket, 'close').then(() => isComing && come()));
  };
  for (let k = 0; k < 1200; k++) come();
  // Longer than what looks at memory, files and promotions again and again.
  await sleep(6000);
  assert.equal(service.exitCode, null, 'the service goes on');
  isComing = false;
  await Promise.all(closed);
  assert.equal(service.exitCode, null, 'the service goes on');
  for (const deadline = performance.now() + 30_000; ; await sleep(200)) {
    const status = await jobs().then(
      (answer) => answer.status,
      () => undefined,
    );
    if (status === 200) break;
    assert.ok(performance.now() < deadline, `${status}`);
  }
  const body = JSON.stringify({
    key: 'a',
    space: 'nasbench201',
    measurements: [{ architecture: nasbench201.example, latencyMs: 4 }],
  });
  const headers = { 'content-type': 'application/json' };
  const kept = await fetch(`${url}/v1/devices/mine/measurements`, { method: 'POST', headers, body });
  assert.equal(kept.status, 200, await kept.text());
});
