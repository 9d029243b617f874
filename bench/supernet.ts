import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/base/package-root.js';
import { freshState } from '../src/nn/engines/engine.js';
import { createTfjsEngine } from '../src/nn/engines/tfjs-engine.js';
import { initialParameters } from '../src/nn/network.js';
import { kendall } from '../src/predictors/metrics.js';
import { readArchitectureTable } from '../src/search/evaluators/accuracy-table.js';
import { EDGES } from '../src/spaces/nasbench201/edges.js';
import { OPERATIONS, type Skeleton } from '../src/spaces/nasbench201/network.js';
import { nasbench201 as space } from '../src/spaces/nasbench201/space.js';
import { cellSupernet } from '../src/supernet/cell-supernet.js';
import { CHOICE, oneHotChoice } from '../src/supernet/choice.js';
import { type DartsOptions, searchSupernet, sharedAccuracy } from '../src/supernet/darts.js';
import { IMAGE_STEPS, imageEngine } from '../src/supernet/image-engine.js';
import { firstImages, type ImageSet, prepared, readImages } from '../src/supernet/images.js';
import { localLatencies, sampledCells } from '../src/supernet/latency-sample.js';
import { LatencyTerm } from '../src/supernet/latency-term.js';
import { stepsOn } from '../src/supernet/schedule.js';
import { derivedNetwork, skeletonFor } from '../src/supernet/skeleton.js';
import { trainAlone } from '../src/supernet/train-alone.js';
import { IMAGE } from '../src/supernet/trainable.js';
import { DATA } from './data.js';
import { meanStdText } from './format.js';
import { type BenchOptions, once, runPieces } from './pieces.js';
import { printTable } from './search/tables.js';

/** What a CPU does in minutes: a fifteenth of the images, fewer epochs than published. */
const IMAGES = 4000;
const [EPOCHS, ALONE_EPOCHS] = [20, 15];
const BATCH = 64;
const SEEDS = [1, 2, 3, 4, 5];
const RANKED = 30;
const TIMED = 60;
const LATENCY_WEIGHT = 0.2;
const SPEED_STEPS = 20;

/** Searches that are held against each other. */
const SEARCHES: Readonly<
  Record<string, { readonly method: DartsOptions['method']; readonly weight: number }>
> = {
  darts: { method: 'darts', weight: 0 },
  gdas: { method: 'gdas', weight: 0 },
  'na-darts': { method: 'na-darts', weight: 0 },
  'darts-minus': { method: 'darts-minus', weight: 0 },
  'darts-minus-latency': { method: 'darts-minus', weight: LATENCY_WEIGHT },
};

interface Row {
  readonly what: 'search' | 'alone' | 'ranking' | 'speed';
  readonly name: string;
  readonly seed: number;
  readonly architecture?: string;
  /** Of the test images, as a share; of a ranking on images that the weights did not learn; not of speed. */
  readonly accuracy?: number;
  readonly imagesPerSecond?: number;
  /** More than before the engine was made. */
  readonly memoryMiB?: number;
  readonly measuredMs?: number;
  readonly seconds: number;
}

/** A supernet of NAS-Bench-201's cells on Fashion-MNIST: searches, its ranking of cells, its speed. */
export async function supernetBench(options: BenchOptions): Promise<void> {
  const data = 'fashion-mnist';
  const set = await readImages(data).catch((error: Error) => void console.log(error.message));
  if (!set) return;
  const images = firstImages(prepared(set), IMAGES);
  const timed = once(() => timedCells(images));
  const cells = sampledCells(RANKED, 1);
  const pieces = [
    ...Object.keys(SEARCHES).flatMap((name) =>
      SEEDS.map((seed) => ({
        name: `supernet/search/${name}/${seed}`,
        run: async () => [await searched(name, seed, images, await timed())],
      })),
    ),
    ...cells.map((cell, i) => ({
      name: `supernet/alone/${i + 1}`,
      run: async (): Promise<Row[]> => [{ ...(await alone(cell, images, 1)), what: 'alone', name: 'alone' }],
    })),
    { name: 'supernet/ranking', run: () => ranking(images, cells) },
    { name: 'supernet/speed', run: () => speed(images) },
  ];
  const rows = await runPieces<Row>(pieces, options);
  if (rows) await print(rows);
}

async function timedCells(images: ImageSet) {
  const cells = sampledCells(TIMED, 2);
  const networks = cells.map((cell) => derivedNetwork(cell, skeletonFor(images)));
  return { cells, ms: await localLatencies(networks) };
}

async function searched(
  name: string,
  seed: number,
  images: ImageSet,
  { cells, ms }: Awaited<ReturnType<typeof timedCells>>,
): Promise<Row> {
  const { method, weight } = SEARCHES[name];
  const started = performance.now();
  const latency = weight > 0 ? LatencyTerm.learn(space, cells, ms, { weight }) : undefined;
  const { architecture } = await searchSupernet(
    skeletonFor(images),
    images.train,
    { method, epochs: EPOCHS, batchSize: BATCH, architectureRate: 0.003, seed, threads: 1 },
    latency,
    name,
  );
  const seconds = (performance.now() - started) / 1000;
  return { ...(await alone(architecture, images, seed)), what: 'search', name, seconds };
}

/** A cell trained from scratch and timed on this machine. */
async function alone(cell: Uint8Array, images: ImageSet, seed: number) {
  const skeleton = skeletonFor(images);
  const started = performance.now();
  const options = { epochs: ALONE_EPOCHS, batchSize: BATCH, seed, threads: 1 };
  const trained = await trainAlone(derivedNetwork(cell, skeleton), images, options);
  const seconds = (performance.now() - started) / 1000;
  const [measuredMs] = await localLatencies([derivedNetwork(cell, skeleton)]);
  return { seed, architecture: space.format(cell), accuracy: trained!.testAccuracy, measuredMs, seconds };
}

/** Accuracies of cells by shared weights that were trained on paths that are all as likely. */
async function ranking(images: ImageSet, cells: readonly Uint8Array[]): Promise<Row[]> {
  const { train } = images;
  const skeleton = skeletonFor(images);
  const options = { method: 'gdas', epochs: 2 * EPOCHS, batchSize: BATCH, architectureRate: 0 } as const;
  const started = performance.now();
  const { theta } = await searchSupernet(skeleton, train, { ...options, seed: 1, threads: 1 }, undefined, '');
  const seconds = (performance.now() - started) / 1000;
  const engine = await imageEngine(cellSupernet(skeleton), train, { batchSize: BATCH, threads: 1 });
  const rows: Row[] = [];
  for (const cell of cells) {
    const half = train.labels.length / 2;
    const accuracy = await sharedAccuracy(
      engine,
      theta,
      train,
      half,
      half,
      oneHotChoice(cell, OPERATIONS.length),
    );
    rows.push({
      what: 'ranking',
      name: 'uniform',
      seed: 1,
      architecture: space.format(cell),
      accuracy,
      seconds,
    });
  }
  await engine.release();
  return rows;
}

/** Steps of the weights on all operations, traced and eager: images per second. */
async function speed(images: ImageSet): Promise<Row[]> {
  const skeleton = skeletonFor(images);
  const network = cellSupernet(skeleton);
  const task = {
    network,
    inputs: { [IMAGE]: images.train.pixels },
    target: images.train.labels,
    batchSize: BATCH,
    threads: 1,
    options: IMAGE_STEPS,
  } as const;
  const shares = EDGES.length * OPERATIONS.length;
  const rows: Row[] = pytorchSpeed(skeleton);
  for (const [name, steps] of [
    ['onnxruntime', SPEED_STEPS],
    ['tfjs', 3],
  ] as const) {
    const before = process.memoryUsage().rss;
    const engine =
      name === 'tfjs' ? await createTfjsEngine(task) : await imageEngine(network, images.train, task);
    const state = freshState(network, initialParameters(network, 1));
    const plan = (count: number) => ({
      ...stepsOn(
        Int32Array.from({ length: count * BATCH }, (_, i) => i),
        BATCH,
        0.01,
      ),
      stepInputs: { [CHOICE]: new Float32Array(count * shares).fill(1 / OPERATIONS.length) },
    });
    await engine.epoch(state, plan(1));
    const started = performance.now();
    await engine.epoch(state, plan(steps));
    const seconds = (performance.now() - started) / 1000;
    const memoryMiB = (process.memoryUsage().rss - before) / 2 ** 20;
    const imagesPerSecond = (steps * BATCH) / seconds;
    rows.push({ what: 'speed', name, seed: 1, imagesPerSecond, memoryMiB, seconds });
    await engine.release();
  }
  return rows;
}

/** The same supernet in PyTorch, where that is installed (Debian: python3-torch). */
function pytorchSpeed({ image: [, side], stageChannels }: Skeleton): Row[] {
  const script = join(packageRoot, 'bench/pytorch_supernet.py');
  for (const python of ['python3', '/usr/bin/python3']) {
    const args = [script, BATCH, side, SPEED_STEPS, ...stageChannels].map(String);
    const { status, stdout } = spawnSync(python, args, { encoding: 'utf8' });
    if (status === 0) return [{ what: 'speed', name: 'PyTorch', seed: 1, ...JSON.parse(stdout) }];
  }
  return [];
}

async function print(rows: readonly Row[]): Promise<void> {
  const cifar10 = await cifar10Accuracies();
  const of = (what: Row['what'], name?: string) =>
    rows.filter((row) => row.what === what && (name === undefined || row.name === name));
  const operations = ({ architecture }: Row, operation: string) => architecture!.split(operation).length - 1;
  printTable(
    `derived cells, trained alone on ${IMAGES} images of Fashion-MNIST; mean ± std over seeds`,
    ['search', 'seeds', 'test %', 'ms here', 'skips', 'none', 'pools', 'CIFAR-10 %, table', 'search, s'],
    Object.keys(SEARCHES).map((name) => {
      const runs = of('search', name);
      if (runs.length === 0) return [];
      const shown = (value: (row: Row) => number, digits = 2) => meanStdText(runs.map(value), digits);
      return [
        name,
        `${runs.length}`,
        shown(({ accuracy }) => 100 * accuracy!),
        shown(({ measuredMs }) => measuredMs!, 3),
        shown((row) => operations(row, 'skip_connect'), 1),
        shown((row) => operations(row, 'none'), 1),
        shown((row) => operations(row, 'avg_pool_3x3'), 1),
        cifar10 ? shown(({ architecture }) => cifar10.get(architecture!)!, 1) : '–',
        shown(({ seconds }) => seconds, 0),
      ];
    }),
  );
  const trained = new Map(of('alone').map((row) => [row.architecture, row.accuracy!]));
  const ranked = of('ranking').filter(({ architecture }) => trained.has(architecture));
  if (ranked.length > 2) {
    const tau = kendall(
      Float64Array.from(ranked, ({ accuracy }) => accuracy!),
      Float64Array.from(ranked, ({ architecture }) => trained.get(architecture)!),
    );
    console.log(`${ranked.length} cells by shared weights and trained alone: Kendall τ ${tau.toFixed(2)}`);
    const alone = of('alone').map(({ accuracy }) => 100 * accuracy!);
    console.log(`random cells trained alone: ${meanStdText(alone, 2)} %`);
  }
  printTable(
    `a step of ${BATCH} images with all operations, one thread`,
    ['engine', 'images/s', 'memory, MiB'],
    of('speed').map(({ name, imagesPerSecond, memoryMiB }) => [
      name === 'onnxruntime' ? 'traced, onnxruntime' : name,
      imagesPerSecond!.toFixed(0),
      memoryMiB!.toFixed(0),
    ]),
  );
}

/** By cell, where the shared data is there. */
async function cifar10Accuracies(): Promise<Map<string, number> | undefined> {
  const file = join(DATA, 'nasbench201/accuracy.csv.gz');
  if (!existsSync(file)) return undefined;
  const column = 'cifar10_test_200ep';
  const { architectures, values } = await readArchitectureTable(file, space, [column]);
  return new Map(architectures.map((cell, i) => [space.format(cell), values[column][i]]));
}
