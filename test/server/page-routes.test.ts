import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import { parse } from 'csv-parse/sync';
import Fastify, { type FastifyInstance } from 'fastify';
import { buildApp } from '../../server/app.js';
import { errors } from '../../server/plugins/errors.js';
import { datasets } from '../../server/routes/v1/datasets.js';
import { packageRoot } from '../../src/base/package-root.js';
import { SampleTable } from '../../src/datasets/sample-table.js';
import { writeDataset } from '../../src/datasets/write.js';
import { analyticDevice } from '../../src/devices/catalogue.js';
import { configurationAt } from '../../src/devices/codesign/configuration.js';
import { metricNamed } from '../../src/metrics/metric.js';
import { convolutionChain } from '../../src/network/zoo/convolution-chain.js';
import { publishedNetwork } from '../../src/network/zoo/index.js';
import { withoutWeights } from '../../src/onnx/without-weights.js';
import { networkModel } from '../../src/onnx/write/network-model.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { measuredCells } from './measured-cells.js';

describe('what the page asks beside predictions', () => {
  let folder: string;
  let app: FastifyInstance;

  before(async () => {
    folder = temporaryFolder();
    await mkdir(join(folder, 'data', 'frontiers'), { recursive: true });
    const options = { models: join(folder, 'models'), data: join(folder, 'data'), logLevel: 'silent' };
    app = await buildApp(options);
  });
  after(async () => {
    await app.close();
  });

  const breakdown = (payload: object) => app.inject({ method: 'POST', url: '/v1/breakdown', payload });

  test('a breakdown is what the analytic device says', async () => {
    const architecture = nasbench201.example;
    const answer = await breakdown({ device: 'fnas:zcu102', space: 'nasbench201', architecture });
    assert.equal(answer.statusCode, 200, answer.body);
    const network = nasbench201.toNetwork(nasbench201.prune(nasbench201.parse(architecture)));
    const report = analyticDevice('fnas:zcu102').latency(network);
    assert.deepEqual(answer.json(), JSON.parse(JSON.stringify({ device: 'fnas:zcu102', ...report })));
  });

  test('what cannot be broken down is refused with the reason, and no file is read', async () => {
    const refused = async (payload: object, status: number, message: RegExp) => {
      const answer = await breakdown(payload);
      assert.equal(answer.statusCode, status, answer.body);
      assert.match(answer.json().error.message, message);
    };
    await refused({ device: 'bcnn:zcu102', network: 'googlenet' }, 422, /does not fit.*there are 912/);
    await refused({ device: 'dpu:zcu102', network: 'lstm512' }, 400, /no hardware for operator/);
    await refused({ device: 'dpu:zcu102', space: 'nasbench201' }, 400, /name either/);
    await refused({ device: 'fnas:moon', network: 'googlenet' }, 404, /known are fnas:pynq_z1/);
    await refused({ device: 'package.json', network: 'googlenet' }, 404, /is not an analytic device/);
    await refused(
      { device: 'codesign:package.json', network: 'googlenet' },
      404,
      /is not an analytic device/,
    );
    await refused({ device: 'dpu:zcu102', network: 'alexnet' }, 400, /network/);
  });

  test('a network is told operator by operator, from an ONNX file too', async () => {
    const ask = (payload: object) => app.inject({ method: 'POST', url: '/v1/network', payload });
    const model = networkModel(publishedNetwork('binary_cifar10'), { batch: 1, seed: 1 });
    const onnx = Buffer.from(withoutWeights(model)).toString('base64');
    const [read, named] = [await ask({ onnx }), await ask({ network: 'binary_cifar10' })];
    assert.equal(read.statusCode, 200, read.body);
    assert.equal(read.json().macs, named.json().macs);
    assert.equal(read.json().parameters, named.json().parameters);
    assert.deepEqual(read.json().operators[0].shape, [3, 32, 32]);
    for (const payload of [{ onnx: 'AAAA' }, { onnx: '!' }, { onnx, network: 'googlenet' }, {}]) {
      assert.equal((await ask(payload)).statusCode, 400, JSON.stringify(payload).slice(0, 80));
    }
  });

  test('while a large network is looked at, others are answered', async () => {
    const layers = Array.from({ length: 1000 }, () => ({ filters: 8, kernel: 3 }));
    const bytes = withoutWeights(networkModel(convolutionChain([3, 8, 8], layers), { batch: 1, seed: 1 }));
    const onnx = Buffer.from(bytes).toString('base64');
    const ended: string[] = [];
    const large = app.inject({ method: 'POST', url: '/v1/network', payload: { onnx } }).then((answer) => {
      ended.push('large');
      return answer;
    });
    for (let k = 0; k < 10; k++) {
      assert.equal((await app.inject('/v1/accelerators')).statusCode, 200);
      ended.push('small');
    }
    const { statusCode, body } = await large;
    assert.equal(statusCode, 200, body.slice(0, 200));
    assert.deepEqual(ended, [...new Array(10).fill('small'), 'large']);
  });

  test('frontiers are those in the folder; a damaged one is a problem of its own', async () => {
    const point = { architecture: nasbench201.example, configuration: configurationAt(4711) };
    const frontier = {
      kind: 'codesign-frontier',
      space: 'nasbench201',
      accuracy: { file: 'accuracy.csv', column: 'test' },
      pairs: 2,
      seconds: 0.5,
      points: [{ ...point, accuracyPercent: 70, latencyMs: 3, areaMm2: 120 }],
    };
    const file = (name: string) => join(folder, 'data', 'frontiers', name);
    await writeFile(file('good.json'), JSON.stringify(frontier));
    await writeFile(file('bad.json'), JSON.stringify({ ...frontier, pairs: 'many' }));
    await writeFile(file('.hidden.json'), '{}');
    const { frontiers, problems } = (await app.inject('/v1/frontiers')).json();
    assert.deepEqual(frontiers, [{ name: 'good', ...frontier, points: 1 }]);
    assert.equal(problems.length, 1);
    assert.match(problems[0].message, /bad\.json, field \/pairs/);
    const listed = parse((await app.inject('/v1/frontiers?format=csv')).body, { columns: true });
    assert.deepEqual(
      (listed as Record<string, string>[]).map(({ name, points, problem }) => [name, points, problem]),
      [
        ['good', '1', ''],
        ...problems.map(({ name, message }: { name: string; message: string }) => [name, '', message]),
      ],
    );
    assert.deepEqual((await app.inject('/v1/frontiers/good')).json(), frontier);
    const [row, ...others] = parse((await app.inject('/v1/frontiers/good?format=csv')).body, {
      columns: true,
    }) as Record<string, string>[];
    assert.deepEqual([row.architecture, row.area_mm2, others], [point.architecture, '120', []]);
    assert.deepEqual(JSON.parse(row.configuration), point.configuration);
    assert.equal((await app.inject('/v1/frontiers/bad')).statusCode, 422);
    assert.equal((await app.inject('/v1/frontiers/none')).statusCode, 404);
    assert.equal((await app.inject('/v1/frontiers/..%2Fgood')).statusCode, 400);
  });

  test('datasets have their cards and percentiles', async () => {
    const { datasets, networks } = (await app.inject('/v1/datasets')).json();
    assert.deepEqual(
      networks.map(({ name, card }: { name: string; card: { rows: number } }) => [name, card.rows]),
      [['onnx_cpu', 414]],
    );
    const table = gunzipSync((await app.inject('/v1/datasets/onnx_cpu/file')).rawPayload).toString();
    assert.equal(table.trim().split('\n').length, 1 + 414);
    const names = datasets.map(({ name }: { name: string }) => name);
    assert.ok(names.includes('nasbench201_cpu'), names.join());
    const { card, percentilesMs } = (await app.inject('/v1/datasets/nasbench201_cpu')).json();
    const [{ id, minMs, medianMs, maxMs }] = card.devices;
    const percentiles: number[] = percentilesMs[id];
    assert.equal(percentiles.length, 101);
    assert.equal(percentiles[0], minMs);
    assert.equal(percentiles[100], maxMs);
    assert.ok(Math.abs(percentiles[50] / medianMs - 1) < 0.001);
    const file = await app.inject('/v1/datasets/nasbench201_cpu/file');
    assert.deepEqual([...file.rawPayload.subarray(0, 2)], [0x1f, 0x8b]);
    assert.equal((await app.inject('/v1/datasets/none')).statusCode, 404);
  });

  test('a page that is built again while the service runs is served as it is now, and what it has no longer is not there', async (t) => {
    const pageFolder = temporaryFolder();
    const build = async (version: string) => {
      await rm(join(pageFolder, 'assets'), { recursive: true, force: true });
      await mkdir(join(pageFolder, 'assets'));
      await writeFile(join(pageFolder, 'assets', `index-${version}.js`), version);
      await writeFile(join(pageFolder, 'index.html'), `<script src="/assets/index-${version}.js">`);
    };
    await build('old');
    const other = await buildApp({ models: join(folder, 'models'), pageFolder, logLevel: 'silent' });
    t.after(() => other.close());
    assert.equal((await other.inject('/assets/index-old.js')).body, 'old');
    await build('new');
    assert.match((await other.inject('/')).body, /index-new/);
    assert.equal((await other.inject('/assets/index-new.js')).body, 'new');
    for (const path of ['index-old.js', '', '..%2Findex.html', '.hidden', 'a/b.js']) {
      const { statusCode, headers, body } = await other.inject(`/assets/${path}`);
      assert.ok(statusCode === 404 || statusCode === 403, `${path}: ${statusCode}`);
      assert.match(String(headers['content-type']), /json/, path);
      assert.ok(JSON.parse(body).error.message, path);
    }
  });

  test('a dataset whose card is damaged is told of, not left out', async () => {
    const datasetFolder = temporaryFolder();
    for (const name of ['bare', 'damaged']) await writeFile(join(datasetFolder, `${name}.csv.gz`), '');
    await writeFile(join(datasetFolder, 'damaged.card.json'), '{"rows": 3}');
    const other = Fastify().setValidatorCompiler(TypeBoxValidatorCompiler);
    await other.register(errors);
    await other.register(datasets, { folder: datasetFolder });
    const found = (await other.inject('/v1/datasets')).json();
    assert.deepEqual([found.datasets, found.problems.length], [[], 1]);
    assert.match(found.problems[0].message, /damaged\.card\.json: must have required properties/);
    const listed = (await other.inject('/v1/datasets?format=csv')).body;
    assert.match(listed, /^damaged,.*damaged\.card\.json: must have required properties/m);
    const { statusCode, body } = await other.inject('/v1/datasets/damaged');
    assert.equal(statusCode, 422, body);
    assert.equal((await other.inject('/v1/datasets/bare')).statusCode, 404);
  });

  test('percentiles of a dataset are of latencies: one of energy alone has none', async () => {
    const datasetFolder = temporaryFolder();
    const table = new SampleTable(nasbench201.slots.length);
    table.add(nasbench201.parse(nasbench201.example), 0, 3, 2, false);
    const series = [{ device: 'board', metric: metricNamed('energy') }];
    await writeDataset(join(datasetFolder, 'joules.csv.gz'), nasbench201, table, series, {
      name: 'joules',
      deadOperations: 'timed',
      method: 'made up',
      source: 'this test',
      licence: 'none',
      about: () => ({ description: 'A board', batchSize: 1, precision: 'fp32' }),
    });
    const other = Fastify().setValidatorCompiler(TypeBoxValidatorCompiler);
    await other.register(datasets, { folder: datasetFolder });
    const { card, percentilesMs } = (await other.inject('/v1/datasets/joules')).json();
    assert.deepEqual(
      card.devices[0].values.map(({ metric, median }: { metric: string; median: number }) => [
        metric,
        median,
      ]),
      [['energy', 3]],
    );
    assert.deepEqual(percentilesMs, {});
  });

  test('a dataset that is cut off is refused with the reason, as JSON and as a file', async () => {
    const datasetFolder = temporaryFolder();
    const shipped = join(packageRoot, 'datasets', 'nasbench201_cpu');
    const bytes = await readFile(`${shipped}.csv.gz`);
    await writeFile(join(datasetFolder, 'cut.csv.gz'), bytes.subarray(0, bytes.length / 2));
    await writeFile(join(datasetFolder, 'cut.card.json'), await readFile(`${shipped}.card.json`));
    const other = Fastify().setValidatorCompiler(TypeBoxValidatorCompiler);
    await other.register(errors);
    await other.register(datasets, { folder: datasetFolder });
    for (const query of ['', '?format=csv']) {
      const { statusCode, body } = await other.inject(`/v1/datasets/cut${query}`);
      assert.equal(statusCode, 422, body);
      assert.match(JSON.parse(body).error.message, /cut\.csv\.gz: the gzip data is damaged or cut off/);
    }
  });

  test('the overview counts what was measured, and says that there is no store where there is none', async () => {
    const empty = (await app.inject('/v1/overview')).json();
    const { store: there, measured: none, caller } = empty;
    assert.deepEqual({ there, none, caller }, { there: 'ready', none: [], caller: null });
    const payload = { key: 'a', space: 'nasbench201', measurements: measuredCells(3, 1) };
    const upload = await app.inject({ method: 'POST', url: '/v1/devices/new_board/measurements', payload });
    assert.equal(upload.statusCode, 200, upload.body);
    const [device] = (await app.inject('/v1/overview')).json().measured;
    assert.equal(device.id, 'new_board');
    assert.equal(device.measurements, 3);
    assert.ok(Date.now() - Date.parse(device.lastUploadAt) < 60_000);

    const storeless = await buildApp({ models: join(folder, 'models'), logLevel: 'silent' });
    const { store, measured } = (await storeless.inject('/v1/overview')).json();
    await storeless.close();
    assert.deepEqual({ store, measured }, { store: 'off', measured: [] });
  });
});
