import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { CompressionAnswer } from '../../api/compressions.js';
import type { JobAnswer } from '../../api/jobs.js';
import { buildApp } from '../../server/app.js';
import { CompressHandler } from '../../server/jobs/compress.js';
import { SENT_MODEL_FILE } from '../../server/jobs/compress-task.js';
import { findCheckpoint } from '../../server/store/checkpoint-files.js';
import { Store } from '../../server/store/store.js';
import { addFiles, digestOf } from '../../server/store/version-files.js';
import { productOf } from '../../src/compress/factors.js';
import { loadShippedG2p } from '../../src/compress/g2p/shipped.js';
import { decodeModel } from '../../src/onnx/proto.js';
import { floatsOf } from '../../src/onnx/read/weights.js';
import { linearModel } from '../compress/linear-model.js';
import { randoms } from '../compress/models.js';
import { saveMadeUpKernels } from '../predictors/kernels/made-up-kernels.js';
import { temporaryFolder } from '../temporary-folder.js';

const SIZE = 64;
const onnx = base64(linearModel(SIZE, 1));

describe('compressions', () => {
  const folder = temporaryFolder();
  const models = join(folder, 'models');
  let app: FastifyInstance;
  before(async () => {
    await saveMadeUpKernels(join(models, 'bench'));
    app = await buildApp({ models, data: join(folder, 'data'), logLevel: 'error' });
  });
  after(() => app.close());

  const compress = (payload: object) => app.inject({ method: 'POST', url: '/v1/compressions', payload });
  async function finished(payload: object): Promise<{ job: JobAnswer; answer: CompressionAnswer }> {
    const queued = await compress(payload);
    assert.equal(queued.statusCode, 202, queued.body);
    const { id } = queued.json();
    for (;;) {
      const job = (await app.inject(`/v1/jobs/${id}`)).json() as JobAnswer;
      if (job.state === 'queued' || job.state === 'running') await sleep(100);
      else return { job, answer: (await app.inject(`/v1/compressions/${id}`)).json() };
    }
  }

  test('a file that is sent becomes a smaller one, whose factors lose what the report says', async () => {
    const { job, answer } = await finished({ name: 'one', onnx, maxParameters: 0.5, device: 'bench' });
    assert.equal(job.state, 'succeeded', job.error ?? '');
    assert.deepEqual(Object.keys(job.request).sort(), ['data', 'device', 'maxParameters', 'name']);
    const { report, judgedBy, notes } = answer;
    assert.deepEqual([judgedBy, notes], ['energy', []]);
    const download = await app.inject(`/v1/compressions/${job.id}/model`);
    assert.equal(download.headers['content-disposition'], 'attachment; filename="one.onnx"');
    const { initializer } = decodeModel(download.rawPayload).graph;
    const [left, right] = initializer.map((tensor) => floatsOf(tensor)!);
    const rank = report!.matrices[0].rank!;
    assert.equal(left.length + right.length, 2 * SIZE * rank);
    assert.equal(report!.parameters, (2 * SIZE * rank) / SIZE ** 2);
    // Pythagoras: what the nearest matrix of a rank keeps and what it loses are orthogonal (Eckart & Young 1936).
    const whole = randoms(1, SIZE * SIZE);
    const product = productOf({ rank, left, right }, SIZE, SIZE);
    const squares = (values: Float32Array) => values.reduce((sum, value) => sum + value ** 2, 0);
    const lost = squares(whole.map((value, i) => value - product[i])) / squares(whole);
    assert.ok(Math.abs(report!.accuracy - 100 * (1 - lost)) < 1e-3, `${report!.accuracy}, ${lost}`);

    const asked = { device: 'bench', onnx: base64(download.rawPayload) };
    const predicted = await app.inject({ method: 'POST', url: '/v1/networks/predict', payload: asked });
    assert.equal(report!.latencyMs, predicted.json().latencyMs);

    const { compressions } = (await app.inject('/v1/compressions')).json();
    assert.equal(compressions[0].found.parameters, report!.parameters);
  });

  test('the network that ships is judged by words', async () => {
    const { job, answer } = await finished({
      name: 'g2p',
      model: 'g2p',
      maxParameters: 0.9,
      budget: 2,
      strategy: 'random',
    });
    assert.equal(job.state, 'succeeded', job.error ?? '');
    assert.equal(answer.judgedBy, 'words');
    const { card } = await loadShippedG2p();
    // Words of the development set that stand for all of it.
    const whole = 100 - card.scores.valid.wordErrorPercent;
    assert.ok(
      Math.abs(answer.report!.denseAccuracy - whole) < 3,
      `${answer.report!.denseAccuracy}, ${whole}`,
    );
  });

  test('what cannot be compressed is refused at once, with its field', async () => {
    const refusal = async (change: object, status = 400) => {
      const answer = await compress({ name: 'x', onnx, maxParameters: 0.5, ...change });
      assert.equal(answer.statusCode, status, answer.body);
      return answer.json().error.message as string;
    };
    assert.match(await refusal({ maxParameters: undefined }), /`maxParameters`, `maxLatencyMs` or `maxLoss`/);
    assert.match(await refusal({ maxLatencyMs: 1 }), /needs a `device`/);
    assert.match(await refusal({ device: 'none' }, 404), /no kernels were learned on "none"/);
    assert.match(await refusal({ onnx: base64(Buffer.from('no model')) }), /not a readable ONNX file/);
    assert.match(await refusal({ onnx: base64(linearModel(8, 1)) }), /w0 stays since it has fewer than 1024/);
    assert.match(await refusal({ maxParameters: 0.01 }), /^maxParameters: .*limit must be at least/);
    assert.equal((await compress({ name: 'x', onnx, maxLoss: 1, evaluator: 'rm {model}' })).statusCode, 400);
    // Of half a surrogate pair the store cannot keep anything.
    for (const odd of [{ device: '\ud83d' }, { options: { '\ud83d': 1 } }, { options: { a: '\0' } }]) {
      const { statusCode, body } = await compress({ name: 'x', model: 'g2p', maxLoss: 1, ...odd });
      assert.equal(statusCode, 400, body);
      assert.match(body, /unpaired surrogates/);
    }

    const { job } = await finished({ name: 'x', onnx, maxLatencyMs: 1e-6, device: 'bench' });
    assert.match(job.error!, /^field maxLatencyMs: the fastest ranks take/);
    assert.equal((await app.inject(`/v1/compressions/${job.id}/model`)).statusCode, 409);
    const other = '00000000-0000-4000-8000-000000000000';
    assert.equal((await app.inject(`/v1/compressions/${other}`)).statusCode, 404);
  });
});

test('a compression that was cut off goes on, and comes to what it would have come to', async (t) => {
  const folder = temporaryFolder();
  const store = new Store({ folder, onProblem: (problem) => assert.fail(problem) });
  store.open();
  t.after(() => store.close());
  const open = await store.ready();
  const { database, queue } = open;
  const files = [{ name: SENT_MODEL_FILE, content: Buffer.from(linearModel(32, 6)) }];
  const data = digestOf(files);
  await addFiles(database, data, files);
  const BUDGET = 1000;
  const request = { name: 'a', data, maxParameters: 0.6, strategy: 'random', budget: BUDGET };
  const add = () => database.transaction((sql) => queue.addIn(sql, 'compress', null, request));
  const { id } = await add();
  const attempt = async (machine: string, stop: AbortSignal) => {
    const job = await queue.take('compress');
    const done: number[] = [];
    const onProgress = (progress: Record<string, unknown>) => {
      if (progress.doing === 'evaluating ranks') done.push(progress.done as number);
    };
    const context = { store: open, folder: join(folder, machine), signal: stop, onProgress };
    const outcome = await new CompressHandler([], 50).run(job!, context).catch((error: Error) => error);
    const result =
      outcome instanceof Error ? outcome : await database.transaction((sql) => outcome.store(sql));
    return { result, done };
  };
  const stop = new AbortController();
  const first = attempt('first', stop.signal);
  const keptNow = async () => {
    const [log] = await findCheckpoint(database, id);
    return (
      Buffer.from(log?.content ?? [])
        .toString()
        .split('"told"').length - 1
    );
  };
  let isOver = false;
  void first.then(() => {
    isOver = true;
  });
  while ((await keptNow()) === 0 && !isOver) await sleep(20);
  stop.abort();
  const { result, done: before } = await first;
  assert.ok(result instanceof Error, `${before.at(-1)} of ${BUDGET}`);
  const kept = await keptNow();
  await queue.recover(true);

  const second = await attempt('second', new AbortController().signal);
  assert.ok(second.done[0] > kept, `${second.done[0]} after ${kept}`);

  await add();
  const whole = await attempt('whole', new AbortController().signal);
  assert.equal(whole.done[0], 1);
  // The digest is of the smaller model and of the report with all that was evaluated.
  assert.ok(!(whole.result instanceof Error), String(whole.result));
  assert.deepEqual(second.result, whole.result);
});

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
