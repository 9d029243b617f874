import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { evidenceOf, familiarityOf } from '../../../src/predictors/kernels/familiarity.js';
import { fitKernels, KernelsModel } from '../../../src/predictors/kernels/kernels-model.js';
import {
  calibratedMultiple,
  leaveFamiliesOut,
  leftOutScores,
} from '../../../src/predictors/kernels/left-out-families.js';
import { loadKernels, saveKernels } from '../../../src/predictors/kernels/saved.js';
import type { TimedNetwork } from '../../../src/predictors/kernels/timed-network.js';
import type { Kernel } from '../../../src/runtimes/kernel.js';

const EMPTY: Kernel = {
  kind: 'Relu',
  dtype: 'float32',
  macs: 0,
  paddedMacs: 0,
  inBytes: 0,
  outBytes: 0,
  weightBytes: 0,
  m: 0,
  n: 0,
  k: 0,
  batch: 1,
  window: 0,
  stride: 1,
  dilation: 1,
  groups: 1,
  inChannels: 0,
  outChannels: 0,
  activation: '',
  fusedSum: false,
  innerLength: 0,
  steps: 0,
};

/** Microseconds on a made-up device: a product's rate falls where it is narrow, the others move bytes. */
function truth({ kind, macs, inBytes, outBytes, n }: Kernel): number {
  return kind === 'Gemm' ? 2 + (macs / 50_000) * (1 + 8 / n) : 1 + (inBytes + outBytes) / 5000;
}

function kernel(random: Random): Kernel {
  const [m, n] = [8 + random.integer(200), 4 + random.integer(200)];
  const k = 16 + random.integer(200);
  if (random.uniform() < 0.5) {
    return {
      ...EMPTY,
      kind: random.uniform() < 0.5 ? 'Relu' : 'Add',
      inBytes: 4 * m * n,
      outBytes: 4 * m * n,
      m,
    };
  }
  const macs = m * n * k;
  return {
    ...EMPTY,
    kind: 'Gemm',
    macs,
    paddedMacs: macs,
    inBytes: 4 * m * k,
    outBytes: 4 * m * n,
    weightBytes: 4 * n * k,
    m,
    n,
    k,
  };
}

const CALL_US = 15;

function networks(count: number, families: number, seed: number): TimedNetwork[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const kernels = Array.from({ length: 5 + random.integer(20) }, () => kernel(random));
    const kernelUs = kernels.map((each) => truth(each));
    const totalUs = CALL_US + kernelUs.reduce((sum, us) => sum + us, 0);
    return { name: `n${i}`, family: `f${i % families}`, kernels, kernelUs, totalUs };
  });
}

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

test('kernels add up, with the call, to the network', () => {
  const known = networks(20, 4, 1);
  const { posterior, ...model } = { posterior: fitKernels(known), predict: undefined };
  assert.equal(model.predict, undefined);
  const { totalUs, kernels } = new KernelsModel(posterior).predict(known[0].kernels);
  const sum = kernels.reduce((us, { count, us: each }) => us + count * each, 0);
  assert.ok(Math.abs(totalUs - sum - CALL_US) < 0.5);
});

test('a saved predictor answers as the one that was saved, and a changed file is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tempograph-'));
  try {
    const known = networks(20, 4, 1);
    const posterior = fitKernels(known);
    const { kinds } = evidenceOf(known);
    await saveKernels(folder, posterior, {
      format: 'tempograph-kernels/1',
      device: 'made_up',
      description: 'made up',
      runtime: 'none',
      level: 'all',
      data: {
        name: '',
        source: '',
        licence: '',
        sha256: '',
        networks: 20,
        profiled: 20,
        families: {},
        probes: null,
        noise: null,
      },
      kinds: Object.fromEntries(kinds),
      latencyMs: { least: 0.01, greatest: 100 },
      interval: { level: 0.9, multiple: 2, coverage: null, width: null },
      scores: { familiar: null, unfamiliar: null },
      versions: {},
      createdAt: new Date(0).toISOString(),
    });
    const saved = (await loadKernels(folder)).predictKernels(known[0].kernels);
    const { totalUs, logStd } = new KernelsModel(posterior).predict(known[0].kernels);
    // Single precision.
    assert.ok(Math.abs(saved.totalUs / totalUs - 1) < 1e-3);
    assert.ok(Math.abs(saved.logStd / logStd - 1) < 0.05);
    assert.ok(
      saved.interval && saved.interval.lowMs < saved.latencyMs && saved.latencyMs < saved.interval.highMs,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('families left out: scores are of networks of unseen families, and a multiple covers nine tenths of them', async () => {
  const left = await leaveFamiliesOut(networks(48, 6, 1), undefined);
  assert.equal(left.length, 48);
  const scores = leftOutScores(left);
  assert.ok(scores && scores.within10 > 0.9);
  const multiple = calibratedMultiple(left, 0.9) as number;
  const inside = left.filter(
    ({ network, time }) =>
      Math.abs(Math.log(network.totalUs / time.totalUs)) <= multiple * Math.hypot(time.logStd, 0.05),
  );
  assert.ok(inside.length >= 0.9 * 48);
  assert.equal(
    calibratedMultiple(
      left.filter(({ network }) => network.family < 'f3'),
      0.9,
    ),
    undefined,
  );
});
