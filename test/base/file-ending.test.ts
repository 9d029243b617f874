import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isOnnxFile } from '../../cli/onnx-file.js';
import { endsIn } from '../../src/base/file-ending.js';
import { packageRoot } from '../../src/base/package-root.js';
import { analyticDevice } from '../../src/devices/catalogue.js';
import { spaceNamed } from '../../src/spaces/registry.js';
import { temporaryFolder } from '../temporary-folder.js';

test('endings are told in capitals too', () => {
  for (const file of ['a.gz', 'a.GZ', 'a.csv.Gz', 'A.TGZ']) assert.ok(endsIn(file, '.gz', '.tgz'), file);
  for (const file of ['a.csv', 'agz', '']) assert.ok(!endsIn(file, '.gz'), file);
});

test('spaces, networks and devices in files of capital names are files', () => {
  const file = join(temporaryFolder(), 'TINY.JSON');
  copyFileSync(join(packageRoot, 'examples/spaces/tiny.json'), file);
  assert.equal(spaceNamed(file).name, 'tiny');
  assert.ok(isOnnxFile('NET.ONNX'));
  assert.throws(() => analyticDevice('DPU.JSON'), /DPU\.JSON: there is no such file/);
});
