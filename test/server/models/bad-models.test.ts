import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { ModelFolder } from '../../../server/models/model-folder.js';
import { ServiceMetrics } from '../../../server/monitoring/metrics.js';
import type { Limits } from '../../../src/base/limited-process/watched.js';
import {
  AttributeType,
  DataType,
  decodeModel,
  encodeModel,
  type NodeProto,
} from '../../../src/onnx/proto.js';
import type { ModelCard } from '../../../src/predictors/saved/card.js';
import { modelVersion } from '../../../src/predictors/saved/saved.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { saveAdditiveDevice } from '../additive-device.js';

describe('a model folder that is not as predictors are', () => {
  const folder = temporaryFolder();
  let good: string;
  let models: ModelFolder;

  before(async () => {
    await saveAdditiveDevice(folder, 'board', 1);
    good = join(folder, 'good');
    await rename(join(folder, 'board'), good);
  });
  beforeEach(() => models?.close());
  after(() => models.close());

  /** Serves a copy that has been changed. */
  async function served(
    name: string,
    change: (copy: string) => unknown,
    limits?: Limits,
  ): Promise<ModelFolder> {
    const copy = join(folder, name, 'board');
    await cp(good, copy, { recursive: true });
    await change(copy);
    models = new ModelFolder({
      folders: [join(folder, name)],
      cacheSize: 0,
      metrics: new ServiceMetrics(() => 0),
      limits,
      onProblem: () => {},
    });
    await models.upToDate();
    return models;
  }
  async function setAside(name: string, change: (copy: string) => unknown, reason: RegExp): Promise<void> {
    const { problems } = await served(name, change);
    assert.deepEqual([models.all().length, problems.length], [0, 1], name);
    assert.match(problems[0].message, reason);
  }

  async function writeCard(copy: string, change: (card: ModelCard) => object): Promise<void> {
    const card = JSON.parse(await readFile(join(copy, 'card.json'), 'utf8')) as ModelCard;
    await writeFile(join(copy, 'card.json'), JSON.stringify({ ...card, ...change(card) }));
  }
  /** Puts nodes behind the model's output, which they read as `latency`. */
  const behind =
    (nodes: NodeProto[], scalars: Record<string, number> = {}, shapes: Record<string, number[]> = {}) =>
    async (copy: string) => {
      const model = decodeModel(await readFile(join(copy, 'model.onnx')));
      for (const node of model.graph.node) {
        node.output = node.output.map((output) => (output === 'latency_ms' ? 'latency' : output));
      }
      model.graph.node.push(...nodes);
      for (const [name, value] of Object.entries(scalars)) {
        model.graph.initializer.push({ name, dims: [], dataType: 1, floatData: [value] });
      }
      for (const [name, shape] of Object.entries(shapes)) {
        model.graph.initializer.push({
          name,
          dims: [shape.length],
          dataType: DataType.int64,
          int64Data: shape,
        });
      }
      const bytes = encodeModel(model);
      await writeFile(join(copy, 'model.onnx'), bytes);
      await writeCard(copy, () => ({ version: modelVersion(bytes) }));
    };
  const node = (
    opType: string,
    input: string[],
    output: string,
    more: Partial<NodeProto> = {},
  ): NodeProto => ({
    opType,
    input,
    output: [output],
    attribute: [],
    ...more,
  });

  const int = (name: string, i: number) => ({ name, type: AttributeType.int, i });
  const slowest = nasbench201.example.replace(/[a-z_0-9]+(?=~)/g, 'nor_conv_3x3');
  /** Multiplies matrices of 2000 × 2000, minutes long, where a latency is above 12: with that of the slowest cell. */
  const sometimesSlow = behind(
    [
      node('ReduceMax', ['latency'], 'max', { attribute: [int('keepdims', 1)] }),
      node('Greater', ['max', 'limit'], 'over'),
      node('Cast', ['over'], 'share', { attribute: [int('to', DataType.float)] }),
      node('Mul', ['share', 'rest'], 'more'),
      node('Add', ['more', 'one'], 'size'),
      node('Cast', ['size'], 'whole', { attribute: [int('to', DataType.int64)] }),
      node('Concat', ['whole', 'whole'], 'shape', { attribute: [int('axis', 0)] }),
      node('Expand', ['small', 'shape'], 'product 0'),
      ...Array.from({ length: 1000 }, (_, k) =>
        node('MatMul', ['product 0', `product ${k}`], `product ${k + 1}`),
      ),
      node('ReduceMax', ['product 1000'], 'last', { attribute: [int('keepdims', 0)] }),
      node('Mul', ['last', 'zero'], 'nothing'),
      node('Add', ['latency', 'nothing'], 'latency_ms'),
    ],
    { limit: 12, rest: 1999, one: 1, small: 1e-4, zero: 0 },
  );

  test('a pipe in the place of a file is not waited for', {
    skip: process.platform === 'win32',
  }, async () => {
    for (const file of ['card.json', 'model.onnx']) {
      const pipe = async (copy: string) => {
        await rm(join(copy, file));
        execFileSync('mkfifo', [join(copy, file)]);
      };
      await setAside(`pipe-${file}`, pipe, new RegExp(`${file}: this is not a regular file`));
    }
  });

  test('only operators that compute are run', async () => {
    const loop = behind([node('Loop', ['latency'], 'latency_ms')]);
    await setAside('loop', loop, /a predictor may not have the operator "Loop"/);
    const evil = behind([node('Identity', ['latency'], 'latency_ms', { domain: 'com.evil' })]);
    await setAside('evil', evil, /may not have the operator "Identity" of "com.evil"/);
    for (const name of ['constructor', '__proto__']) {
      const proto = behind([node(name, ['latency'], 'latency_ms')]);
      await setAside(name, proto, new RegExp(`may not have the operator "${name}"`));
    }
  });

  test('what a model answers is one latency for each architecture', async () => {
    const scalar = behind(
      [node('Max', ['mean', 'zero'], 'latency_ms'), node('ReduceMax', ['latency'], 'mean')].reverse(),
      {
        zero: 0,
      },
    );
    await setAside('scalar', scalar, /latency_ms has 1 values for 16 architectures/);
    await setAside('negative', behind([node('Neg', ['latency'], 'latency_ms')]), /it predicts -\d/);
    const nan = behind([node('Neg', ['latency'], 'less'), node('Log', ['less'], 'latency_ms')]);
    await setAside('nan', nan, /it predicts NaN/);
    const infinite = behind([node('Mul', ['latency', 'much'], 'latency_ms')], { much: 3e38 });
    await setAside('infinite', infinite, /it predicts Infinity/);
  });

  test('a device has a name', async () => {
    for (const device of ['', ' ', '\n', 'x'.repeat(201)]) {
      await setAside(
        `name-${device.length}-${device.charCodeAt(0)}`,
        (copy) => writeCard(copy, () => ({ device })),
        /is not a valid name for a device/,
      );
    }
    await served('unicode', (copy) => writeCard(copy, () => ({ device: '手机' })));
    assert.deepEqual(
      models.all().map(({ card }) => card.device),
      ['手机'],
    );
  });

  test('a model that answers what is no number is served no more, and it is said why', async () => {
    // √(12 - latency): the cell of six 3×3 convolutions takes 13 ms, any other 11.5 ms at most.
    const nodes = [node('Sub', ['limit', 'latency'], 'rest'), node('Sqrt', ['rest'], 'latency_ms')];
    await served('rarely', behind(nodes, { limit: 12 }));
    const model = models.get('board')!;
    const asked = model.predict([nasbench201.example, slowest]);
    await assert.rejects(asked, /predictor of board is no longer served: it predicts NaN for/);
    assert.equal(models.get('board'), undefined);
    assert.match(models.problems[0].message, /it predicts NaN for/);
  });

  test('a latency below nothing is an error of its architecture', async () => {
    await served('sometimes', behind([node('Sub', ['limit', 'latency'], 'latency_ms')], { limit: 12 }));
    const [one, other] = await models.get('board')!.predict([slowest, nasbench201.example]);
    assert.match(one.error!, /predicts -[01]\.?\d* ms, which cannot be a latency/);
    assert.equal(one.value, undefined);
    assert.ok(other.value! > 0);
  });

  test('a model that takes long, or its process with it, holds nobody else up', async () => {
    const two = async (copy: string) => {
      await sometimesSlow(copy);
      const other = join(copy, '..', 'other');
      await cp(good, other, { recursive: true });
      await writeCard(other, () => ({ device: 'other' }));
    };
    await served('slow', two, { cpuMs: 500, memoryMb: 1024 });
    assert.equal(models.problems.length, 0);
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    const slow = models.get('board')!.predict([slowest]);
    const other = models.get('other')!.predict([slowest, nasbench201.example]);
    await assert.rejects(slow, /predictor of board is no longer served: it takes too long/);
    clearInterval(turning);
    assert.ok(turns > 20, `the event loop turned ${turns} times in at least a second`);
    const isRight = ([{ value }]: readonly { readonly value?: number }[]) =>
      assert.ok(Math.abs(value! - 13) < 1e-3);
    isRight(await other);
    assert.equal(models.get('board'), undefined);
    assert.match(models.problems[0].message, /it takes too long/);
    // A process that ends by itself is started again, with the models that it had.
    for (const pid of await children()) process.kill(pid, 'SIGKILL');
    isRight(await models.get('other')!.predict([slowest]));
  });

  test('a model that takes all memory ends a process that is not ours', async () => {
    const huge = behind(
      [
        node('Expand', ['latency', 'shape'], 'much'),
        node('ReduceMax', ['much'], 'most', { attribute: [int('keepdims', 0)] }),
        node('Mul', ['most', 'zero'], 'nothing'),
        node('Add', ['latency', 'nothing'], 'latency_ms'),
      ],
      { zero: 0 },
      { shape: [2 ** 24, 1] },
    );
    await setAside('huge', huge, /it takes too much memory|[Ff]ailed to allocate|bad allocation/);
  });
});

/** Processes that this one has begun. */
async function children(): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,comm=']);
  const rows = stdout
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  return rows
    .filter(([, parent, name]) => Number(parent) === process.pid && name !== 'ps')
    .map(([pid]) => Number(pid));
}
