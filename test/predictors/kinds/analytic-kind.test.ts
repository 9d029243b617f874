import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Matrix } from 'ml-matrix';
import { Random } from '../../../src/base/random.js';
import { loadSamples } from '../../../src/datasets/load.js';
import { type Samples, select } from '../../../src/datasets/samples.js';
import { analyticDevice, calibratedDevice } from '../../../src/devices/catalogue.js';
import { dpuModel } from '../../../src/devices/dpu/dpu.js';
import { LATENCY } from '../../../src/metrics/metric.js';
import { runTrial } from '../../../src/predictors/evaluation.js';
import { evidenceRidge } from '../../../src/predictors/evidence-ridge.js';
import { analyticKind, priorNamed } from '../../../src/predictors/kinds/analytic-kind.js';
import { lookupKind } from '../../../src/predictors/kinds/linear.js';
import { layerTimes, TOTAL } from '../../../src/predictors/layer-times.js';
import { loadPredictor } from '../../../src/predictors/saved/saved.js';
import { trainPredictor } from '../../../src/predictors/train.js';
import { mnasnet } from '../../../src/spaces/mnasnet/space.js';
import type { Architecture } from '../../../src/spaces/space.js';
import { needsShared, sharedData } from '../../shared-data.js';
import { temporaryFolder } from '../../temporary-folder.js';

const MNASNET = 'accelnasbench/mnasnet_accel.csv.gz';
const zcu102 = analyticDevice('dpu:zcu102');

/** Networks on a device that is like the analytic one, but for the layers that a factor is given for. */
function samples(count: number, seed: number, factor: (feature: string) => number): Samples {
  const random = new Random(seed);
  const architectures = Array.from({ length: count }, () => mnasnet.sample(random));
  const latencyMs = Float64Array.from(architectures, (architecture: Architecture) => {
    const times = layerTimes(zcu102, mnasnet.toNetwork(architecture));
    let ms = times.get(TOTAL)!;
    for (const [feature, layerMs] of times) ms += (factor(feature) - 1) * layerMs;
    return ms;
  });
  return { architectures, metric: LATENCY, values: latencyMs };
}

const none: Samples = { architectures: [], metric: LATENCY, values: new Float64Array() };

const trial = { space: mnasnet, deadOperations: 'timed', seed: 1 } as const;

describe('evidence ridge', () => {
  const random = new Random(1);
  const x = Matrix.zeros(60, 4).apply(function (this: Matrix, i: number, j: number) {
    this.set(i, j, random.uniform() - 0.5);
  });

  it('finds the weights of targets without noise', () => {
    const truth = [0.2, -0.1, 0, 0.3];
    const { weights } = evidenceRidge(x, x.mmul(Matrix.columnVector(truth)).to1DArray());
    for (const [i, weight] of weights.entries()) assert.ok(Math.abs(weight - truth[i]) < 0.01);
  });

  it('keeps weights near zero where targets are noise, and says how much of it there is', () => {
    const noise = Array.from({ length: 60 }, () => 0.02 * (random.uniform() + random.uniform() - 1));
    const { weights, noiseVariance } = evidenceRidge(x, noise);
    for (const weight of weights) assert.ok(Math.abs(weight) < 0.02, `${weight}`);
    assert.equal(noiseVariance, 1e-4);
  });
});

describe('analytic predictor', () => {
  it('leaves a device as it is where measurements agree with it', async () => {
    const kind = analyticKind(calibratedDevice('dpu:zcu102'));
    const split = { train: samples(20, 1, () => 1), valid: none, test: samples(50, 2, () => 1) };
    const { test } = await runTrial({ ...trial, kind, split });
    assert.ok(test!.mape < 1e-4, `${test!.mape}`);
  });

  it('learns from 30 networks which layers a device runs slower', async () => {
    const slow = (feature: string) => (feature === 'conv2d 5×5 grouped' ? 1.5 : 1);
    const split = { train: samples(30, 1, slow), valid: none, test: samples(50, 2, slow) };
    const kind = analyticKind(calibratedDevice('dpu:zcu102'));
    const { test } = await runTrial({ ...trial, kind, split });
    assert.ok(test!.mape < 0.01, `${test!.mape}`);
    const uncorrected = samples(50, 2, () => 1).values;
    const error = uncorrected.reduce((sum, ms, i) => sum + Math.abs(ms / split.test.values[i] - 1) / 50, 0);
    assert.ok(error > 0.1, `${error}`);
  });

  it('answers from its folder as it did when it was trained', async () => {
    const folder = temporaryFolder();
    const { trial, card } = await trainPredictor(folder, {
      space: mnasnet,
      deadOperations: 'timed',
      device: 'board',
      facts: { description: 'a board', batchSize: 1, precision: 'int8' },
      samples: samples(40, 3, (feature) => (feature === 'mul' ? 0.5 : 1)),
      data: { name: 'd', source: 's', licence: 'l', sha256: 'x' },
      kind: analyticKind(dpuModel),
      split: { kind: 'random', train: 25, valid: 5, seed: 1 },
      options: {},
    });
    assert.equal(card.predictor, 'analytic');
    assert.equal(card.prior?.device.model, 'dpu');
    const predictor = await loadPredictor(folder);
    const { architectures } = samples(40, 3, () => 1);
    const ms = await predictor.predict(architectures);
    await predictor.release();
    for (const predicted of trial.predicted) assert.ok(ms.includes(predicted));
  });

  it('is named by a device model, a device, or nothing else', () => {
    assert.equal(priorNamed('dpu'), dpuModel);
    assert.equal((priorNamed('dpu:zcu102') as { id: string }).id, 'dpu:zcu102');
    assert.throws(() => priorNamed('gpu'), /no analytic device "gpu"; known are fnas:pynq_z1/);
  });

  it('is better with 50 measurements of a ZCU102 than a lookup of blocks with 200', {
    skip: needsShared(MNASNET),
  }, async () => {
    const all = await loadSamples(sharedData(MNASNET)!, { space: mnasnet, duplicates: 'mean' });
    const order = new Random(4).shuffle([...all.values.keys()]);
    const [fifty, most, rest] = [order.slice(0, 50), order.slice(0, 160), order.slice(200, 500)];
    const test = select(all, rest);
    const analytic = { train: select(all, fifty), valid: none, test };
    const lookup = { train: select(all, most), valid: select(all, order.slice(160, 200)), test };
    const ours = await runTrial({ ...trial, kind: analyticKind(dpuModel), split: analytic });
    const theirs = await runTrial({ ...trial, kind: lookupKind, split: lookup });
    assert.ok(ours.test!.mape < 0.02, `${ours.test!.mape}`);
    assert.ok(ours.test!.mape < theirs.test!.mape / 5);
  });
});
