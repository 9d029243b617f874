import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../server/app.js';
import { driftOf } from '../../server/measurements/drift.js';
import { ModelFolder } from '../../server/models/model-folder.js';
import { ServiceMetrics } from '../../server/monitoring/metrics.js';
import { Store } from '../../server/store/store.js';
import { promote, rollBackVersion, servedVersion, versionBefore } from '../../server/store/versions.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { saveAdditiveDevice } from './additive-device.js';
import { keptCells, measuredCells } from './measured-cells.js';

describe('values that would make something wrong', () => {
  let folder: string;
  let models: string;
  let app: FastifyInstance;

  before(async () => {
    folder = temporaryFolder();
    models = join(folder, 'models');
    await saveAdditiveDevice(models, 'board', 1);
    await saveAdditiveDevice(models, '手机 "7"', 1);
    app = await buildApp({ models, data: join(folder, 'data'), runJobs: false, logLevel: 'silent' });
  });
  after(async () => {
    await app.close();
  });

  const post = async (url: string, payload: object) => {
    const answer = await app.inject({ method: 'POST', url, payload });
    return { status: answer.statusCode, body: answer.json() };
  };

  test('latencies that no clock shows are refused, as JSON and as CSV', async () => {
    const url = '/v1/devices/mine/measurements';
    for (const latencyMs of [5e-324, 1e-10, 1e10, 1e308, 0, -1]) {
      const measurements = [{ architecture: nasbench201.example, latencyMs }];
      const { status, body } = await post(url, { key: 'a', space: 'nasbench201', measurements });
      assert.equal(status, 400, `${latencyMs}`);
      assert.match(body.error.message, /is not a latency, which must be a number from 1e-9 to 1000000000 ms/);
      const csv = await app.inject({
        method: 'POST',
        url: `${url}?key=a&space=nasbench201`,
        headers: { 'content-type': 'text/csv' },
        payload: `arch,latency_ms\n${nasbench201.example},${latencyMs}\n`,
      });
      assert.equal(csv.statusCode, 400, `${latencyMs}`);
      assert.equal(csv.json().error.details[0].field, 'line 2, column latency_ms');
    }
  });

  test('such a latency that is there already is not compared with predictions', async () => {
    const served = new ModelFolder({
      folders: [models],
      cacheSize: 0,
      metrics: new ServiceMetrics(() => 0),
      onProblem: () => {},
    });
    await served.upToDate();
    const cells = keptCells(measuredCells(20, 1));
    const drift = await driftOf(served.get('board'), [{ ...cells[0], value: 5e-324 }, ...cells]);
    assert.equal(drift?.compared, 20);
    assert.ok(drift.medianError < 0.01, `${drift.medianError}`);
    await served.close();
  });

  const D = { device: 'd', metric: 'latency' };

  test('a version that is promoted twice is taken back to the one before', async (t) => {
    const store = new Store({ folder: join(folder, 'promotions'), onProblem: () => {} });
    t.after(() => store.close());
    store.open();
    const { database } = await store.ready();
    await database.query(
      `INSERT INTO device (id, space, dead_operations, description)
       VALUES ('d', 'nasbench201', 'timed', '')`,
    );
    for (const version of ['A', 'B']) {
      await database.query(
        `INSERT INTO model_version (device, version, digest, last_measurement, card, held_out)
         VALUES ('d', $1, $1, 0, '{}', '{}')`,
        [version],
      );
    }
    for (const version of ['A', 'B', 'B']) await promote(database, D, version);
    assert.equal(await versionBefore(database, D), 'A');
    await rollBackVersion(database, D, false);
    assert.equal((await servedVersion(database, D))?.version, 'A');
    // Back and forth are two changes.
    for (const version of ['B', 'A']) await promote(database, D, version);
    await rollBackVersion(database, D, false);
    assert.equal((await servedVersion(database, D))?.version, 'B');
  });

  test('a device of any name has files', async () => {
    const url = `/v1/devices/${encodeURIComponent('手机 "7"')}/predictions?limit=2`;
    const { statusCode, headers, body } = await app.inject(url);
    assert.equal(statusCode, 200, body);
    const disposition = String(headers['content-disposition']);
    // RFC 8187: UTF-8 octets, percent-encoded; RFC 6266: beside a name for those who do not know it.
    assert.match(
      disposition,
      /^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''.*%E6%89%8B%E6%9C%BA%20%227%22/,
    );
  });

  test('numbers in a query are decimal', async () => {
    for (const limit of ['0x10', '0b1', '', ' ', 'NaN', '1e999', '1,5']) {
      const answer = await app.inject(`/v1/jobs?limit=${encodeURIComponent(limit)}`);
      assert.equal(answer.statusCode, 400, limit);
      assert.equal(answer.json().error.details[0].field, 'limit');
    }
    assert.equal((await app.inject('/v1/jobs?limit=10')).statusCode, 200);
  });

  test('values whose text is made up are quoted, not called', async () => {
    for (const data of [[{ toString: 1, valueOf: 1 }], [{ toJSON: 1 }], [[[[[]]]]], [null], [1.5]]) {
      const inputs = [{ name: 'architecture', datatype: 'BYTES', shape: [1], data }];
      const { status, body } = await post('/v2/models/board/infer', { inputs });
      assert.equal(status, 400, JSON.stringify(data));
      assert.match(body.error, /not a string/);
    }
  });

  test('what is not found under /v2 is said as the Open Inference Protocol has it', async () => {
    for (const path of ['/v2/models', '/v2/nothing', '/v2/models/board/nothing']) {
      const { statusCode, body } = await app.inject(path);
      assert.equal(statusCode, 404, path);
      assert.match(JSON.parse(body).error, /^there is no GET /, path);
    }
    assert.equal((await app.inject('/v2nothing')).json().error.code, 'not_found');
  });
});
