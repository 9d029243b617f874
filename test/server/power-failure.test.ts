import assert from 'node:assert/strict';
import { cp, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { buildApp } from '../../server/app.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';
import { KilledService } from './killed-service.js';
import { measuredCells } from './measured-cells.js';

describe('a power failure', () => {
  let folder: string;
  before(async () => {
    folder = temporaryFolder();
    await saveAdditiveDevice(join(folder, 'models'), 'shipped', 1);
  });

  test('loses nothing that was acknowledged, though all that was not synced is lost', async (t) => {
    const [data, copy] = [join(folder, 'data'), join(folder, 'copy')];
    const shim = pathToFileURL(join(import.meta.dirname, 'forgetful-disk.js'));
    const service = KilledService.start(join(folder, 'models'), data, undefined, {
      NODE_OPTIONS: `--import=${shim}`,
      FORGETFUL_FOLDER: data,
      FORGETFUL_COPY: copy,
    });
    t.after(() => service.kill());
    const acknowledged: string[] = [];
    const upload = async (key: string) => {
      const body = { key, space: 'nasbench201', measurements: measuredCells(20, 1) };
      const { status } = await service.insist('POST', '/v1/devices/board/measurements', body);
      assert.equal(status, 200);
      acknowledged.push(key);
    };
    for (let i = 0; i < 5; i++) {
      await upload(`upload ${i}`);
      // At this moment: what goes on in the background is cut off anywhere.
      const survived = join(folder, `survived ${i}`);
      const isFolder = async (path: string) => (await lstat(path)).isDirectory();
      await cp(data, survived, { recursive: true, filter: isFolder });
      await cp(copy, survived, { recursive: true });
      const app = await buildApp({
        models: join(folder, 'models'),
        data: survived,
        runJobs: false,
        logLevel: 'silent',
      });
      const { statusCode, body } = await app.inject('/v1/devices/board/measurements?limit=10000');
      await app.close();
      assert.equal(statusCode, 200, body);
      const keys = new Set(JSON.parse(body).measurements.map(({ key }: { key: string }) => key));
      assert.deepEqual([...keys], acknowledged);
    }
  });
});
