import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../../server/app.js';
import type { EmulatorCard } from '../../../src/emulate/card.js';
import { DataType, decodeModel, encodeModel, type ModelProto } from '../../../src/onnx/proto.js';
import { modelVersion } from '../../../src/predictors/saved/saved.js';
import { saveQuickEmulator } from '../../emulate/quick-emulator.js';
import { temporaryFolder } from '../../temporary-folder.js';

describe('a folder that is not as emulators are', () => {
  const models = temporaryFolder();
  const good = join(models, 'sums');
  let app: FastifyInstance;

  before(async () => {
    await saveQuickEmulator(good);
    app = await buildApp({ models, logLevel: 'silent' });
  });
  after(() => app.close());

  /** A copy whose card describes another model. */
  async function copied(name: string, change: (model: ModelProto) => void): Promise<string> {
    const folder = join(models, name);
    await cp(good, folder, { recursive: true });
    const model = decodeModel(await readFile(join(good, 'model.onnx')));
    change(model);
    const onnx = encodeModel(model);
    const card = JSON.parse(await readFile(join(good, 'card.json'), 'utf8')) as EmulatorCard;
    await writeFile(join(folder, 'model.onnx'), onnx);
    await writeFile(
      join(folder, 'card.json'),
      JSON.stringify({ ...card, name, version: modelVersion(onnx) }),
    );
    return folder;
  }
  /** Puts a node behind the output `mean`, which it reads as `before`. */
  const behindMean =
    (opType: string, input: string[], attribute: ModelProto['graph']['node'][0]['attribute'] = []) =>
    ({ graph }: ModelProto) => {
      for (const node of graph.node) node.output = node.output.map((o) => (o === 'mean' ? 'before' : o));
      graph.node.push({ opType, input, output: ['mean'], attribute, name: 'added' });
    };

  const runs = [
    { a: 0.5, b: 10 },
    { a: 0.1, b: 20 },
  ];
  const ask = (name: string, asked: object[] = runs) =>
    app.inject({ method: 'POST', url: `/v1/emulators/${name}/predict`, payload: { runs: asked } });
  async function setAside(name: string, reason: RegExp): Promise<void> {
    for (const time of ['first', 'again']) {
      const { statusCode, body } = await ask(name);
      assert.equal(statusCode, 422, `${time}: ${body}`);
      assert.match(JSON.parse(body).error.message, reason);
    }
    const { problems } = (await app.inject('/v1/emulators')).json();
    const told = problems.find(({ folder }: { folder: string }) => folder === name);
    assert.match(told.message, reason);
    assert.equal((await ask('sums')).statusCode, 200, 'the others answer');
  }

  test('answers a number for each output of each run, or nothing', async () => {
    await copied('scalar', behindMean('ReduceMean', ['before'], [{ name: 'keepdims', type: 2, i: 0 }]));
    await setAside('scalar', /output mean has 1 values for 4 numbers of 2 runs/);
    await copied('few', ({ graph }) => {
      graph.output = graph.output.filter(({ name }) => name !== 'low');
    });
    await setAside('few', /the model has no output low/);
  });

  test('answers numbers within its ranges', async () => {
    await copied('nan', (model) => {
      behindMean('Mul', ['before', 'none'])(model);
      model.graph.initializer.push({
        name: 'none',
        dims: [],
        dataType: DataType.float,
        floatData: [Number.NaN],
      });
    });
    await setAside('nan', /in the middle of its ranges are not numbers/);
  });

  test('runs for which there is no answer are named', async () => {
    const { statusCode, body } = await ask('sums', [runs[0], { a: 1e300, b: 1 }]);
    assert.equal(statusCode, 400, body);
    assert.deepEqual(
      JSON.parse(body).error.details.map(({ field }: { field: string }) => field),
      ['runs/1'],
    );
  });

  test('that takes all memory ends a process that is not ours', async () => {
    await copied('wide', (model) => {
      behindMean('ReduceMax', ['wide'], [{ name: 'keepdims', type: 2, i: 0 }])(model);
      const shape = { name: 'shape', dims: [3], dataType: DataType.int64, int64Data: [100_000_000, 1, 1] };
      model.graph.initializer.push(shape);
      const attribute: [] = [];
      const wide = {
        opType: 'Expand',
        input: ['before', 'shape'],
        output: ['wide'],
        attribute,
        name: 'wide',
      };
      model.graph.node.splice(-1, 0, wide);
    });
    const { statusCode, body } = await ask('wide');
    assert.equal(statusCode, 422, body);
    assert.equal((await ask('sums')).statusCode, 200);
  });

  test('a pipe in the place of a file is not waited for', {
    skip: process.platform === 'win32',
  }, async () => {
    const folder = await copied('piped', () => {});
    await rm(join(folder, 'model.onnx'));
    execFileSync('mkfifo', [join(folder, 'model.onnx')]);
    const { statusCode, body } = await ask('piped');
    assert.equal(statusCode, 422, body);
    assert.match(body, /not a regular file/);
  });
});
