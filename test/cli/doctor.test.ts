import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/base/package-root.js';

const doctor = (...args: string[]) =>
  spawnSync(process.execPath, [join(packageRoot, 'scripts/tempograph.mjs'), 'doctor', ...args], {
    encoding: 'utf8',
  }).stdout;

test("doctor says what is free on the disk of the service's data, be the folder there or not", {
  skip: process.platform !== 'linux' && 'only Linux has a disk that is known to be full',
}, () => {
  const data = '/proc/none/yet';
  const { folders } = JSON.parse(doctor('--data', data, '--json')) as {
    folders: { name: string; path: string; writable: boolean; freeDiskGiB: number }[];
  };
  const [working, , , ofService] = folders;
  assert.deepEqual([ofService.name, ofService.path, ofService.freeDiskGiB], ['data of the service', data, 0]);
  assert.ok(working.freeDiskGiB > 0);
  assert.match(
    doctor('--data', data),
    /^data of the service +\/proc\/none\/yet \(.*, 0 GiB free on its disk\)$/m,
  );
});
