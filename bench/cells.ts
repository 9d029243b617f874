import { join } from 'node:path';
import { packageRoot } from '../src/base/package-root.js';
import { Random } from '../src/base/random.js';
import { loadSamples } from '../src/datasets/load.js';
import { loadNetworks } from '../src/datasets/networks/load.js';
import { connectedOnly, type Samples, select } from '../src/datasets/samples.js';
import { runTrial } from '../src/predictors/evaluation.js';
import { fitKernels, KernelsModel } from '../src/predictors/kernels/kernels-model.js';
import { timedArchitectures } from '../src/predictors/kernels/space-kernels.js';
import type { TimedNetwork } from '../src/predictors/kernels/timed-network.js';
import { timedNetworks } from '../src/predictors/kernels/train.js';
import { predictorNamed } from '../src/predictors/registry.js';
import { scores } from '../src/predictors/scores.js';
import { DEFAULT_RUNTIME } from '../src/runtimes/index.js';
import { nasbench201 as space } from '../src/spaces/nasbench201/space.js';
import { type BenchOptions, once, type Piece, runPieces } from './pieces.js';
import { printScores } from './score-table.js';

const DATASETS = join(packageRoot, 'datasets');
const DEVICE = 'amd_epyc_1t';
/** A generated family of the same cells, left out: they must not help. */
const SAME_CELLS = 'nasbench201_cells';
const SEEDS = [1, 2, 3];
const CELLS = [0, 10, 50, 200, 900];
/** Fewer are not enough to learn from alone. */
const FEWEST_ALONE = 50;
const TESTED = 500;

interface CellsRow {
  readonly predictor: string;
  readonly cells: number;
  readonly within10: number;
  readonly mape: number;
  readonly spearman: number;
}

/**
 * Cells of NAS-Bench-201 by a device's kernels: as any other networks, from networks of other families and none, few or
 * many cells, beside predictors that know only cells: `npm run bench -- cells`.
 */
export async function cellsBench(options: BenchOptions): Promise<void> {
  const loaded = await loadSamples(join(DATASETS, 'nasbench201_cpu.csv.gz'), { space, device: DEVICE });
  const samples = connectedOnly(space, loaded);
  const families = once(async () => {
    const dataset = await loadNetworks(join(DATASETS, 'onnx_cpu', 'onnx_cpu.csv.gz'));
    return (await timedNetworks(dataset, DEFAULT_RUNTIME)).filter(({ family }) => family !== SAME_CELLS);
  });
  const lowered = once(() => timedArchitectures(space, samples, DEFAULT_RUNTIME, 'pruned'));
  const pieces: Piece<CellsRow>[] = CELLS.flatMap((cells) => [
    piece('kernels of 21 families and cells', cells, async (order) => {
      const known = order.slice(0, cells).map(at(await lowered()));
      return byKernels([...(await families()), ...known], await lowered());
    }),
    ...(cells < FEWEST_ALONE
      ? []
      : [
          piece('kernels of cells', cells, async (order) =>
            byKernels(order.slice(0, cells).map(at(await lowered())), await lowered()),
          ),
          ...['gcn', 'lookup'].map((kind) =>
            piece(kind, cells, (order, tested, seed) => fitted(kind, samples, order, cells, tested, seed)),
          ),
        ]),
  ]);
  const rows = await runPieces(pieces, options);
  if (rows) print(rows);

  function piece(predictor: string, cells: number, predict: Predict): Piece<CellsRow> {
    return {
      name: `cells/${predictor.replaceAll(' ', '-')}/${cells}`,
      async run() {
        const rows: CellsRow[] = [];
        for (const seed of SEEDS) rows.push(await trial(predictor, cells, seed, predict));
        return rows;
      },
    };
  }

  async function trial(predictor: string, cells: number, seed: number, predict: Predict): Promise<CellsRow> {
    const order = [...new Random(seed).permutation(samples.values.length)];
    const tested = order.slice(-TESTED);
    const predicted = await predict(order, tested, seed);
    const truth = Float64Array.from(tested, (i) => samples.values[i]);
    const { within10, mape, spearman } = scores(Float64Array.from(tested, predicted), truth);
    return { predictor, cells, within10, mape, spearman };
  }
}

/** Learns from the first of an order. @returns the latency of a sample, ms */
type Predict = (
  order: readonly number[],
  tested: readonly number[],
  seed: number,
) => Promise<(sample: number) => number>;

const at =
  <T>(all: readonly T[]) =>
  (i: number) =>
    all[i];

function byKernels(known: readonly TimedNetwork[], all: readonly TimedNetwork[]): (sample: number) => number {
  const model = new KernelsModel(fitKernels(known));
  return (sample) => model.predict(all[sample].kernels).totalUs / 1000;
}

/** A tenth of the cells is for validation. */
async function fitted(
  kind: string,
  samples: Samples,
  order: readonly number[],
  cells: number,
  tested: readonly number[],
  seed: number,
): Promise<(sample: number) => number> {
  const valid = Math.max(2, Math.floor(cells / 10));
  const parts = {
    valid: select(samples, order.slice(0, valid)),
    train: select(samples, order.slice(valid, cells)),
    test: select(samples, tested),
  };
  const run = await runTrial({
    kind: predictorNamed(kind),
    space,
    deadOperations: 'pruned',
    split: parts,
    seed,
    options: { threads: 2 },
  });
  const predicted = new Map(tested.map((sample, i) => [sample, run.predicted[i]]));
  return (sample) => predicted.get(sample) ?? Number.NaN;
}

function print(rows: readonly CellsRow[]): void {
  console.log(`\n${TESTED} held-out cells, ${SEEDS.length} seeds`);
  printScores(rows, ['predictor', 'cells measured'], ({ predictor, cells }) => [predictor, cells]);
}
