import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../src/base/random.js';
import type { NetworkDataset } from '../../../src/datasets/networks/load.js';
import { evidenceOf, familiarityOf } from '../../../src/predictors/kernels/familiarity.js';
import { fitKernels, KernelsModel } from '../../../src/predictors/kernels/kernels-model.js';
import {
  calibratedMultiple,
  calibrationByFamilies,
  errorScale,
  type LeftOutNetwork,
  leaveFamiliesOut,
  leftOutFamilyScores,
} from '../../../src/predictors/kernels/left-out-families.js';
import { loadKernels } from '../../../src/predictors/kernels/saved.js';
import type { TimedNetwork } from '../../../src/predictors/kernels/timed-network.js';
import { trainKernels } from '../../../src/predictors/kernels/train.js';
import { DEFAULT_RUNTIME } from '../../../src/runtimes/index.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { CALL_US, EMPTY, networks, saveMadeUpKernels } from './made-up-kernels.js';

const errorsOf = (known: readonly TimedNetwork[], asked: readonly TimedNetwork[]) => {
  const model = new KernelsModel(fitKernels(known));
  return asked.map(({ kernels, totalUs = 0 }) => Math.abs(model.predict(kernels).totalUs / totalUs - 1));
};

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

test('from profiles of 40 networks others are predicted within 3 %', () => {
  assert.ok(mean(errorsOf(networks(40, 4, 1), networks(30, 1, 2))) < 0.03);
});

test('totals alone teach less than profiles, and more than nothing; both can be mixed', () => {
  const [profiled, asked] = [networks(40, 4, 1), networks(30, 1, 2)];
  const totals = profiled.map(({ kernelUs: _, ...rest }) => rest);
  const error = mean(errorsOf(totals, asked));
  assert.ok(error < 0.1, `${error}`);
  assert.ok(error > mean(errorsOf(profiled, asked)));
  assert.ok(mean(errorsOf([...profiled.slice(0, 10), ...totals.slice(10)], asked)) < error);
});

test('of totals that contradict each other more is learned with each step, not less', () => {
  const random = new Random(1);
  const known = networks(60, 4, 1).map(({ kernelUs: _, totalUs = 0, ...rest }) => ({
    ...rest,
    totalUs: totalUs * Math.exp(1.02 * (2 * random.uniform() - 1)),
  }));
  const model = new KernelsModel(fitKernels(known));
  const errors = known.map(({ kernels, totalUs }) =>
    Math.abs(Math.log(model.predict(kernels).totalUs / totalUs)),
  );
  // By the truth they are 0.51 off; steps that went too far left 0.53.
  assert.ok(mean(errors) < 0.4, `${mean(errors)}`);
});

test('kernels that the clock cannot tell from nothing are predicted as next to nothing', () => {
  const random = new Random(5);
  // What fits a cache is copied in no time.
  const copy = (most: number) => {
    const bytes = 4 * (64 + random.integer(most));
    return { ...EMPTY, kind: 'Transpose', inBytes: bytes, outBytes: bytes };
  };
  const known = networks(40, 4, 1).map((network) => {
    const copies = [copy(2000), copy(100_000)];
    return {
      ...network,
      kernels: [...network.kernels, ...copies],
      kernelUs: [
        ...(network.kernelUs ?? []),
        ...copies.map(({ inBytes }) => Math.max(0.2, (inBytes - 16_000) / 2500)),
      ],
    };
  });
  const small = Array.from({ length: 30 }, () => copy(2000));
  const { kernels } = new KernelsModel(fitKernels(known)).predict(small);
  for (const { us } of kernels) assert.ok(us < 0.8, `${us}`);
});

test('a kernel of a kind that was never measured widens the deviation, and is named', () => {
  const known = networks(40, 4, 1);
  const model = new KernelsModel(fitKernels(known));
  const [{ kernels }] = networks(1, 1, 3);
  const odd = { ...EMPTY, kind: 'LSTM', macs: 4e7, paddedMacs: 4e7, inBytes: 4e4, outBytes: 4e4, steps: 50 };
  const [usual, unusual] = [kernels, [...kernels, odd]].map((each) => model.predict(each));
  assert.ok(unusual.logStd > 3 * usual.logStd);
  assert.equal(familiarityOf(evidenceOf(known), usual).familiar, true);
  const { familiar, kinds } = familiarityOf(evidenceOf(known), unusual);
  assert.equal(familiar, false);
  assert.deepEqual(
    kinds.map(({ kind, measured }) => [kind, measured]),
    [['LSTM', 0]],
  );
});

test('a network beyond the latencies that were measured is not familiar', () => {
  const known = networks(40, 4, 1);
  const model = new KernelsModel(fitKernels(known));
  const long = known.flatMap(({ kernels }) => kernels);
  assert.equal(familiarityOf(evidenceOf(known), model.predict(long)).outOfRange, true);
});

test('a network of kernels that are little longer than the steps of the clock is not familiar', () => {
  const known = networks(40, 4, 1);
  const [{ kernels }] = networks(1, 1, 3);
  const time = new KernelsModel(fitKernels(known)).predict(kernels);
  const scaled = (averageUs: number) => {
    const runs = time.kernels.reduce((sum, { count }) => sum + count, 0);
    const factor = (averageUs * runs) / time.totalUs;
    return {
      ...time,
      totalUs: averageUs * runs,
      kernels: time.kernels.map((one) => ({ ...one, us: one.us * factor })),
    };
  };
  const evidence = { ...evidenceOf(known), rangeUs: [0, 1e9] as const };
  // Steps of 0.8 µs are 5 % of kernels of 16 µs.
  assert.equal(familiarityOf(evidence, scaled(17)).familiar, true);
  const short = familiarityOf(evidence, scaled(15));
  assert.equal(short.familiar, false);
  assert.deepEqual(short.kinds, []);
});

test('kernels add up, with the call, to the network', () => {
  const known = networks(20, 4, 1);
  const { totalUs, kernels } = new KernelsModel(fitKernels(known)).predict(known[0].kernels);
  const sum = kernels.reduce((us, { count, us: each }) => us + count * each, 0);
  assert.ok(Math.abs(totalUs - sum - CALL_US) < 0.5);
});

test('a network that was predicted before has the same time again', () => {
  const model = new KernelsModel(fitKernels(networks(40, 4, 1)));
  const [{ kernels }] = networks(1, 1, 3);
  assert.deepEqual(model.predict(kernels), model.predict([...kernels]));
});

test('a saved predictor answers as the one that was saved, and a changed file is refused', async () => {
  const folder = temporaryFolder();
  const known = networks(20, 4, 1);
  const posterior = fitKernels(known);
  await saveMadeUpKernels(folder, known, posterior);
  const saved = (await loadKernels(folder)).predictKernels(known[0].kernels);
  const { totalUs, logStd } = new KernelsModel(posterior).predict(known[0].kernels);
  // Single precision.
  assert.ok(Math.abs(saved.totalUs / totalUs - 1) < 1e-3);
  assert.ok(Math.abs(saved.logStd / logStd - 1) < 0.05);
  assert.ok(
    saved.interval && saved.interval.lowMs < saved.latencyMs && saved.latencyMs < saved.interval.highMs,
  );
});

test('families left out: scores are of networks of unseen families, and a multiple covers nine tenths of them', async () => {
  const left = await leaveFamiliesOut(networks(48, 6, 1), new Set());
  assert.equal(left.length, 48);
  const scores = leftOutFamilyScores(left);
  assert.ok(scores && scores.within10 > 0.9);
  const multiple = calibratedMultiple(left, 0.9) as number;
  const inside = left.filter(
    ({ network, time }) =>
      Math.abs(Math.log(network.totalUs / time.totalUs)) <= multiple * Math.hypot(time.logStd, 0.05),
  );
  assert.ok(inside.length >= 0.85 * 48);
  assert.equal(
    calibratedMultiple(
      left.filter(({ network }) => network.family < 'f3'),
      0.9,
    ),
    undefined,
  );
});

test('limits are met by networks of new families as often as is said, where errors lean to one side', () => {
  const random = new Random(7);
  const left = Array.from({ length: 400 }, (_, i): LeftOutNetwork => {
    const logStd = 0.05 + 0.1 * random.uniform();
    const scale = errorScale({ totalUs: 1000, logStd, kernels: [] });
    const totalUs = 1000 * Math.exp(-scale * Math.log(random.uniform()));
    return {
      network: { name: `n${i}`, family: `f${i % 10}`, kernels: [], totalUs },
      time: { totalUs: 1000, logStd, kernels: [] },
      familiar: i % 3 > 0,
    };
  });
  for (const { predicted, observed } of calibrationByFamilies(left, 0.9)!) {
    assert.ok(Math.abs(observed - predicted) < 0.06, `${observed} of ${predicted}`);
  }
  assert.equal(
    calibrationByFamilies(
      left.filter(({ network }) => network.family < 'f5'),
      0.9,
    ),
    undefined,
  );
});

test('a card says where measurements lie along intervals, and whether limits hold', async () => {
  const known = networks(48, 6, 1);
  const card = await trainKernels(temporaryFolder(), {
    dataset: { networks: [], sha256: '0' } as unknown as NetworkDataset,
    networks: known,
    device: 'made_up',
    description: 'a made-up device',
    runtime: DEFAULT_RUNTIME,
  });
  const { multiple, unfamiliarMultiple, quantiles, calibration } = card.interval!;
  assert.ok(multiple > 0 && unfamiliarMultiple >= multiple);
  assert.equal(quantiles?.length, 17);
  assert.deepEqual(
    calibration?.map(({ predicted }) => predicted),
    [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95],
  );
});

test('from another device ten totals teach a device at another pace more than they do alone', () => {
  const source = fitKernels(networks(60, 4, 1));
  // Everything takes a third of the time, and copies half of that.
  const there = (seed: number, count: number) =>
    networks(count, 4, seed).map(({ kernels, kernelUs = [], ...rest }) => {
      const us = kernelUs.map((time, i) => time / (kernels[i].kind === 'Gemm' ? 3 : 6));
      return { ...rest, kernels, totalUs: CALL_US + us.reduce((sum, x) => sum + x, 0) };
    });
  const [known, asked] = [there(2, 10), there(3, 60)];
  const errorFrom = (posterior: ReturnType<typeof fitKernels>) => {
    const model = new KernelsModel(posterior);
    return mean(asked.map(({ kernels, totalUs }) => Math.abs(model.predict(kernels).totalUs / totalUs - 1)));
  };
  const [with_, alone] = [errorFrom(fitKernels(known, source)), errorFrom(fitKernels(known))];
  assert.ok(with_ < 0.7 * alone, `${with_} against ${alone}`);
  // What only the other device has run is kept.
  const gemms = known.map((network) => ({
    ...network,
    kernels: network.kernels.filter(({ kind }) => kind === 'Gemm'),
  }));
  assert.ok(fitKernels(gemms, source).rates.kinds.has('Relu'));
});
