import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { Cholesky } from '../../../src/predictors/cholesky.js';
import { calibrationOf } from '../../../src/predictors/intervals/calibration.js';
import { IntervalModel } from '../../../src/predictors/intervals/interval-model.js';
import { transferKind } from '../../../src/predictors/kinds/transfer.js';
import { type Adapted, adapt, applyLinear } from '../../../src/predictors/transfer/adapt.js';
import {
  adaptedInterval,
  adaptedQuantiles,
  intervalFactor,
  logErrors,
} from '../../../src/predictors/transfer/adapted-interval.js';
import { createBasis } from '../../../src/predictors/transfer/basis.js';
import { covariance, kernels, Prior } from '../../../src/predictors/transfer/prior.js';
import { type SharedModel, SharedPredictor } from '../../../src/predictors/transfer/shared-predictor.js';
import { relativeDeviation, uncertaintyOf } from '../../../src/predictors/transfer/uncertainty.js';
import { asExecuted } from '../../../src/spaces/executed.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import type { DeadOperations } from '../../../src/spaces/space.js';
import { addedUp, cells, quickPool } from './made-up-devices.js';

let model: SharedModel;
let shared: SharedPredictor;
before(async () => {
  model = await quickPool();
  shared = await SharedPredictor.create(model);
});

const time = addedUp([0, 0.15, 0.7, 2.5, 0.4], 2);

function factorOf(adapted: Adapted, measuredMs: Float64Array): number {
  const { predicted, deviation } = adapted.heldOut();
  return intervalFactor(logErrors(predicted, measuredMs), deviation);
}

test('the variance on the basis is that of the Gaussian process', async () => {
  const basis = await createBasis(nasbench201, 'timed', shared);
  const prior = new Prior(basis);
  const [train, others] = [await basis.columns(cells(12, 1)), await basis.columns(cells(30, 2))];
  const [view, asked] = [prior.view(train), prior.view(others)];
  const hypothesis = { sources: 0.1, counts: 1, places: 0.03 };
  const noise = 0.01;
  const total = Float64Array.from(covariance(kernels(view, view), hypothesis).to1DArray());
  for (let i = 0; i < 12; i++) total[i * 12 + i] += noise;
  const inverse = Cholesky.of(total, 12).inverse();
  const own = { hypothesis, noise, probability: 1, dual: new Float64Array(12), inverse };
  const uncertainty = uncertaintyOf(prior, view, [own], 1);
  const ones = new Float64Array(30).fill(1);
  const deviation = relativeDeviation(uncertainty, basis.means, others, ones);
  const cross = covariance(kernels(asked, view), hypothesis);
  const before = covariance(kernels(asked, asked), hypothesis);
  for (let a = 0; a < 30; a++) {
    let expected = before.get(a, a) + noise;
    for (let i = 0; i < 12; i++) {
      for (let j = 0; j < 12; j++) expected -= cross.get(a, i) * inverse[i * 12 + j] * cross.get(a, j);
    }
    assert.ok(Math.abs(deviation[a] ** 2 / expected - 1) < 1e-5, `${deviation[a] ** 2} and ${expected}`);
  }
});

for (const deadOperations of ['timed', 'pruned'] satisfies DeadOperations[]) {
  test(`interval.onnx says what the posterior says (${deadOperations})`, async () => {
    const basis = await createBasis(nasbench201, deadOperations, shared);
    const [train, others] = [cells(15, 11), cells(50, 12)];
    const random = new Random(13);
    const latencyMs = Float64Array.from(
      asExecuted(nasbench201, deadOperations, train),
      (cell) => time(cell) * (0.95 + 0.1 * random.uniform()),
    );
    const adapted = adapt(basis, await basis.columns(train), latencyMs);
    const columns = await basis.columns(others);
    const expected = relativeDeviation(
      adapted.uncertainty(),
      basis.means,
      columns,
      applyLinear(adapted, columns),
    );
    const wide = factorOf(adapted, latencyMs);
    const interval = await adaptedInterval(model, basis, adapted, latencyMs);
    assert.ok(interval);
    const { intervalEncoding } = transferKind;
    const run = await IntervalModel.create(interval.onnx, nasbench201, deadOperations, 0.9, {
      encoding: intervalEncoding,
    });
    const { logLow, logHigh } = await run.spread(others);
    await run.release();
    assert.equal(interval.quantiles?.length, 17);
    expected.forEach((deviation, i) => {
      assert.ok(Math.abs(logHigh[i] / (wide * deviation) - 1) < 1e-3, `${logHigh[i]}, ${wide * deviation}`);
      assert.equal(logLow[i], -logHigh[i]);
    });
  });
}

test('intervals cover nine of ten new samples of a noisy device', async () => {
  const basis = await createBasis(nasbench201, 'timed');
  const random = new Random(21);
  const noisy = (cell: Parameters<typeof time>[0]) => time(cell) * Math.exp(0.2 * (random.uniform() - 0.5));
  const others = cells(300, 22);
  const columns = await basis.columns(others);
  let covered = 0;
  const repeats = 12;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const train = cells(30, 100 + repeat);
    const latencyMs = Float64Array.from(train, noisy);
    const adapted = adapt(basis, await basis.columns(train), latencyMs);
    const predictedMs = applyLinear(adapted, columns);
    const deviation = relativeDeviation(adapted.uncertainty(), basis.means, columns, predictedMs);
    const wide = factorOf(adapted, latencyMs);
    const errors = logErrors(predictedMs, Float64Array.from(others, noisy));
    covered += errors.filter((error, i) => error <= wide * deviation[i]).length;
  }
  const share = covered / (repeats * others.length);
  assert.ok(Math.abs(share - 0.9) < 0.06, `${share}`);
});

test('limits are met as often as is said where errors lean to one side', async () => {
  const basis = await createBasis(nasbench201, 'timed');
  const random = new Random(23);
  // Measurements are disturbed, and then slower.
  const disturbed = (cell: Parameters<typeof time>[0]) => time(cell) * (1 - 0.1 * Math.log(random.uniform()));
  const others = cells(300, 24);
  const columns = await basis.columns(others);
  const observed = { ends: new Float64Array(10), quantiles: new Float64Array(10) };
  const repeats = 12;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const train = cells(30, 200 + repeat);
    const measured = Float64Array.from(train, disturbed);
    const adapted = adapt(basis, await basis.columns(train), measured);
    const predicted = applyLinear(adapted, columns);
    const wide = factorOf(adapted, measured);
    const logHigh = Float32Array.from(
      relativeDeviation(adapted.uncertainty(), basis.means, columns, predicted),
      (deviation) => wide * deviation,
    );
    const spread = { level: 0.9, logLow: logHigh.map((w) => -w), logHigh, unfamiliarity: logHigh };
    const heldOut = adapted.heldOut();
    const residuals = measured.map((value, i) => Math.log(value / heldOut.predicted[i]));
    const outcome = { predicted, truth: Float64Array.from(others, disturbed), better: 'less' as const };
    for (const [kept, sums] of [
      [undefined, observed.ends],
      [{ quantiles: adaptedQuantiles(residuals, heldOut.deviation, wide) }, observed.quantiles],
    ] as const) {
      calibrationOf(outcome, spread, kept)!.forEach((bin, i) => {
        sums[i] += bin.observed / repeats;
      });
    }
  }
  const off = (shares: Float64Array) =>
    shares.reduce((sum, share, i) => sum + Math.abs(share - (2 * i + 1) / 20) / 10, 0);
  const [before, now] = [off(observed.ends), off(observed.quantiles)];
  assert.ok(now < 0.04 && now < 0.6 * before, `${before}, now ${now}: ${observed.quantiles}`);
});

test('eight samples are too few for a 90 % interval', async () => {
  const basis = await createBasis(nasbench201, 'timed', shared);
  const train = cells(8, 31);
  const latencyMs = Float64Array.from(train, time);
  const adapted = adapt(basis, await basis.columns(train), latencyMs);
  assert.equal(await adaptedInterval(model, basis, adapted, latencyMs), undefined);
});
