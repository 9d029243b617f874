import { join } from 'node:path';
import { median } from 'simple-statistics';
import { Random } from '../../src/base/random.js';
import { loadDevices } from '../../src/datasets/load.js';
import { tf } from '../../src/nn/engines/tfjs.js';
import { meanAndStd } from '../../src/predictors/metrics.js';
import { type Limit, withinLimits } from '../../src/search/constraints.js';
import { ascend } from '../../src/search/differentiable/ascent.js';
import { MultilinearModel } from '../../src/search/differentiable/multilinear.js';
import { fitSoftMlp } from '../../src/search/differentiable/soft-mlp.js';
import { optionCount } from '../../src/search/differentiable/soft-model.js';
import { tableEvaluator } from '../../src/search/evaluators/accuracy-table.js';
import type { CandidatePool } from '../../src/search/pool.js';
import { bestOf } from '../../src/search/trial.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import type { Architecture } from '../../src/spaces/space.js';
import { percentText } from '../format.js';
import { type BenchOptions, runPieces } from '../pieces.js';
import { poolValues, searchOnce } from './runs.js';
import { printTable } from './tables.js';

/** What is published: a median relative error, a latency that is lower by so much, at so many points. */
const [LEAST_GAIN, MOST_LOSS] = [0.2, 0.3];
const SIZES = [100, 300, 1000, 3000, 10_000];
const SEEDS = [1, 2, 3];
const BUDGET = 100;
/** `la-darts` with a limit on MACs, which knows nothing of the device. */
const BY_MACS = 'la-darts, MACs';
const WAYS = ['la-darts', BY_MACS, 'brp', 'random'];

interface Measured {
  readonly pool: CandidatePool;
  /** `[candidate]`, CIFAR-10 test after 200 epochs, %. */
  readonly accuracies: Float64Array;
}

interface DeviceRow {
  readonly device: string;
  readonly what: string;
  readonly values: readonly number[];
}

/** LA-DARTS's claims on the 20 devices that NAS-Bench-201 was timed on. */
export async function laDartsTables(data: Measured, shared: string, options: BenchOptions): Promise<void> {
  const file = join(shared, 'nasbench201/latency.csv.gz');
  const devices = await loadDevices(file, { space });
  const unawareRuns = new Map<number, Promise<Unaware>>();
  const unawareOf = (seed: number) => {
    if (!unawareRuns.has(seed)) unawareRuns.set(seed, unaware(data, seed));
    return unawareRuns.get(seed)!;
  };
  const pieces = devices.flatMap(({ device, architectures, values: latencyMs }) => [
    {
      name: `search/la-darts/regressor/${device}`,
      run: () => regressorRows(device, architectures, latencyMs),
    },
    {
      name: `search/la-darts/latency/${device}`,
      run: () => latencyRows(device, data, poolValues(data.pool, architectures, latencyMs), unawareOf),
    },
  ]);
  const rows = await runPieces<DeviceRow>(pieces, options);
  if (!rows) return;
  const of = (what: string) => rows.filter((row) => row.what === what);
  printTable(
    'Latency from choices: median relative error % on the other networks, and of soft choices in the course of a search:',
    ['device', ...SIZES.map((n) => `pairs, ${n} measured`), 'mlp, 1000', 'mlp from the expectation, at most'],
    of('regressor').map(({ device, values }) => [device, ...values.map(percentText)]),
  );
  const gains = of('latency');
  printTable(
    `Measured latency below that of the network found without a limit, at most ${MOST_LOSS} points worse, ${BUDGET} trained:`,
    ['device', 'possible %', ...WAYS.map((name) => `${name} %`), ...WAYS.map((n) => `${n}: runs`)],
    gains.map(({ device, values }) => [
      device,
      ...values.slice(0, 1 + WAYS.length).map(percentText),
      ...values.slice(1 + WAYS.length).map(String),
    ]),
  );
  const enough = gains.filter(({ values }) => values[1] >= LEAST_GAIN).length;
  console.log(
    `la-darts: a mean of at least ${LEAST_GAIN * 100} % lower on ${enough} of ${gains.length} devices`,
  );
}

async function regressorRows(
  device: string,
  architectures: readonly Architecture[],
  latencyMs: Float64Array,
): Promise<DeviceRow[]> {
  const order = [...new Random(1).permutation(architectures.length)].filter((i) =>
    space.isConnected(architectures[i]),
  );
  const some = (rows: readonly number[]) => ({
    networks: rows.map((i) => architectures[i]),
    ms: Float64Array.from(rows, (i) => latencyMs[i]),
  });
  const others = some(order.slice(SIZES.at(-1)));
  const errorOf = (predicted: Float64Array) =>
    median(Array.from(predicted, (p, i) => Math.abs(p - others.ms[i]) / others.ms[i]));
  const errors = SIZES.map((size) => {
    const { networks, ms } = some(order.slice(0, size));
    return errorOf(MultilinearModel.fit(space, networks, ms).predict(others.networks));
  });
  const known = some(order.slice(0, 1000));
  const mlp = await fitSoftMlp(space, known.networks, known.ms, 1);
  const mlpError = errorOf(valuesAt(mlp, oneHot(others.networks)));
  return [{ device, what: 'regressor', values: [...errors, mlpError, await worstOfExpectation(mlp)] }];
}

type SoftMlp = Awaited<ReturnType<typeof fitSoftMlp>>;

const WIDTH = optionCount(space);
/** Of each slot. */
const OPTIONS = space.slots[0].options.length;

/** `[network, option]`, flat. */
function oneHot(networks: readonly Architecture[]): Float32Array {
  const choices = new Float32Array(networks.length * WIDTH);
  networks.forEach((a, row) => {
    for (const [slot, option] of a.entries()) choices[row * WIDTH + OPTIONS * slot + option] = 1;
  });
  return choices;
}

/** What a model says of `[row, option]` choices. */
function valuesAt(model: SoftMlp, choices: Float32Array): Float64Array {
  const values = tf.tidy(() => model.value(tf.tensor(choices, [choices.length / WIDTH, WIDTH])));
  const read = Float64Array.from(values.dataSync());
  values.dispose();
  return read;
}

/**
 * How far a model's value of soft choices is from its expectation over all 15,625 networks, relative to that, at most
 * along a search for fast networks.
 */
async function worstOfExpectation(model: SoftMlp): Promise<number> {
  const all = Array.from({ length: space.size }, (_, i) => space.at(i));
  const ofAll = valuesAt(model, oneHot(all));
  const start = new Float32Array(WIDTH).map((_, i) => Math.sin(i));
  const fast = { value: (choice: Parameters<SoftMlp['value']>[0]) => tf.neg(model.value(choice)) };
  const { path } = await ascend(
    { space, quality: fast, flat: 0, rows: 1, steps: 100, learningRate: 0.1, temperatures: [1, 0.1] },
    start,
  );
  let worst = 0;
  for (let step = 0; step < 100; step += 10) {
    const choice = path.slice(step * WIDTH, (step + 1) * WIDTH);
    const likelihood = (a: Architecture) =>
      a.reduce((product, option, slot) => product * choice[OPTIONS * slot + option], 1);
    const expected = all.reduce((sum, a, i) => sum + ofAll[i] * likelihood(a), 0);
    worst = Math.max(worst, Math.abs(valuesAt(model, choice)[0] - expected) / expected);
  }
  return worst;
}

/** What is found with no regard to the device: candidates by seed. */
interface Unaware {
  readonly free: number;
  /** Within a limit on MACs. */
  readonly byMacs: number;
}

async function unaware({ pool, accuracies }: Measured, seed: number): Promise<Unaware> {
  const free = await best(pool, accuracies, 'la-darts', seed);
  const macs = Float64Array.from(pool.architectures, (a) => space.macs(a));
  const limit = limitBelow(free, 'MACs', macs);
  return { free, byMacs: await bestWithin({ pool, accuracies }, limit, 'la-darts', seed) };
}

/** Costs that are so much less than a candidate's. */
function limitBelow(candidate: number, device: string, costs: Float64Array): Limit {
  return { device, bound: costs[candidate] * (1 - LEAST_GAIN), values: costs, worst: costs };
}

/** How much faster a network can be, and is found, than the one that `la-darts` finds without a limit. */
async function latencyRows(
  device: string,
  data: Measured,
  latencyMs: Float64Array,
  unawareOf: (seed: number) => Promise<Unaware>,
): Promise<DeviceRow[]> {
  const { accuracies } = data;
  const possible: number[] = [];
  const gains: Record<string, number[]> = Object.fromEntries(WAYS.map((name) => [name, []]));
  for (const seed of SEEDS) {
    const { free, byMacs } = await unawareOf(seed);
    const enough = accuracies[free] - MOST_LOSS;
    const gain = (candidate: number) => 1 - latencyMs[candidate] / latencyMs[free];
    possible.push(Math.max(...[...accuracies.keys()].filter((i) => accuracies[i] >= enough).map(gain)));
    const limit = limitBelow(free, device, latencyMs);
    for (const way of WAYS) {
      const found = way === BY_MACS ? byMacs : await bestWithin(data, limit, way, seed);
      gains[way].push(accuracies[found] >= enough ? gain(found) : 0);
    }
  }
  const reached = WAYS.map((name) => gains[name].filter((gain) => gain >= LEAST_GAIN).length);
  const means = WAYS.map((name) => meanAndStd(gains[name]).mean);
  return [{ device, what: 'latency', values: [meanAndStd(possible).mean, ...means, ...reached] }];
}

/** The best network found within a limit, as a candidate of the whole pool. */
async function bestWithin(
  { pool, accuracies }: Measured,
  limit: Limit,
  strategy: string,
  seed: number,
): Promise<number> {
  const limited = withinLimits(pool, [limit]);
  const known = Float64Array.from(limited.architectures, (a) => accuracies[pool.candidateOf(a)!]);
  const found = await best(limited, known, strategy, seed);
  return pool.candidateOf(limited.architectures[found])!;
}

async function best(
  pool: CandidatePool,
  accuracies: Float64Array,
  name: string,
  seed: number,
): Promise<number> {
  const evaluator = tableEvaluator(space, pool.architectures, accuracies);
  const { trials } = await searchOnce(name, undefined, { pool, budget: BUDGET, seed }, evaluator);
  return bestOf(trials)!.candidate;
}
