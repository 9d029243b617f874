import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import * as ort from '../../src/base/onnxruntime.js';
import { Random } from '../../src/base/random.js';
import { loadSamples } from '../../src/datasets/load.js';
import { LATENCY } from '../../src/metrics/metric.js';
import { graphEncoding, slotsEncoding } from '../../src/predictors/encodings/encoding.js';
import { cut, runTrial } from '../../src/predictors/evaluation.js';
import { intervalAt } from '../../src/predictors/intervals/interval-model.js';
import type { FitOptions, PredictorKind } from '../../src/predictors/predictor.js';
import { predictorNamed } from '../../src/predictors/registry.js';
import { loadPredictor } from '../../src/predictors/saved/saved.js';
import { trainPredictor } from '../../src/predictors/train.js';
import { mnasnet } from '../../src/spaces/mnasnet/space.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { additiveDevice } from '../../src/testing/index.js';
import { needsShared, sharedData } from '../shared-data.js';
import { temporaryFolder } from '../temporary-folder.js';

/** Short runs: enough to see that a kind learns, not how well it can. */
const QUICK: FitOptions = { epochs: 60, hidden: 16, threads: 1 };

test('a training that diverged is refused, and leaves the predictor that was there', async () => {
  const folder = temporaryFolder();
  const samples = additiveDevice(80, 2);
  const small = { ...task, samples, split: { ...task.split, train: 60, valid: 10 }, calibrationSamples: 0 };
  const diverging = { kind: predictorNamed('mlp'), options: { ...QUICK, learningRate: 1e30 } };
  await trainPredictor(folder, { ...small, kind: predictorNamed('lookup') });
  const card = await readFile(join(folder, 'card.json'), 'utf8');
  await assert.rejects(
    trainPredictor(folder, { ...small, ...diverging }),
    /mlp predicts no number .* diverged/,
  );
  assert.equal(await readFile(join(folder, 'card.json'), 'utf8'), card);
});

test('lookup reproduces the published fpga column, which is a linear formula', {
  skip: needsShared('nasbench201/latency.csv.gz'),
}, async () => {
  const samples = await loadSamples(sharedData('nasbench201/latency.csv.gz')!, {
    space: nasbench201,
    device: 'fpga',
  });
  const parts = cut(nasbench201, samples, { kind: 'random', train: 100, valid: 20, seed: 1 });
  const { test: scores } = await runTrial({
    kind: predictorNamed('lookup'),
    space: nasbench201,
    deadOperations: 'timed',
    split: parts,
    seed: 1,
  });
  assert.equal(scores?.within1, 1);
});

test('gcn learns the same with one thread, which it has by itself, and with two', async () => {
  const samples = additiveDevice(200, 2);
  const { train, valid } = cut(nasbench201, samples, { kind: 'random', train: 100, valid: 20, seed: 1 });
  const fit = (threads?: number) =>
    predictorNamed('gcn').fit({
      space: nasbench201,
      deadOperations: 'timed',
      train,
      valid,
      seed: 1,
      options: { epochs: 5, threads },
    });
  const [own, two] = [await fit(), await fit(2)];
  assert.equal(own.options.threads, 1);
  assert.ok(Buffer.from(own.onnx).equals(two.onnx));
});

test('with dead operations pruned, cells that prune to the same one are predicted the same', async () => {
  const samples = additiveDevice(200, 2);
  const parts = cut(nasbench201, samples, { kind: 'random', train: 100, valid: 20, seed: 1 });
  const folder = temporaryFolder();
  await trainPredictor(folder, {
    ...task,
    deadOperations: 'pruned',
    samples: parts.train,
    split: { kind: 'random', train: 60, valid: 20, seed: 1 },
  });
  const predictor = await loadPredictor(folder);
  // The convolution into the second tensor is dead: nothing leaves that tensor.
  const dead = nasbench201.parse(
    '|nor_conv_1x1~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|nor_conv_1x1~1|none~2|',
  );
  const [full, pruned] = await predictor.predict([dead, nasbench201.prune(dead)]);
  assert.notDeepEqual(dead, nasbench201.prune(dead));
  assert.equal(full, pruned);
  await predictor.release();
});

const task = {
  space: nasbench201,
  deadOperations: 'timed' as const,
  device: 'adder',
  facts: { description: 'adds up', batchSize: 1, precision: 'fp32' },
  samples: additiveDevice(300, 3),
  data: { name: 'made up', source: 'this test', licence: 'MIT', sha256: '0'.repeat(64) },
  kind: predictorNamed('gcn'),
  split: { kind: 'random' as const, train: 150, valid: 30, seed: 4 },
  options: QUICK,
};

let saved: string;
before(async () => {
  saved = temporaryFolder();
  await trainPredictor(saved, task);
});

test('a saved predictor answers after loading, and its card says what made it', async () => {
  const predictor = await loadPredictor(saved);
  const { card } = predictor;
  assert.deepEqual([card.device, card.data.train, card.data.valid, card.split.seed], ['adder', 150, 30, 4]);
  assert.equal(card.options.hidden, 16);
  assert.equal(card.data.test, task.samples.values.length - 180);
  assert.equal(card.latency?.percentilesMs.length, 101);
  assert.equal(card.interval?.calibration?.length, 10);
  for (const { samples } of card.coverage!) {
    assert.equal(
      samples.reduce((sum, count) => sum + count),
      180,
      'each network has one choice of each slot',
    );
  }
  const latencies = await predictor.predict(task.samples.architectures);
  assert.ok(latencies.every((ms) => ms > 0.5 && ms < 30));
  assert.deepEqual(await predictor.predict([]), new Float64Array(0));
  await predictor.release();
});

test('model.onnx alone gives the same milliseconds in a bare onnxruntime, for any batch size', async () => {
  const predictor = await loadPredictor(saved);
  const session = await ort.InferenceSession.create(join(saved, 'model.onnx'));
  const { nodes, features } = nasbench201.graph;
  for (const batch of [1, 7]) {
    const cells = task.samples.architectures.slice(0, batch);
    const inputs = graphEncoding.encode(nasbench201, cells);
    const { latency_ms } = await session.run({
      features: new ort.Tensor('float32', inputs.features, [batch, nodes, features.length]),
      adjacency: new ort.Tensor('float32', inputs.adjacency, [batch, nodes, nodes]),
    });
    const expected = await predictor.predict(cells);
    (latency_ms.data as Float32Array).forEach((ms, i) => {
      assert.ok(Math.abs(ms - expected[i]) < 1e-4 * ms);
    });
  }
  await predictor.release();
});

test('a saved predictor says how wide its intervals are, and its card how they were calibrated', async () => {
  const predictor = await loadPredictor(saved);
  const { interval, scores } = predictor.card;
  // The 30 validation samples, and 30 more from each of five further fits.
  assert.deepEqual([interval?.level, interval?.calibrationSamples], [0.9, 180]);
  const { architectures, values: latencyMs } = task.samples;
  const [predictedMs, spread] = [
    await predictor.predict(architectures),
    await predictor.spread!(architectures),
  ];
  const inside = latencyMs.filter((ms, i) => {
    const { low: lowMs, high: highMs } = intervalAt(spread, i, predictedMs[i]);
    return lowMs <= ms && ms <= highMs;
  });
  assert.ok(inside.length > 0.75 * latencyMs.length, `${inside.length} of ${latencyMs.length}`);
  assert.ok(scores.test!.coverage90! > 0.7 && scores.test!.width90! > 0);
  assert.deepEqual((await predictor.spread!([])).logHigh, new Float32Array(0));
  await predictor.release();
});

test('interval.onnx alone gives the same widths in a bare onnxruntime', async () => {
  const predictor = await loadPredictor(saved);
  const session = await ort.InferenceSession.create(join(saved, 'interval.onnx'));
  const cells = task.samples.architectures.slice(0, 5);
  const { x } = slotsEncoding.encode(nasbench201, cells);
  const { log_low, log_high, unfamiliarity } = await session.run({
    x: new ort.Tensor('float32', x, [5, 30]),
  });
  const expected = await predictor.spread!(cells);
  assert.deepEqual(log_low.data, expected.logLow);
  assert.deepEqual(log_high.data, expected.logHigh);
  assert.deepEqual(unfamiliarity.data, expected.unfamiliarity);
  await predictor.release();
});

test('a folder without intervals, as older versions wrote them, predicts without them', async () => {
  const folder = temporaryFolder();
  const { interval, ...card } = JSON.parse(await readFile(join(saved, 'card.json'), 'utf8'));
  assert.ok(interval);
  await writeFile(join(folder, 'card.json'), JSON.stringify(card));
  await copyFile(join(saved, 'model.onnx'), join(folder, 'model.onnx'));
  const predictor = await loadPredictor(folder);
  assert.equal(predictor.spread, undefined);
  assert.equal((await predictor.predict(task.samples.architectures)).length, task.samples.values.length);
  await predictor.release();
});

test('an interrupted training has intervals from what was held out until then', async () => {
  const folder = temporaryFolder();
  const interrupt = new AbortController();
  const { card } = await trainPredictor(folder, {
    ...task,
    options: { ...QUICK, epochs: 3 },
    hooks: { signal: interrupt.signal, onFold: (done) => done === 1 && interrupt.abort() },
  });
  assert.equal(card.interval?.calibrationSamples, 60);
});

test('a training that ends among its further fits goes on with the next one', async () => {
  const folder = temporaryFolder();
  let fits = 0;
  const counting: PredictorKind = {
    ...task.kind,
    fit(given) {
      fits++;
      return task.kind.fit(given);
    },
  };
  const checkpoint = join(folder, '.checkpoint');
  const run = (onFold: (done: number) => void) =>
    trainPredictor(folder, { ...task, kind: counting, hooks: { checkpoint, onFold } });
  await assert.rejects(
    run((done) => {
      if (done === 3) throw new Error('killed');
    }),
    /killed/,
  );
  assert.equal(fits, 4);
  await run(() => {});
  assert.equal(fits, 6);
  for (const file of ['model.onnx', 'interval.onnx']) {
    const [a, b] = await Promise.all([saved, folder].map((f) => readFile(join(f, file))));
    assert.ok(a.equals(b), file);
  }
  assert.deepEqual((await readdir(folder)).sort(), ['card.json', 'interval.onnx', 'model.onnx']);
});

test('training again with the same seed makes the same model', async () => {
  const folder = temporaryFolder();
  await trainPredictor(folder, task);
  for (const file of ['model.onnx', 'interval.onnx']) {
    const [a, b] = await Promise.all([saved, folder].map((f) => readFile(join(f, file))));
    assert.ok(a.equals(b), file);
  }
});

test('a damaged folder is refused with the file and the reason', async () => {
  const folder = temporaryFolder();
  const [model, card] = [join(folder, 'model.onnx'), join(folder, 'card.json')];
  await assert.rejects(loadPredictor(folder), /card\.json: there is no such file/);
  await writeFile(card, 'half a ca');
  await assert.rejects(loadPredictor(folder), /card\.json: not JSON/);
  const whole = JSON.parse(await readFile(join(saved, 'card.json'), 'utf8')) as Record<string, unknown>;
  await writeFile(card, JSON.stringify({ ...whole, seed: 'one' }));
  await assert.rejects(loadPredictor(folder), /card\.json, field \/seed/);
  await writeFile(card, JSON.stringify(whole));
  await assert.rejects(loadPredictor(folder), /model\.onnx: there is no such file/);
  await writeFile(model, 'not this one');
  await assert.rejects(loadPredictor(folder), /model\.onnx: the model's hash is/);
  await copyFile(join(saved, 'model.onnx'), model);
  await assert.rejects(loadPredictor(folder), /interval\.onnx: there is no such file/);
  await writeFile(join(folder, 'interval.onnx'), 'nor this');
  await assert.rejects(loadPredictor(folder), /interval\.onnx: the model's hash is/);
});

test('the graph network learns MnasNet, a space of chains', async () => {
  const random = new Random(6);
  const architectures = Array.from({ length: 400 }, () => mnasnet.sample(random));
  const samples = {
    architectures,
    metric: LATENCY,
    values: Float64Array.from(architectures, (a) => 1 + mnasnet.macs(a) / 1e8),
  };
  const parts = cut(mnasnet, samples, { kind: 'random', train: 200, valid: 40, seed: 1 });
  const { test: scores } = await runTrial({
    kind: predictorNamed('gcn'),
    space: mnasnet,
    deadOperations: 'timed',
    split: parts,
    seed: 1,
    options: { ...QUICK, epochs: 40 },
  });
  assert.ok(scores && scores.within10 > 0.9, `±10 % ${scores?.within10}`);
});
