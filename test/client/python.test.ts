import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { buildApp } from '../../server/app.js';
import { packageRoot } from '../../src/base/package-root.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { additiveMs, saveAdditiveDevice } from '../server/additive-device.js';
import { temporaryFolder } from '../temporary-folder.js';

/** A Python that has what the example needs; Debian's own knows Debian's packages. */
const python = [process.env.PYTHON, 'python3', '/usr/bin/python3'].find(
  (program) => program && spawnSync(program, ['-c', 'import requests, pandas']).status === 0,
);

test('examples/predict.py makes a table of latencies, and says what the service says is wrong', {
  skip: python === undefined && 'there is no python3 with requests and pandas',
}, async (t) => {
  const models = temporaryFolder();
  await saveAdditiveDevice(models, 'board', 1);
  const key = 'a'.repeat(43);
  const app = await buildApp({ models, requireKeys: true, adminKey: key, logLevel: 'silent' });
  t.after(async () => {
    await app.close();
  });
  const TEMPOGRAPH_URL = await app.listen({ port: 0, host: '127.0.0.1' });
  const cells = [3, 5000].map((index) => nasbench201.format(nasbench201.at(index)));
  const networks = join(models, 'networks.csv');
  await writeFile(networks, ['architecture', ...cells].join('\n'));
  const run = (device: string) =>
    promisify(execFile)(python!, [join(packageRoot, 'examples', 'predict.py'), device, networks], {
      env: { ...process.env, TEMPOGRAPH_URL, TEMPOGRAPH_KEY: key },
    });

  const [header, ...rows] = (await run('board')).stdout.trim().split('\n');
  assert.equal(header, 'architecture,latency_ms,low_ms,high_ms');
  rows.forEach((row, i) => {
    const [architecture, latency, low, high] = row.split(',');
    assert.equal(architecture, cells[i]);
    assert.ok(Math.abs(Number(latency) / additiveMs(cells[i], 1) - 1) < 0.01, row);
    assert.ok(Number(low) < Number(latency) && Number(latency) < Number(high));
  });
  await assert.rejects(run('abacus'), { stderr: /there is no device "abacus"; devices: board/ });
});
