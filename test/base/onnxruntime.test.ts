import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/base/package-root.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';

test('a prediction leaves no trace of onnxruntime’s telemetry with the user', async () => {
  const folder = temporaryFolder();
  const [home, temporary] = [join(folder, 'home'), join(folder, 'temporary')];
  await Promise.all([home, temporary].map((each) => mkdir(each)));
  const saved = pathToFileURL(join(packageRoot, 'dist/src/predictors/saved/saved.js')).href;
  const script = `
    import { loadPredictor } from ${JSON.stringify(saved)};
    const predictor = await loadPredictor(${JSON.stringify(join(packageRoot, 'models/pixel3'))});
    const { space } = predictor;
    console.log((await predictor.predict([space.parse(${JSON.stringify(nasbench201.example)})])).length);
    await predictor.release();`;
  // Nothing else from the environment: onnxruntime is silent by itself where it sees a CI.
  const env = { PATH: process.env.PATH, HOME: home, TMPDIR: temporary };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env,
  });
  assert.equal(stdout.trim(), '1');
  // It keeps a cache in the home folder and a log in the one for temporary files.
  assert.deepEqual([...(await readdir(home)), ...(await readdir(temporary))], []);
});
