import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/base/package-root.js';
import { temporaryFolder } from '../temporary-folder.js';

test('SIGTERM to `npm start` ends the service', { skip: process.platform === 'win32' }, async () => {
  const data = temporaryFolder();
  const args = ['start', '--', '--port', '0', '--data', data];
  const npm = spawn('npm', args, { cwd: packageRoot, stdio: ['ignore', 'pipe', 'inherit'] });
  let url: string | undefined;
  for await (const line of createInterface({ input: npm.stdout })) {
    url = /listening on (http:\S+)/.exec(line)?.[1];
    if (url) break;
  }
  const answers = () =>
    fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  assert.equal(await answers(), true);
  npm.kill('SIGTERM');
  await once(npm, 'exit');
  for (const deadline = performance.now() + 30_000; await answers(); await sleep(200)) {
    assert.ok(performance.now() < deadline, 'it still answers');
  }
});
