import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '../../../src/base/errors.js';
import type { OpenSession } from '../../../src/onnx/run/model-session.js';
import { loadPredictor } from '../../../src/predictors/saved/saved.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { additiveMs, saveAdditiveDevice } from '../../server/additive-device.js';
import { temporaryFolder } from '../../temporary-folder.js';

const KILLS = 8;

/** Saves two predictors in turn in the same folder, without end. */
const SAVES = `
  import { readFileSync } from 'node:fs';
  import { savePredictor } from ${JSON.stringify(new URL('../../../src/predictors/saved/saved.js', import.meta.url).href)};
  const [into, ...from] = process.argv.slice(1);
  const predictors = from.map((folder) => [
    readFileSync(folder + '/model.onnx'),
    JSON.parse(readFileSync(folder + '/card.json', 'utf8')),
    readFileSync(folder + '/interval.onnx'),
  ]);
  for (let i = 0; ; i++) {
    await savePredictor(into, ...predictors[i % 2]);
    if (i === 1) console.log('saving');
  }`;

test('a process that is killed while it saves a predictor over another leaves one of them, whole', async () => {
  const folder = temporaryFolder();
  for (const baseMs of [1, 100]) await saveAdditiveDevice(folder, String(baseMs), baseMs);
  const saved = join(folder, 'board');
  const cell = nasbench201.example;
  for (let kill = 0; kill < KILLS; kill++) {
    const args = ['--input-type=module', '--eval', SAVES, saved, join(folder, '1'), join(folder, '100')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await sleep(5 + 3 * kill);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const predictor = await loadPredictor(saved);
    const [latencyMs] = await predictor.predict([nasbench201.parse(cell)]);
    const expectedMs = additiveMs(
      cell,
      predictor.card.description.startsWith('made-up device, 1 ms') ? 1 : 100,
    );
    assert.ok(Math.abs(latencyMs - expectedMs) < 0.01 * expectedMs, `${latencyMs} is not ${expectedMs}`);
    assert.ok(predictor.spread);
    await predictor.release();
  }
});

test('nothing but the predictor is left of a save, whatever an earlier one left', async () => {
  const folder = temporaryFolder();
  await saveAdditiveDevice(folder, 'board', 1);
  await writeFile(join(folder, 'board', 'model.onnx.0123456789ab'), 'half');
  await saveAdditiveDevice(folder, 'board', 100);
  assert.deepEqual((await readdir(join(folder, 'board'))).sort(), [
    'card.json',
    'interval.onnx',
    'model.onnx',
  ]);
});

test('a predictor whose intervals are damaged leaves no session open', async () => {
  const folder = temporaryFolder();
  await saveAdditiveDevice(folder, 'board', 1);
  await writeFile(join(folder, 'board', 'interval.onnx'), 'damaged');
  let open = 0;
  const openSession: OpenSession = async () => {
    open++;
    return { outputNames: [], run: async () => ({}), release: async () => void open-- };
  };
  await assert.rejects(loadPredictor(join(folder, 'board'), { openSession }), InputError);
  assert.equal(open, 0);
});
