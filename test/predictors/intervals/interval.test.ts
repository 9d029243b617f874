import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { chosenColumns, slotsEncoding } from '../../../src/predictors/encodings/encoding.js';
import { fitFamiliarity } from '../../../src/predictors/intervals/familiarity.js';
import { type FittedInterval, fitInterval } from '../../../src/predictors/intervals/interval.js';
import { IntervalModel, intervalAt, type Spread } from '../../../src/predictors/intervals/interval-model.js';
import { fitQuantile } from '../../../src/predictors/intervals/quantile-regression.js';
import { probabilityWithin } from '../../../src/predictors/intervals/within-limit.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import type { Architecture } from '../../../src/spaces/space.js';

const COLUMNS = slotsEncoding.inputs(nasbench201)[0].shape[0];
const rowsOf = (cells: readonly Architecture[]) => cells.map((cell) => chosenColumns(nasbench201, cell));
const convolutions = (cell: Architecture) =>
  nasbench201.units(cell).filter((unit) => unit.startsWith('nor_conv')).length;

function cells(count: number, random: Random, wanted = (_: Architecture) => true): Architecture[] {
  const found: Architecture[] = [];
  while (found.length < count) {
    const cell = nasbench201.sample(random);
    if (wanted(cell)) found.push(cell);
  }
  return found;
}

/** Residuals of a device that is noisy, by a factor of four, where the first edge is a 3×3 convolution; more so upwards. */
function residual(cell: Architecture, random: Random): number {
  return (random.uniform() - 0.25) * (isNoisy(cell) ? 0.4 : 0.1);
}
const isNoisy = (cell: Architecture) => cell[0] === 3;

/** By Box and Muller. */
const normal = (random: Random) =>
  Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

async function fittedOf(known: readonly Architecture[], residuals: Float64Array): Promise<FittedInterval> {
  const positions = Array.from(residuals, (_, i) => i);
  const fitted = await fitInterval(nasbench201, known, { positions, residuals });
  assert.ok(fitted);
  return fitted;
}

async function spreadBy({ onnx }: FittedInterval, asked: readonly Architecture[]): Promise<Spread> {
  const model = await IntervalModel.create(onnx, nasbench201, 'timed', 0.9);
  const spread = await model.spread(asked);
  await model.release();
  return spread;
}

const spreadOf = async (known: readonly Architecture[], residuals: Float64Array, asked: Architecture[]) =>
  spreadBy(await fittedOf(known, residuals), asked);

test('quantile regression finds the quantile of each group', () => {
  const random = new Random(1);
  const rows = Array.from({ length: 4000 }, (_, i) => Uint32Array.of(i % 2));
  const y = Float64Array.from(rows, ([group]) => random.uniform() * (group === 0 ? 1 : 3));
  const { intercept, weights } = fitQuantile(rows, 2, y, 0.9);
  assert.ok(Math.abs(intercept + weights[0] - 0.9) < 0.06, `${intercept + weights[0]}`);
  assert.ok(Math.abs(intercept + weights[1] - 2.7) < 0.12, `${intercept + weights[1]}`);
});

test('the distance of an architecture from the others is what it is when it is really left out', () => {
  const rows = rowsOf(cells(40, new Random(2)));
  const all = fitFamiliarity(rows, COLUMNS);
  const { precision } = fitFamiliarity(rows.slice(1), COLUMNS);
  let squared = 0;
  for (const k of rows[0]) for (const l of rows[0]) squared += precision.get(k, l);
  assert.ok(Math.abs(all.distances[0] - Math.sqrt(squared)) < 1e-9);
});

test('intervals cover nine of ten new samples, and are wide where residuals are', async () => {
  const random = new Random(3);
  let covered = 0;
  const fresh = cells(2000, random);
  const repeats = 8;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const known = cells(600, random);
    const residuals = Float64Array.from(known, (cell) => residual(cell, random));
    const { logLow, logHigh } = await spreadOf(known, residuals, fresh);
    covered += fresh.filter((cell, i) => {
      const log = residual(cell, random);
      return logLow[i] <= log && log <= logHigh[i];
    }).length;
    const mean = (of: (cell: Architecture) => boolean) => {
      const widths = logHigh.filter((_, i) => of(fresh[i]));
      return widths.reduce((sum, w) => sum + w, 0) / widths.length;
    };
    // The true quantiles are 0.28 and 0.07; downwards -0.08 and -0.02.
    assert.ok(mean(isNoisy) > 2 * mean((cell) => !isNoisy(cell)));
    assert.ok(fresh.every((_, i) => logHigh[i] > -2 * logLow[i] && logLow[i] < 0));
  }
  const share = covered / (repeats * fresh.length);
  assert.ok(Math.abs(share - 0.9) < 0.015, `${share}`);
});

for (const lean of [-0.9, -0.4, 0, 0.4, 0.9]) {
  test(`limits are met as often as said on either side, of errors of which half lie below ${lean}`, async () => {
    const random = new Random(7);
    // A normal distribution: between its quantiles no straight line holds.
    const noise = (cell: Architecture) => (isNoisy(cell) ? 0.2 : 0.05) * (lean + normal(random));
    const known = cells(1000, random);
    const fitted = await fittedOf(known, Float64Array.from(known, noise));
    const fresh = cells(4000, random);
    const spread = await spreadBy(fitted, fresh);
    const own = fresh.map((cell, i) => {
      const limit = Math.exp(noise(cell));
      return probabilityWithin(spread, i, fitted, { value: 1, limit, better: 'less' });
    });
    for (const said of [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95]) {
      const observed = own.filter((probability) => probability <= said).length / own.length;
      assert.ok(Math.abs(observed - said) < 0.05, `${said}: ${observed}`);
    }
  });
}

test('the ends of an interval are its outermost quantiles; errors of one sign have them all on that side', async () => {
  const random = new Random(8);
  const known = cells(300, random);
  const positionsOf = async (of: () => number) =>
    (await fittedOf(known, Float64Array.from(known, of))).quantiles!.map(({ position }) => position);
  const both = await positionsOf(() => random.uniform() - 0.5);
  assert.ok(Math.abs(both[0]) < 1e-12 && Math.abs(both.at(-1)! - 1) < 1e-12);
  const rising = (positions: number[]) => positions.every((p, k) => k === 0 || p >= positions[k - 1]);
  const slower = await positionsOf(() => 0.1 + random.uniform());
  assert.ok(slower[0] > 0 && Math.abs(slower.at(-1)! - 1) < 1e-12);
  const faster = await positionsOf(() => -0.1 - random.uniform());
  assert.ok(Math.abs(faster[0]) < 1e-12 && faster.at(-1)! < 1);
  for (const positions of [both, slower, faster]) assert.ok(rising(positions));
});

test('an architecture unlike those measured is flagged, and its interval is wider', async () => {
  const random = new Random(4);
  const few = (cell: Architecture) => convolutions(cell) <= 2;
  const known = cells(900, random, few);
  // Convolutions make residuals small, as they do on devices whose noise is the same for all networks. That must
  // not be continued to networks of many convolutions.
  const residuals = Float64Array.from(known, (cell) => random.uniform() * 0.3 * 0.5 ** convolutions(cell));
  const similar = await spreadOf(known, residuals, cells(2000, random, few));
  const unlike = await spreadOf(
    known,
    residuals,
    cells(500, random, (cell) => convolutions(cell) >= 4),
  );
  const flagged = ({ unfamiliarity }: Spread) =>
    unfamiliarity.filter((u) => u > 1).length / unfamiliarity.length;
  assert.ok(flagged(similar) < 0.03, `${flagged(similar)} of what is similar`);
  assert.ok(flagged(unlike) > 0.95, `${flagged(unlike)} of what is not`);
  const median = ({ logHigh }: Spread) => logHigh.slice().sort()[logHigh.length >> 1];
  assert.ok(median(unlike) > 1.2 * median(similar), `${median(unlike)} against ${median(similar)}`);
});

test('an option that was never seen is unfamiliar', async () => {
  const random = new Random(5);
  const known = cells(300, random, (cell) => cell[5] !== 4);
  const residuals = Float64Array.from(known, () => random.uniform());
  const { unfamiliarity } = await spreadOf(
    known,
    residuals,
    cells(50, random, (cell) => cell[5] === 4),
  );
  assert.ok(unfamiliarity.every((u) => u > 1));
});

test('there is no 90 % interval from fewer than nineteen residuals', async () => {
  const known = cells(19, new Random(6));
  const first = (count: number) => ({
    positions: Array.from({ length: count }, (_, i) => i),
    residuals: new Float64Array(count).fill(0.1),
  });
  assert.equal(await fitInterval(nasbench201, known, first(0)), undefined);
  assert.equal(await fitInterval(nasbench201, known, first(18)), undefined);
  assert.ok(await fitInterval(nasbench201, known, first(19)));
});

test('the ends of an interval are ratios to the prediction', () => {
  const spread = {
    level: 0.9,
    logLow: Float32Array.of(0, -Math.log(2)),
    logHigh: Float32Array.of(0, Math.log(3)),
    unfamiliarity: Float32Array.of(0.5, 1.5),
  };
  const { low, high, ...rest } = intervalAt(spread, 1, 10);
  assert.ok(Math.abs(low - 5) < 1e-5 && Math.abs(high - 30) < 1e-5);
  assert.deepEqual(rest, { level: 0.9, unfamiliar: true });
});

test('predictions that are exactly right, one or all, leave intervals and quantiles that a card can keep', async () => {
  const random = new Random(7);
  const known = cells(40, random);
  const one = Float64Array.from(known, (_, i) => (i === 0 ? 0 : random.uniform() - 0.5));
  for (const residuals of [one, new Float64Array(known.length)]) {
    const { quantiles, typical } = await fittedOf(known, residuals);
    assert.ok(quantiles?.every(({ position }) => Number.isFinite(position)));
    assert.ok(typical.low <= 1 && typical.high >= 1);
  }
});
