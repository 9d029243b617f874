import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { mean } from 'simple-statistics';
import { Random } from '../../../src/base/random.js';
import { withinLimits } from '../../../src/search/constraints.js';
import { LatencyBelief } from '../../../src/search/limits/latency-belief.js';
import { MeasuredLimit } from '../../../src/search/limits/measured-limit.js';
import { measurerOf } from '../../../src/search/limits/measurer.js';
import { poolOfSpace } from '../../../src/search/pool.js';
import { runSearch } from '../../../src/search/run.js';
import { runSeed } from '../../../src/search/seeded-run.js';
import { prepareSearch } from '../../../src/search/setup.js';
import { isTrained, type Trial } from '../../../src/search/trial.js';
import { nasbench201 as space } from '../../../src/spaces/nasbench201/space.js';
import type { Architecture } from '../../../src/spaces/space.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { madeUpAccuracy, madeUpEvaluator, searchWith } from '../made-up.js';

const folder = temporaryFolder();

const pool = poolOfSpace(space, 1);
const latency = (a: Architecture) => a.reduce((sum, option) => sum + [0, 0.2, 1, 3, 0.7][option], 2);
const truth = Float64Array.from(pool.architectures, latency);
/** Predictions that are a fifth too low, scatter by 15 %, and say so. */
const random = new Random(8);
const predicted = truth.map((ms) => 0.8 * ms * Math.exp(0.15 * (2 * random.uniform() - 1)));
const spread = new Float64Array(pool.size).fill(0.2);
const MAX_MS = 10;
const wrongSides = (belief: (candidate: number) => number) =>
  truth.reduce((sum, ms, i) => sum + Number(belief(i) <= MAX_MS !== ms <= MAX_MS), 0) / pool.size;

test('measurements of some correct what is believed of all', () => {
  const belief = new LatencyBelief(pool.architectures, predicted, spread);
  const before = wrongSides((i) => Math.exp(belief.mean[i]));
  for (const i of new Random(2).permutation(pool.size).subarray(0, 20)) belief.learn(i, truth[i]);
  const after = wrongSides((i) => Math.exp(belief.mean[i]));
  assert.ok(after < 0.5 * before, `${before} of the networks on the wrong side before, ${after} after`);
  // What is said of the others is neither too sure nor too doubtful.
  const z = truth.map((ms, i) => (Math.log(ms) - belief.mean[i]) / (belief.deviation[i] || 1));
  const within = z.filter((value) => Math.abs(value) < 1.64).length / pool.size;
  assert.ok(within > 0.8, `${within} within the 90 % interval`);
});

test('a measured network is known, and its like more than others', () => {
  const belief = new LatencyBelief(pool.architectures, predicted, spread);
  const centre = pool.candidateOf(space.parse(space.example))!;
  belief.learn(centre, 7);
  assert.equal(belief.mean[centre], Math.log(7));
  assert.equal(belief.probabilityWithin(centre, 7), 1);
  assert.equal(belief.probabilityWithin(centre, 6.9), 0);
  const doubt = (candidates: readonly number[]) => mean(candidates.map((i) => belief.deviation[i]));
  assert.ok(doubt(pool.neighbours(centre)) < doubt([...pool.architectures.keys()]));
});

test('an error that goes by how often an option is chosen is learned for all places of it', () => {
  const slower = (a: Architecture) => latency(a) * 1.15 ** a.filter((option) => option === 3).length;
  const errors = [1, 2, 3].map((seed) => {
    const belief = new LatencyBelief(pool.architectures, truth, spread);
    const rows = new Random(seed).permutation(pool.size).subarray(0, 20);
    for (const i of rows) belief.learn(i, slower(pool.architectures[i]));
    const squares = pool.architectures.map((a, i) => (Math.log(slower(a)) - belief.mean[i]) ** 2);
    return Math.sqrt(mean(squares));
  });
  assert.ok(
    mean(errors) < 0.07,
    `off by ${errors}, where common choices alone leave 0.1 and predictions are by 0.22`,
  );
});

test('what is far on one side of the limit may be on the other, as predictions have outliers', () => {
  const belief = new LatencyBelief(pool.architectures, truth, spread);
  const [at, deviations] = [pool.candidateOf(space.parse(space.example))!, 3];
  const far = truth[at] * Math.exp(deviations * spread[at]);
  const over = 1 - belief.probabilityWithin(at, far);
  assert.ok(over > 0.01 && over < 0.03, `over with ${over}; a normal distribution says 0.0013`);
  assert.ok(Math.abs(belief.probabilityWithin(at, truth[at]) - 0.5) < 1e-6);
});

test('the pool has all that is within the limit with 10 %, and nothing else', async () => {
  const learned = await limitOf([]);
  const { worst } = learned.limitOn('d');
  const { belief } = learned.begin(pool, 1);
  for (let i = 0; i < pool.size; i++) {
    const probability = belief.probabilityWithin(i, MAX_MS);
    if (Math.abs(probability - 0.1) > 1e-3)
      assert.equal(worst[i] <= MAX_MS, probability > 0.1, `${probability}`);
  }
});

const limitOf = async (measured: string[], kept?: string, budget = 20) => {
  const upperMs = predicted.map((ms) => ms * Math.exp(0.2 * 0.84));
  const measurer = async (a: Architecture) => {
    measured.push(space.format(a));
    return latency(a);
  };
  const limit = { device: 'd', bound: MAX_MS, values: predicted, worst: upperMs };
  return MeasuredLimit.learn(pool, limit, { measurer, budget, confidence: 0.8, kept });
};

const options = { hidden: 16, layers: 2, steps: 40 };

test('four of twenty measurements find the limit, the others what is the best, and what is returned is within', async () => {
  const measured: string[] = [];
  const learned = await limitOf(measured);
  assert.equal(measured.length, 4);
  const over = measured.filter((name) => latency(space.parse(name)) > MAX_MS);
  const limit = learned.limitOn('d');
  assert.ok(wrongSides((i) => limit.values[i]) < wrongSides((i) => predicted[i]));
  const within = withinLimits(pool, [limit]);
  const limited = learned.begin(within, 40);
  const search = searchWith('brp', { pool: within, budget: 40, options });
  const due: boolean[] = [];
  const paced = {
    evaluate(architecture: Architecture) {
      due.push(measured.length <= 4 + (12 * due.length) / 40);
      return madeUpEvaluator.evaluate(architecture);
    },
  };
  await runSearch(search, limited.checking(paced), { pool: within });
  assert.ok(due.every(Boolean), `too early before training ${due.indexOf(false) + 1}`);
  const choice = (await limited.choose(search.trials))!;
  assert.ok(measured.length > 4 && measured.length <= 20, `${measured.length}`);
  assert.equal(new Set(measured).size, measured.length, 'none twice');
  const trained = search.trials
    .filter(isTrained)
    .map(({ candidate }) => space.format(within.architectures[candidate]));
  assert.equal(trained.length, 40);
  assert.deepEqual(
    trained.filter((name) => over.includes(name)),
    [],
    'none that was measured over the limit',
  );
  const returned = within.architectures[choice.trial.candidate];
  assert.ok(latency(returned) <= MAX_MS);
  assert.match(choice.because, /measured at .* ms/);
  const possible = Math.max(...pool.architectures.filter((a) => latency(a) <= MAX_MS).map(madeUpAccuracy));
  assert.ok(madeUpAccuracy(returned) > possible - 5, `${madeUpAccuracy(returned)} of ${possible}`);
});

test('what is believed to be over the limit by now is refused, with how sure that is', async () => {
  const limited = (await limitOf([])).begin(pool, 1);
  const slowest = pool.architectures.reduce((a, b) => (latency(a) > latency(b) ? a : b));
  const refused = await limited.checking(madeUpEvaluator).evaluate(slowest);
  assert.match('error' in refused ? refused.error : '', /^over 10 ms with a probability of (0\.9\d|1\.00)$/);
});

test('a measurement that fails ends the search, and loses no training', async () => {
  let measurements = 0;
  const measurer = async (a: Architecture) => {
    if (++measurements > 4) throw new Error('the board is gone');
    return latency(a);
  };
  const upper = predicted.map((ms) => ms * Math.exp(0.2 * 0.84));
  const task = { measurer, budget: 20, confidence: 0.8 };
  const learned = await MeasuredLimit.learn(
    pool,
    { device: 'd', bound: MAX_MS, values: predicted, worst: upper },
    task,
  );
  const within = withinLimits(pool, [learned.limitOn('d')]);
  const search = searchWith('local', { pool: within, budget: 30 });
  let trained = 0;
  const counted = {
    async evaluate(architecture: Architecture) {
      trained++;
      return madeUpEvaluator.evaluate(architecture);
    },
  };
  const running = runSearch(search, learned.begin(within, 30).checking(counted), { pool: within });
  await assert.rejects(running, /the board is gone/);
  assert.ok(trained > 0);
  assert.equal(search.trials.filter(isTrained).length, trained);
});

test('a run that goes on believes what it believed, and measures nothing again', async () => {
  const kept = join(folder, 'goes-on.jsonl.latencies');
  const run = async (measured: string[], trials?: readonly Trial[]) => {
    const learned = await limitOf(measured, kept);
    const within = withinLimits(pool, [learned.limitOn('d')]);
    const limited = learned.begin(within, 30);
    const search = searchWith('local', { pool: within, budget: 30 });
    if (trials) await limited.replay(trials);
    else await runSearch(search, limited.checking(madeUpEvaluator), { pool: within });
    return { limited, trials: trials ?? search.trials };
  };
  const [first, second]: string[][] = [[], []];
  const whole = await run(first);
  const again = await run(second, whole.trials);
  assert.ok(first.length > 4);
  assert.deepEqual(second, []);
  assert.deepEqual([...again.limited.belief.known], [...whole.limited.belief.known]);
  assert.deepEqual(again.limited.belief.mean, whole.limited.belief.mean);
});

test('what was measured is kept: the run that goes on does not measure it again', async () => {
  const kept = join(folder, 'run.jsonl.latencies');
  const [first, second]: string[][] = [[], []];
  const before = (await limitOf(first, kept)).limitOn('d');
  const again = (await limitOf(second, kept)).limitOn('d');
  assert.deepEqual(second, []);
  assert.deepEqual(again.values, before.values);
  // A line that a kill cut off is measured again.
  const text = await readFile(kept, 'utf8');
  await writeFile(kept, text.slice(0, -20));
  await limitOf(second, kept);
  assert.deepEqual(second, first.slice(-1));
});

test('a whole search with a runner: the limit is learned from what it prints', async () => {
  const runner = join(folder, 'runner.sh');
  const searched = async (ms: number, measureBudget: number) => {
    await writeFile(runner, `#!/bin/sh\necho '{"latency_ms": ${ms}}'\n`);
    await chmod(runner, 0o755);
    const prepared = await prepareSearch({
      space,
      evaluator: madeUpEvaluator,
      objective: 'accuracy',
      device: ['fnas:zcu102'],
      maxLatency: [1],
      measure: runner,
      measureBudget,
      seed: 1,
    });
    const task = { strategy: 'random', options: {}, objective: 'accuracy', budget: 5, parallel: 1 } as const;
    return runSeed({ ...task, seed: 1 }, prepared);
  };
  const { choice } = await searched(0.5, 5);
  assert.equal(choice?.because, 'measured at 0.5000 ms');
  await assert.rejects(searched(50, 20), /no network keeps within 1 ms on fnas:zcu102/);
});

test('an interruption ends the measurement that goes on, and is no failure of the search', async () => {
  const [runner, calls] = [join(folder, 'slow.sh'), join(folder, 'calls')];
  const interruptedAt = async (call: number) => {
    await writeFile(calls, '');
    await writeFile(
      runner,
      `#!/bin/sh\necho x >> '${calls}'\ntest $(wc -l < '${calls}') -lt ${call} || sleep 60\necho '{"latency_ms": 0.5}'\n`,
    );
    await chmod(runner, 0o755);
    const stop = new AbortController();
    const looking = setInterval(async () => {
      if ((await readFile(calls, 'utf8')).length >= 2 * call) stop.abort();
    }, 20);
    try {
      const prepared = await prepareSearch({
        space,
        evaluator: madeUpEvaluator,
        objective: 'accuracy',
        device: ['fnas:zcu102'],
        maxLatency: [1],
        measure: runner,
        measureBudget: 10,
        signal: stop.signal,
        seed: 1,
      });
      const task = {
        strategy: 'random',
        options: {},
        objective: 'accuracy',
        budget: 5,
        parallel: 1,
      } as const;
      const run = await runSeed({ ...task, seed: 1 }, prepared, { signal: stop.signal });
      assert.ok(stop.signal.aborted, `ended before measurement ${call}`);
      return run;
    } finally {
      clearInterval(looking);
    }
  };
  await assert.rejects(interruptedAt(1), { name: 'AbortError' });
  const { trials } = await interruptedAt(3);
  assert.ok(trials.length > 0 && trials.every(({ outcome }) => !outcome || 'accuracy' in outcome));
});

test('an interruption of the last measurements leaves what is known by then', async () => {
  const stop = new AbortController();
  let isChoosing = false;
  const measurer = async (a: Architecture) => {
    if (!isChoosing) return latency(a);
    stop.abort();
    throw stop.signal.reason;
  };
  const limit = { device: 'd', bound: MAX_MS, values: predicted, worst: predicted };
  const learned = await MeasuredLimit.learn(pool, limit, { measurer, budget: 20, confidence: 0.8 });
  const limited = learned.begin(pool, 1);
  const doubtful = limited.mostDoubtful()!;
  isChoosing = true;
  const fastest = truth.indexOf(Math.min(...truth));
  const sure = { number: 1, round: 0, candidate: fastest, reason: '', outcome: { accuracy: 70 } };
  const better = { ...sure, number: 2, candidate: doubtful, outcome: { accuracy: 75 } };
  const choice = await limited.choose([sure, better], stop.signal);
  assert.ok(stop.signal.aborted);
  assert.equal(choice?.trial, sure);
});

test('a runner that fails, and a table without the network, say so', async () => {
  const failing = await measurerOf(space, 'exit 3 #');
  const architecture = space.parse(space.example);
  await assert.rejects(failing(architecture), /--measure.*the network cannot be measured/);
  const table = join(folder, 'latency.csv');
  await writeFile(table, 'arch_str,phone\n|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|,3.5\n');
  const known = await measurerOf(space, `${table}:phone`);
  assert.equal(await known(space.parse('|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|')), 3.5);
  await assert.rejects(known(architecture), /was not measured/);
});
