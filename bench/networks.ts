import { join } from 'node:path';
import { packageRoot } from '../src/base/package-root.js';
import { Random } from '../src/base/random.js';
import { loadNetworks } from '../src/datasets/networks/load.js';
import { fitRates } from '../src/predictors/kernels/fit-rates.js';
import { errorScale, predicted } from '../src/predictors/kernels/left-out-families.js';
import { ratedUs } from '../src/predictors/kernels/rates.js';
import { distinctKernels, type TimedNetwork, timedKernels } from '../src/predictors/kernels/timed-network.js';
import { PROBES, timedNetworks } from '../src/predictors/kernels/train.js';
import { DEFAULT_RUNTIME } from '../src/runtimes/index.js';
import { nonNegativeLine } from './networks/baselines.js';
import type { LeftOutRow } from './networks/row.js';
import { printNetworkTables } from './networks/tables.js';
import { type BenchOptions, type Piece, runPieces } from './pieces.js';

const DATA = join(packageRoot, 'datasets', 'onnx_cpu', 'onnx_cpu.csv.gz');
/** What the networks learned from are drawn by. */
const SEEDS = [1, 2, 3];
const BASELINE_NETWORKS = 100;

/** What a predictor is learned from: networks of other families, probes, totals only. */
interface Source {
  readonly name: string;
  readonly networks: number;
  readonly probes: boolean;
  readonly totalsOnly?: boolean;
}

const SOURCES: readonly Source[] = [
  { name: '10 networks', networks: 10, probes: false },
  { name: '25 networks', networks: 25, probes: false },
  { name: '50 networks', networks: 50, probes: false },
  { name: '100 networks', networks: 100, probes: false },
  { name: 'probes', networks: 0, probes: true },
  { name: 'probes and 50 networks', networks: 50, probes: true },
  { name: 'probes and all networks', networks: Number.POSITIVE_INFINITY, probes: true },
  { name: '100 totals', networks: 100, probes: false, totalsOnly: true },
];

/** Any network's latency from other families' kernels: `npm run bench -- networks`. */
export async function networksBench(options: BenchOptions): Promise<void> {
  const dataset = await loadNetworks(DATA);
  const networks = await timedNetworks(dataset, DEFAULT_RUNTIME);
  const families = [...new Set(networks.map(({ family }) => family))]
    .filter((family) => family !== PROBES)
    .sort();
  const pieces = [
    ...SOURCES.flatMap((source) =>
      seedsOf(source).map((seed) => ({
        name: `networks/${source.name.replaceAll(' ', '-')}/${seed}`,
        run: async () => families.flatMap((family) => kernelRows(networks, family, source, seed)),
      })),
    ),
    ...SEEDS.map((seed) => ({
      name: `networks/baselines/${seed}`,
      run: async () => families.flatMap((family) => baselineRows(networks, family, seed)),
    })),
  ] satisfies Piece<LeftOutRow>[];
  const rows = await runPieces<LeftOutRow>(pieces, options);
  if (rows) printNetworkTables(rows, dataset.card?.noise ?? null);
}

/** One where nothing is drawn. */
function seedsOf({ networks }: Source): readonly number[] {
  return networks > 0 && Number.isFinite(networks) ? SEEDS : SEEDS.slice(0, 1);
}

/** Some networks of other families, the same ones for every predictor. */
function drawn(
  networks: readonly TimedNetwork[],
  family: string,
  count: number,
  seed: number,
): TimedNetwork[] {
  const others = networks.filter((network) => network.family !== family && network.family !== PROBES);
  const order = [...new Random(seed).permutation(others.length)];
  return order.slice(0, Math.min(count, others.length)).map((i) => others[i]);
}

function kernelRows(
  networks: readonly TimedNetwork[],
  family: string,
  source: Source,
  seed: number,
): LeftOutRow[] {
  const known = [
    ...drawn(networks, family, source.networks, seed),
    ...(source.probes ? networks.filter((network) => network.family === PROBES) : []),
  ].map((network) => (source.totalsOnly ? { ...network, kernelUs: undefined } : network));
  const asked = networks.filter((network) => network.family === family);
  return predicted(known, asked).map(({ network, time, familiar }) => ({
    learnedFrom: source.name,
    seed,
    family,
    network: network.name,
    predictedUs: time.totalUs,
    totalUs: network.totalUs,
    familiar,
    scale: errorScale(time),
  }));
}

/** Lines in what a network computes and moves, and rates of each kind of kernel, from the same networks. */
function baselineRows(networks: readonly TimedNetwork[], family: string, seed: number): LeftOutRow[] {
  const known = drawn(networks, family, BASELINE_NETWORKS, seed);
  const sums = ({ kernels }: TimedNetwork) => ({
    macs: kernels.reduce((sum, { macs }) => sum + macs, 0) / 1e6,
    bytes: kernels.reduce((sum, { inBytes, outBytes }) => sum + inBytes + outBytes, 0) / 1e6,
    weights: kernels.reduce((sum, { weightBytes }) => sum + weightBytes, 0) / 1e6,
    kernels: kernels.length,
  });
  const rates = fitRates(timedKernels(known), [], CALL_US);
  const macs = nonNegativeLine(known, (network) => [1, sums(network).macs]);
  const bytes = nonNegativeLine(known, (network) => {
    const { macs: products, bytes: moved, weights, kernels } = sums(network);
    return [1, products, moved, weights, kernels];
  });
  const rated = ({ kernels }: TimedNetwork) =>
    distinctKernels(kernels).reduce((us, { kernel, count }) => us + count * ratedUs(rates, kernel), CALL_US);
  const asked = networks.filter((network) => network.family === family);
  return Object.entries({
    'line in MACs': macs,
    'MACs, bytes, kernels': bytes,
    'rates per kind': rated,
  }).flatMap(([learnedFrom, predict]) =>
    asked.map((network) => ({
      learnedFrom: `${BASELINE_NETWORKS} networks, ${learnedFrom}`,
      seed,
      family,
      network: network.name,
      predictedUs: predict(network),
      totalUs: network.totalUs ?? Number.NaN,
      familiar: true,
      scale: Number.NaN,
    })),
  );
}

/** Of a call that computes nothing; the card says it of the measurement. */
const CALL_US = 15;
