import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from 'simple-statistics';
import { Random } from '../src/base/random.js';
import { LATENCY } from '../src/metrics/metric.js';
import type { OperatorGraph } from '../src/network/graph.js';
import { kendall } from '../src/predictors/metrics.js';
import { withinLimits } from '../src/search/constraints.js';
import type { Evaluator } from '../src/search/evaluators/evaluator.js';
import { accuracyObjective } from '../src/search/objective.js';
import type { NetworkQuantity } from '../src/search/operators/contributions.js';
import { tableLatency } from '../src/search/operators/latency.js';
import {
  isWithin,
  type OperatorPool,
  operatorPool,
  type ScoredLayer,
  sampleWithin,
} from '../src/search/operators/operator-pool.js';
import { type CandidatePool, poolOf } from '../src/search/pool.js';
import { runSearch } from '../src/search/run.js';
import { Search } from '../src/search/search.js';
import { strategyNamed } from '../src/search/strategies/registry.js';
import { bestOf, isTrained } from '../src/search/trial.js';
import type { Architecture } from '../src/spaces/space.js';
import { chainSpace } from '../src/supernet/chain-space.js';
import { firstImages, type ImageSet, prepared, readImages } from '../src/supernet/images.js';
import { localLatencies } from '../src/supernet/latency-sample.js';
import { type OneShot, oneShotEvaluator, trainOneShot } from '../src/supernet/one-shot.js';
import { learnedAndJudged } from '../src/supernet/one-shot-folder.js';
import { skeletonFor } from '../src/supernet/skeleton.js';
import { trainAlone } from '../src/supernet/train-alone.js';
import { meanStdText } from './format.js';
import { type BenchOptions, once, runPieces } from './pieces.js';
import { printTable } from './search/tables.js';

/** What a CPU does in minutes. */
const IMAGES = 4000;
const [EPOCHS, ALONE_EPOCHS] = [40, 15];
/** Epochs of each of two stages, which have half the layers to learn: 70 % of the steps of one stage. */
const STAGE_EPOCHS = 14;
const BATCH = 64;
const SEEDS = [1, 2, 3];
const BUDGET = 60;
/** Operators of a layer that are kept for their score, of six or seven. */
const KEEP = 3;
/** Networks that are timed on this machine, and those of the pool that are trained alone. */
const [TIMED, RANDOM] = [120, 20];
/** Candidates that a search lists; the others are admitted. */
const LISTED = 200;
/** Predictions stay so much below the limit, as they do in `tempograph search --margin 5`. */
const MARGIN = 0.95;

/** One stage trains all layers of the pool; of two, the first trains these with the others at their fastest. */
const SEARCHES = ['one', 'later', 'earlier'] as const;
type SearchName = (typeof SEARCHES)[number];

interface Row {
  readonly what: 'latency' | 'search' | 'alone' | 'ranking';
  readonly name: string;
  readonly seed: number;
  readonly architecture: string;
  /** Trained alone, of the test images, %; of a ranking by shared weights, of images that were not learned. */
  readonly accuracy?: number;
  readonly measuredMs?: number;
  readonly limitMs?: number;
  /** Of the paths that were trained, forward. */
  readonly macs?: number;
  readonly seconds?: number;
}

/** What all pieces share. */
interface Setting {
  readonly images: ImageSet;
  readonly latency: NetworkQuantity;
  readonly limitMs: number;
  readonly operators: OperatorPool;
  /** Networks whose latencies gave the table and the limit. */
  readonly timed: readonly OperatorGraph[];
  /** Networks of the pool, drawn at random, that keep within the limit. */
  readonly random: readonly Architecture[];
}

/** A supernet of chains on Fashion-MNIST: two stages against one, and how shared weights rank networks. */
export async function oneShotBench(options: BenchOptions): Promise<void> {
  const set = await readImages('fashion-mnist').catch((error: Error) => void console.log(error.message));
  if (!set) return;
  const images = firstImages(prepared(set), IMAGES);
  const setting = once(async () => prepare(images, keptLatencies(options) ?? (await latencies(images))));
  const pieces = [
    // The first: the others read what it measured, so that all have the same pool and limit.
    { name: 'one-shot/latency', run: () => latencies(images) },
    ...SEARCHES.flatMap((name) =>
      SEEDS.map((seed) => ({
        name: `one-shot/search/${name}/${seed}`,
        run: async () => [await searched(name, seed, await setting())],
      })),
    ),
    ...Array.from({ length: RANDOM }, (_, i) => ({
      name: `one-shot/alone/${i + 1}`,
      run: async () => [await alone('alone', 'random', (await setting()).random[i], 1, await setting())],
    })),
    { name: 'one-shot/ranking', run: async () => ranking(await setting()) },
  ];
  const rows = await runPieces<Row>(pieces, options);
  if (rows) print(rows);
}

/** Latencies that were measured by an earlier call. */
function keptLatencies({ into }: BenchOptions): Row[] | undefined {
  const file = into === undefined ? undefined : join(into, 'one-shot-latency.jsonl');
  if (file === undefined || !existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
}

async function latencies(images: ImageSet): Promise<Row[]> {
  const space = chainSpace(skeletonFor(images));
  const random = new Random(2);
  const networks = Array.from({ length: TIMED }, () => space.sample(random));
  const ms = await localLatencies(networks.map((network) => space.toNetwork(network)));
  return networks.map((network, i) => ({
    what: 'latency',
    name: 'latency',
    seed: 2,
    architecture: space.format(network),
    measuredMs: ms[i],
  }));
}

async function prepare(images: ImageSet, rows: readonly Row[]): Promise<Setting> {
  const space = chainSpace(skeletonFor(images));
  const architectures = rows.map(({ architecture }) => space.parse(architecture));
  const values = Float64Array.from(rows, ({ measuredMs }) => measuredMs!);
  const latency = await tableLatency(space, { architectures, values, metric: LATENCY }, 1);
  const limitMs = median([...values]);
  const operators = await operatorPool(space, latency, { keep: KEEP, references: 8, seed: 1 });
  const random = new Random(3);
  const found: Architecture[] = [];
  while (found.length < RANDOM) {
    const network = sampleWithin(operators, random);
    if ((await latency([network]))[0] <= MARGIN * limitMs) found.push(network);
  }
  const timed = architectures.map((architecture) => space.toNetwork(architecture));
  return { images, latency, limitMs, operators, timed, random: found };
}

/** A search by shared weights; its winner trained alone. */
async function searched(name: SearchName, seed: number, setting: Setting): Promise<Row> {
  const started = performance.now();
  const skeleton = skeletonFor(setting.images);
  const parts = learnedAndJudged(setting.images.train);
  const { operators } = setting;
  const pool = await candidates(seed, setting);
  let macs = 0;
  /** Trains paths whose layers are fixed as said, or drawn from the pool. */
  const train = async (fixed: ReadonlyMap<number, number>, epochs: number, from?: OneShot) => {
    const draw = (random: Random) =>
      sampleWithin(operators, random).map((option, slot) => fixed.get(slot) ?? option);
    const options = { epochs, batchSize: BATCH, seed, threads: 1 };
    const trained = await trainOneShot(
      skeleton,
      parts.learned,
      options,
      '',
      {},
      { draw, theta: from?.theta },
    );
    macs += trained.macs;
    return trained;
  };
  const isOne = name === 'one';
  const half = operators.layers.length / 2;
  const isFirst = (slot: number) => (name === 'later' ? slot >= half : slot < half);
  const fastest = new Map(operators.layers.map((layer, slot) => [slot, fastestOf(layer)]));
  const others = (of: (slot: number) => boolean, option: (slot: number) => number) =>
    new Map([...fastest.keys()].filter((slot) => !of(slot)).map((slot) => [slot, option(slot)]));
  let supernet = isOne
    ? await train(new Map(), EPOCHS)
    : await train(
        others(isFirst, (slot) => fastest.get(slot)!),
        STAGE_EPOCHS,
      );
  let judge = await oneShotEvaluator(skeleton, supernet.theta, parts);
  const { strategy } = strategyNamed('hurricane').create(
    { pool, objective: accuracyObjective, budget: BUDGET, seed, operators },
    isOne ? { stages: 1 } : { first: name },
  );
  const search = new Search({ pool, strategy, budget: BUDGET, seed });
  let inSecond = isOne;
  const evaluator: Evaluator = {
    async evaluate(architecture) {
      if (!inSecond && search.trials.filter(isTrained).length >= BUDGET / 2) {
        inSecond = true;
        const winner = pool.architectures[bestOf(search.trials)!.candidate];
        const isSecond = (slot: number) => !isFirst(slot);
        supernet = await train(
          others(isSecond, (slot) => winner[slot]),
          STAGE_EPOCHS,
          supernet,
        );
        await judge.release();
        judge = await oneShotEvaluator(skeleton, supernet.theta, parts);
      }
      return judge.evaluate(architecture);
    },
  };
  await runSearch(search, evaluator, { pool });
  await judge.release();
  // Of two stages the last: accuracies of the first are by other weights.
  const last = isOne ? search.trials : search.trials.slice(BUDGET / 2);
  const winner = pool.architectures[bestOf(last)!.candidate];
  const seconds = (performance.now() - started) / 1000;
  return { ...(await alone('search', name, winner, seed, setting)), macs, seconds };
}

function fastestOf({ operators }: ScoredLayer): number {
  const kept = operators.filter((operator) => operator.kept);
  const [{ options }] = kept.sort((a, b) => a.latencyMs - b.latencyMs || b.score - a.score);
  return options[0];
}

async function candidates(
  seed: number,
  { images, latency, limitMs, operators }: Setting,
): Promise<CandidatePool> {
  const random = new Random(seed);
  const listed = Array.from({ length: LISTED }, () => sampleWithin(operators, random));
  const all = poolOf(chainSpace(skeletonFor(images)), listed, async (networks) =>
    networks.map((a) => ({ costs: {}, isWithin: isWithin(operators, a) })),
  );
  const limitsOf = async ({ architectures }: CandidatePool) => {
    const values = await latency(architectures);
    return [{ device: 'here', bound: limitMs, values, worst: values.map((ms) => ms / MARGIN) }];
  };
  return withinLimits(all, await limitsOf(all), limitsOf);
}

/**
 * What a network takes on this machine, and the limit: the median of the networks that gave it, timed again in the
 * same minute, as a busy machine is slower than a quiet one.
 */
async function timedBeside(network: OperatorGraph, timed: readonly OperatorGraph[]) {
  const [measuredMs, ...others] = await localLatencies([network, ...timed]);
  return { measuredMs, limitMs: median(others) };
}

/** A chain trained from scratch and timed on this machine. */
async function alone(
  what: Row['what'],
  name: string,
  network: Architecture,
  seed: number,
  { images, timed }: Setting,
): Promise<Row> {
  const space = chainSpace(skeletonFor(images));
  const graph = space.toNetwork(network);
  const trained = await trainAlone(graph, images, {
    epochs: ALONE_EPOCHS,
    batchSize: BATCH,
    seed,
    threads: 1,
  });
  const accuracy = 100 * trained!.testAccuracy;
  const row = { what, name, seed, architecture: space.format(network), accuracy };
  return { ...row, ...(await timedBeside(graph, timed)) };
}

/** Accuracies of the random networks by shared weights, all layers of the pool trained at once. */
async function ranking({ images, operators, random: networks }: Setting): Promise<Row[]> {
  const skeleton = skeletonFor(images);
  const space = chainSpace(skeleton);
  const parts = learnedAndJudged(images.train);
  const options = { epochs: EPOCHS, batchSize: BATCH, seed: 1, threads: 1 };
  const draw = (random: Random) => sampleWithin(operators, random);
  const { theta } = await trainOneShot(skeleton, parts.learned, options, '', {}, { draw });
  const judge = await oneShotEvaluator(skeleton, theta, parts);
  const rows: Row[] = [];
  for (const network of networks) {
    const outcome = await judge.evaluate(network);
    if ('error' in outcome) throw new Error(outcome.error);
    const { accuracy } = outcome;
    rows.push({ what: 'ranking', name: 'one', seed: 1, architecture: space.format(network), accuracy });
  }
  await judge.release();
  return rows;
}

function print(rows: readonly Row[]): void {
  const of = (what: Row['what'], name?: string) =>
    rows.filter((row) => row.what === what && (name === undefined || row.name === name));
  const single = of('search', 'one').map(({ macs }) => macs!);
  const meanOf = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  printTable(
    `winners of ${BUDGET} by shared weights, trained alone on ${IMAGES} images; mean ± std over seeds`,
    ['stages', 'seeds', 'test %', '% of the limit', 'within', 'supernet, TMAC', 'of one stage, %', 's'],
    SEARCHES.map((name) => {
      const runs = of('search', name);
      if (runs.length === 0) return [];
      const macs = runs.map((row) => row.macs!);
      return [
        name === 'one' ? 'one' : `two, ${name} first`,
        `${runs.length}`,
        meanStdText(
          runs.map(({ accuracy }) => accuracy!),
          2,
        ),
        meanStdText(
          runs.map(({ measuredMs, limitMs }) => (100 * measuredMs!) / limitMs!),
          0,
        ),
        `${runs.filter(({ measuredMs, limitMs }) => measuredMs! <= limitMs!).length} of ${runs.length}`,
        meanStdText(
          macs.map((value) => value / 1e12),
          3,
        ),
        single.length > 0 ? ((100 * meanOf(macs)) / meanOf(single)).toFixed(0) : '–',
        meanStdText(
          runs.map(({ seconds }) => seconds!),
          0,
        ),
      ];
    }),
  );
  const trained = new Map(of('alone').map((row) => [row.architecture, row.accuracy!]));
  if (trained.size > 0) {
    const accuracies = [...trained.values()];
    const most = Math.max(...accuracies).toFixed(2);
    console.log(
      `${trained.size} random networks within the limit, alone: ${meanStdText(accuracies, 2)} %, best ${most} %`,
    );
  }
  const ranked = of('ranking').filter(({ architecture }) => trained.has(architecture));
  if (ranked.length > 2) {
    const tau = kendall(
      Float64Array.from(ranked, ({ accuracy }) => accuracy!),
      Float64Array.from(ranked, ({ architecture }) => trained.get(architecture)!),
    );
    console.log(`shared weights rank ${ranked.length} of them: Kendall τ ${tau.toFixed(2)}`);
  }
}
