import assert from 'node:assert/strict';
import { type ExecFileOptions, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/base/package-root.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';

const run = promisify(execFile);
/**
 * The largest that the package may be: four fifths of it are the trained predictors, the network of letters to phonemes
 * and the empty database.
 */
const MOST_BYTES = 10 * 2 ** 20;

describe('the package, installed from its tarball in an empty folder', () => {
  const folder = temporaryFolder();
  // onnxruntime-node would fetch CUDA libraries from outside the registry.
  const options: ExecFileOptions = { cwd: folder, env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' } };
  let files: string[] = [];

  before(async () => {
    const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: packageRoot });
    const [tarball] = JSON.parse(packed.stdout);
    files = tarball.files.map(({ path }: { path: string }) => path);
    assert.ok(tarball.size < MOST_BYTES, `${tarball.size} bytes`);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const install = ['install', '--omit=optional', '--prefer-offline', '--no-audit', '--no-fund'];
    await run('npm', [...install, join(folder, tarball.filename)], options);
  });

  it('has no file that only development needs', () => {
    const strange = files.filter((path) => /\.(ts|map)$|^(test|bench|docs|\.ci)\//.test(path));
    assert.deepEqual(
      strange.filter((path) => !path.endsWith('.d.ts')),
      [],
    );
    assert.ok(files.includes('LICENSE') && files.includes('README.md'));
  });

  it('passes publint and attw', async () => {
    const [tarball] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    const bin = (name: string) => join(packageRoot, 'node_modules/.bin', name);
    await run(bin('publint'), ['--strict', join(folder, tarball)]);
    await run(bin('attw'), ['--profile', 'esm-only', join(folder, tarball)]);
  });

  it('predicts from the command line', async () => {
    const args = ['tempograph', 'predict', '--device', 'pixel3', '--json', nasbench201.example];
    const { stdout } = await run('npx', args, options);
    assert.ok(JSON.parse(String(stdout)).predictions[0].latencyMs > 0);
  });

  it('is imported as a library, with its contract checks', async () => {
    const script = `
      import { loadPredictor, shippedModels } from 'tempograph';
      import { checkSpace } from 'tempograph/testing';
      import { TempographClient } from 'tempograph/client';
      const predictor = await loadPredictor(shippedModels + '/pixel3');
      checkSpace(predictor.space, { samples: 3 });
      const [ms] = await predictor.predict([predictor.space.parse(predictor.space.example)]);
      await predictor.release();
      console.log(ms > 0 && typeof TempographClient === 'function');`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], options);
    assert.equal(String(stdout).trim(), 'true');
  });

  it('serves', async () => {
    const bin = join(folder, 'node_modules/.bin/tempograph');
    const server = spawn(bin, ['serve', '--port', '0', '--data', join(folder, 'data')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = await once(server.stdout, 'data');
      const [, url] = /listening on (\S+)/.exec(String(line)) ?? assert.fail(String(line));
      const { devices } = await (await fetch(`${url}/v1/devices`)).json();
      assert.ok(devices.length > 10);
      assert.equal((await fetch(`${url}/`)).status, 200, 'the page');
    } finally {
      server.kill();
      await once(server, 'exit');
    }
  });
});
