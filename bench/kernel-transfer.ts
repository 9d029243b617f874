import { join } from 'node:path';
import { Random } from '../src/base/random.js';
import { loadSamples } from '../src/datasets/load.js';
import { connectedOnly, select } from '../src/datasets/samples.js';
import { findKernels } from '../src/predictors/kernels/find.js';
import { fitKernels, KernelsModel, type KernelsPosterior } from '../src/predictors/kernels/kernels-model.js';
import { timedArchitectures } from '../src/predictors/kernels/space-kernels.js';
import type { TimedNetwork } from '../src/predictors/kernels/timed-network.js';
import { networkDevices } from '../src/predictors/roofline/devices.js';
import { measuredNetworks } from '../src/predictors/roofline/left-out.js';
import { shippedModels } from '../src/predictors/saved/model-folder.js';
import { scores } from '../src/predictors/scores.js';
import { DEFAULT_RUNTIME } from '../src/runtimes/index.js';
import { spaceNamed } from '../src/spaces/registry.js';
import { DATA } from './data.js';
import { type BenchOptions, type Piece, runPieces } from './pieces.js';
import { printScores } from './score-table.js';

const SEEDS = [1, 2, 3];
const SAMPLES = [10, 20, 50];
const TESTED = 400;
/** Of one space, from which another space's are predicted. */
const CELLS = 900;

interface TransferRow {
  readonly target: string;
  readonly learnedFrom: string;
  readonly samples: number;
  readonly mape: number;
  readonly within10: number;
  readonly spearman: number;
}

/** What is known before of another device, or of the same one in another space. */
interface Source {
  readonly posterior: KernelsPosterior;
  learn(samples: readonly TimedNetwork[]): KernelsPosterior;
}

/** A device that is learned from few totals. */
interface Target {
  readonly name: string;
  readonly source: () => Promise<Source>;
  /** The source in words. */
  readonly from: string;
  readonly networks: () => Promise<readonly TimedNetwork[]>;
}

const CELL_FILE = join(DATA, 'nasbench201', 'latency.csv.gz');

const TARGETS: readonly Target[] = [
  ...['cortexA76cpu_tflite21', 'adreno640gpu_tflite21'].map((device) =>
    otherDevice(device, () =>
      measured('nasbench201', join(DATA, 'nnmeter', 'nasbench201_latency.csv.gz'), device),
    ),
  ),
  ...['silver_4114', 'gold_6240'].map((device) =>
    otherDevice(device, () => measured('nasbench201', CELL_FILE, device)),
  ),
  otherDevice('i7_12700h, timm', async () => {
    const device = networkDevices.find(({ name }) => name === 'i7_12700h');
    if (!device) throw new Error('the i7 is no device of the zoo');
    return measuredNetworks(device);
  }),
  ...['silver_4114', 'gold_6240', 'essential_ph_1', '1080ti_1'].map((device) => otherSpace(device, 'fbnet')),
  ...['2080ti_1', '2080ti_32'].map((device) => otherSpace(device, 'ofa')),
];

function otherDevice(name: string, networks: Target['networks']): Target {
  return {
    name,
    from: 'amd_epyc_1t',
    source: async () => {
      const { posterior } = await findKernels(shippedModels, 'cpu');
      return { posterior, learn: (samples) => fitKernels(samples, posterior) };
    },
    networks,
  };
}

/** A device of which cells of NAS-Bench-201 are known, in another space. */
function otherSpace(device: string, space: string): Target {
  return {
    name: `${device}, ${space}`,
    from: `${CELLS} cells`,
    source: async () => {
      const cells = (await measured('nasbench201', CELL_FILE, device)).slice(0, CELLS);
      return { posterior: fitKernels(cells), learn: (samples) => fitKernels([...cells, ...samples]) };
    },
    networks: () => measured(space, join(DATA, space, 'latency.csv.gz'), device),
  };
}

/** As many of a device's architectures as one seed's choice and test want, in an order of their own. */
async function measured(name: string, file: string, device: string): Promise<readonly TimedNetwork[]> {
  const space = spaceNamed(name);
  const all = connectedOnly(space, await loadSamples(file, { space, device }));
  const some = [...new Random(99).permutation(all.values.length)].slice(0, CELLS + TESTED);
  return timedArchitectures(space, select(all, some), DEFAULT_RUNTIME, 'pruned');
}

/**
 * A device from few totals and what is known of another device's kernels, or of its own kernels in another space:
 * `npm run bench -- kernel-transfer`.
 */
export async function kernelTransferBench(options: BenchOptions): Promise<void> {
  const pieces = TARGETS.map(
    (target): Piece<TransferRow> => ({
      name: `kernel-transfer/${target.name.replaceAll(', ', '-')}`,
      async run() {
        const networks = await target.networks();
        const source = await target.source();
        return [0, ...SAMPLES].flatMap((samples) =>
          SEEDS.flatMap((seed) => trials(target, source, networks, samples, seed)),
        );
      },
    }),
  );
  const rows = await runPieces(pieces, options);
  if (rows) print(rows);
}

function trials(
  { name, from }: Target,
  source: Source,
  networks: readonly TimedNetwork[],
  samples: number,
  seed: number,
): TransferRow[] {
  const order = [...new Random(seed).permutation(networks.length)].map((i) => networks[i]);
  const [known, tested] = [order.slice(0, samples), order.slice(-TESTED)];
  const theirs = new KernelsModel(source.posterior);
  const ways: Record<string, () => (network: TimedNetwork) => number> = {
    [`${from}, scaled`]: () => atPace(theirs, known),
    ...(samples > 0 && {
      [`${from} and the samples`]: () => byKernels(source.learn(known)),
      'the samples alone': () => byKernels(fitKernels(known)),
    }),
  };
  return Object.entries(ways).map(([learnedFrom, learn]) => {
    const predicted = Float64Array.from(tested, learn());
    const truth = Float64Array.from(tested, ({ totalUs = Number.NaN }) => totalUs);
    const { mape, within10, spearman } = scores(predicted, truth);
    return { target: name, learnedFrom, samples, mape, within10, spearman };
  });
}

function byKernels(posterior: KernelsPosterior): (network: TimedNetwork) => number {
  const model = new KernelsModel(posterior);
  return ({ kernels }) => model.predict(kernels).totalUs;
}

/** The baseline: the other device's times, all multiplied by the median ratio. */
function atPace(theirs: KernelsModel, known: readonly TimedNetwork[]): (network: TimedNetwork) => number {
  const timeOf = ({ kernels }: TimedNetwork) => theirs.predict(kernels).totalUs;
  const ratios = known
    .map((network) => (network.totalUs ?? Number.NaN) / timeOf(network))
    .sort((a, b) => a - b);
  const pace = ratios[Math.floor(ratios.length / 2)] ?? 1;
  return (network) => pace * timeOf(network);
}

function print(rows: readonly TransferRow[]): void {
  console.log(`\nTotals of ${TESTED} held-out networks, ${SEEDS.length} seeds`);
  printScores(rows, ['device', 'samples', 'training data'], (row) => [
    row.target,
    row.samples,
    row.learnedFrom,
  ]);
}
