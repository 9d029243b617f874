import assert from 'node:assert/strict';
import { cp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { buildApp } from '../../server/app.js';
import { ModelFolder } from '../../server/models/model-folder.js';
import { PromotedModels } from '../../server/models/promoted-models.js';
import { ServiceMetrics } from '../../server/monitoring/metrics.js';
import { Store } from '../../server/store/store.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { additiveMs, saveAdditiveDevice } from './additive-device.js';
import { measuredCells } from './measured-cells.js';

describe('a service whose data is damaged', () => {
  /** Where the damaged copies are made from: a promoted version for device `board`, over a shipped predictor. */
  let folder: string;
  let models: string;
  let whole: string;
  let promoted: string;

  before(async () => {
    folder = temporaryFolder();
    [models, whole] = [join(folder, 'models'), join(folder, 'whole')];
    await saveAdditiveDevice(models, 'board', 1);
    const app = await buildApp({ models, data: whole, logLevel: 'silent' });
    const post = (path: string, payload: object) =>
      app.inject({ method: 'POST', url: `/v1/devices/board/${path}`, payload });
    await post('measurements', { key: 'a', measurements: measuredCells(50, 20) });
    promoted = (await trained(app, { promote: 'always' })).result.version;
    await app.close();
  });

  /** A service on a copy of the data. */
  async function onCopy(name: string, damage: (data: string) => Promise<void>) {
    const data = join(folder, name);
    await cp(whole, data, { recursive: true, verbatimSymlinks: true });
    await damage(data);
    return buildApp({ models, data, logLevel: 'silent' });
  }
  type App = Awaited<ReturnType<typeof onCopy>>;
  /** The training when it is over. */
  const trained = async (app: App, request: object) => {
    const payload = { predictor: 'lookup', ...request };
    const job = await app.inject({ method: 'POST', url: '/v1/devices/board/train', payload });
    const { body } = await app.inject(`/v1/jobs/${job.json().id}/events`);
    return JSON.parse(body.split('event: job\ndata: ').at(-1)!);
  };
  const predicted = async (app: App) => {
    const payload = { device: 'board', architectures: [nasbench201.example] };
    const { predictions } = (await app.inject({ method: 'POST', url: '/v1/predict', payload })).json();
    return predictions[0] as { latencyMs: number; modelVersion: string };
  };

  test('a damaged database is reported with what to do; what was promoted is served on', async (t) => {
    const app = await onCopy('control', (data) =>
      writeFile(join(data, 'database', 'global', 'pg_control'), 'damaged'),
    );
    t.after(() => app.close());
    const answer = await app.inject('/v1/devices/board/measurements');
    assert.equal(answer.statusCode, 503);
    const { code, message } = answer.json().error;
    assert.equal(code, 'store_unavailable');
    assert.match(message, /control\/database cannot be opened .* restore a backup, or move the folder away/);
    const { status, store } = (await app.inject('/readyz')).json();
    assert.deepEqual([status, store.state, store.message], ['ready', 'failed', message]);
    assert.equal((await predicted(app)).modelVersion, promoted);
  });

  test('a database that has lost its version file is not made anew over what is left', async (t) => {
    const app = await onCopy('version', (data) => rm(join(data, 'database', 'PG_VERSION')));
    t.after(() => app.close());
    const answer = await app.inject('/v1/jobs');
    assert.match(answer.json().error.message, /holds no PG_VERSION/);
    const left = await readdir(join(folder, 'version', 'database', 'base'));
    assert.deepEqual(left, await readdir(join(whole, 'database', 'base')));
  });

  test('a version whose files are damaged or gone is put back from the store', async (t) => {
    const [digest] = await readdir(join(whole, 'versions'));
    for (const [name, damage] of [
      ['model', (data: string) => writeFile(join(data, 'versions', digest, 'model.onnx'), 'damaged')],
      ['gone', (data: string) => rm(join(data, 'versions'), { recursive: true })],
    ] as const) {
      const app = await onCopy(name, damage);
      t.after(() => app.close());
      // Until the store is open the links lead to the undamaged original.
      await app.inject('/v1/jobs');
      const data = join(folder, name);
      for (const deadline = Date.now() + 20_000; ; ) {
        const target = await readlink(join(data, 'serving', 'board'));
        if (target === join(data, 'versions', digest)) break;
        assert.ok(Date.now() < deadline, `${target} is served`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      for (const file of await readdir(join(whole, 'versions', digest))) {
        const [is, was] = await Promise.all(
          [data, whole].map((from) => readFile(join(from, 'versions', digest, file))),
        );
        assert.deepEqual(is, was, file);
      }
      assert.equal((await predicted(app)).modelVersion, promoted);
      assert.deepEqual((await app.inject('/readyz')).json().problems, []);
    }
  });

  test('a version whose files are damaged or gone while it serves is put back for the next training', async (t) => {
    const app = await onCopy('running', async () => {});
    t.after(() => app.close());
    const versions = join(folder, 'running', 'versions');
    const [digest] = await readdir(join(whole, 'versions'));
    const file = join(versions, digest, 'model.onnx');
    // The version is found whole before it is not any more.
    assert.equal((await trained(app, { promote: 'never' })).state, 'succeeded');
    for (const damage of [
      () => writeFile(file, 'damaged'),
      () => rm(file),
      () => rm(versions, { recursive: true }),
    ]) {
      await damage();
      const { state, error, result } = await trained(app, { promote: 'never' });
      assert.equal(state, 'succeeded', error);
      assert.equal(result.heldOut.incumbent.version, promoted);
      assert.deepEqual(await readFile(file), await readFile(join(whole, 'versions', digest, 'model.onnx')));
      assert.equal((await predicted(app)).modelVersion, promoted);
    }
  });

  test('a version that neither the disk nor the store has any more is named', async () => {
    const said: string[] = [];
    const data = join(folder, 'nowhere');
    await cp(whole, data, { recursive: true, verbatimSymlinks: true });
    await rm(join(data, 'versions'), { recursive: true });
    const store = new Store({ folder: data, onProblem: (problem) => said.push(problem) });
    store.open();
    const open = await store.ready();
    await open.database.query('DELETE FROM model_file');
    const registry = new ServiceMetrics(() => 0);
    const folders = [join(data, 'serving'), models];
    const served = new ModelFolder({ folders, cacheSize: 0, metrics: registry, onProblem: () => {} });
    const links = new PromotedModels(store, served, (problem) => said.push(problem));
    await links.sync(open);
    assert.match(said[0], /promoted versions are damaged or missing, .* board \(.*nowhere\/versions\//);
    assert.notEqual(served.get('board')!.card.version, promoted, 'the shipped predictor goes on');
    await links.close();
    await store.close();
    await served.close();
  });

  test('a restart with a damaged version serves the shipped predictor', async (t) => {
    const app = await onCopy('restart', async (data) => {
      const links = join(data, 'serving');
      await rm(links, { recursive: true });
      await cp(join(whole, 'versions'), links, { recursive: true });
      const [digest] = await readdir(links);
      await writeFile(join(links, digest, 'model.onnx'), 'damaged');
      await writeFile(join(data, 'database', 'global', 'pg_control'), 'damaged');
    });
    t.after(() => app.close());
    const { latencyMs, modelVersion } = await predicted(app);
    assert.notEqual(modelVersion, promoted);
    const expected = additiveMs(nasbench201.example, 1);
    assert.ok(Math.abs(latencyMs - expected) < 0.01 * expected);
  });

  test('a second service on the same folder is told so, and answers predictions', async (t) => {
    const [first, second] = [
      await buildApp({ models, data: whole, logLevel: 'silent' }),
      await buildApp({ models, data: whole, logLevel: 'silent' }),
    ];
    t.after(() => Promise.all([first.close(), second.close()]));
    assert.equal((await first.inject('/v1/jobs')).statusCode, 200);
    const refused = await second.inject('/v1/jobs');
    assert.equal(refused.statusCode, 503);
    assert.match(refused.json().error.message, /another process has the store in .* open/);
    assert.equal((await predicted(second)).modelVersion, promoted);
  });
});
