import { join } from 'node:path';
import { Matrix, solve } from 'ml-matrix';
import { plainTable } from '../cli/table.js';
import { loadSamples } from '../src/datasets/load.js';
import { type Samples, select } from '../src/datasets/samples.js';
import { type Metric, metricNamed } from '../src/metrics/metric.js';
import { cut, runTrial, type SplitSamples } from '../src/predictors/evaluation.js';
import { meanAndStd } from '../src/predictors/metrics.js';
import { predictorNamed } from '../src/predictors/registry.js';
import { scores } from '../src/predictors/scores.js';
import { spaceNamed } from '../src/spaces/registry.js';
import type { Architecture } from '../src/spaces/space.js';
import { DATA, hasData } from './data.js';
import { meanStdText } from './format.js';
import { type BenchOptions, type Piece, runPieces } from './pieces.js';

const FILE = join(DATA, 'hwgpt', 'gpt_s.csv.gz');
const SEEDS = [1, 2, 3];
const TRAIN = 900;
const VALID = 100;
/** Its networks are told by themselves, too: two widths make ranks look better than they are. */
const WIDTH = '384';
const GPUS = ['rtx2080', 'v100', 'a40', 'a6000', 'a100', 'h100'];
const CPUS = ['cpu_mlgpu', 'cpu_alldlc', 'cpu_p100', 'helix_cpu'];
const LATENCY = metricNamed('latency');
const ENERGY = metricNamed('energy');

const PREDICTORS = ['line', 'lookup'] as const;
const NETWORKS = ['all', 'one width'] as const;

const space = spaceNamed('gpt');

interface GptRow {
  readonly column: string;
  readonly predictor: (typeof PREDICTORS)[number];
  readonly networks: (typeof NETWORKS)[number];
  readonly mape: number;
  readonly within10: number;
  readonly spearman: number;
}

/** GPTs on ten devices: what a line in the counts reaches, and what is learned: `npm run bench -- gpt`. */
export async function gptBench(options: BenchOptions): Promise<void> {
  if (!hasData(FILE)) return;
  const rows = await runPieces(
    [
      ...[...GPUS, ...CPUS].map((device) => piece(device, LATENCY)),
      ...GPUS.map((device) => piece(device, ENERGY)),
    ],
    options,
  );
  if (!rows) return;
  console.log(
    `Share within ±10 %, mean ± std over ${SEEDS.length} splits / Spearman; trained on ${TRAIN} + ${VALID} networks, tested on all others:`,
  );
  print(rows);
}

function print(rows: readonly GptRow[]): void {
  const kinds = NETWORKS.flatMap((networks) => PREDICTORS.map((predictor) => ({ networks, predictor })));
  const table = plainTable([
    'column',
    ...kinds.map(({ networks, predictor }) => `${predictor}, ${networks}`),
  ]);
  for (const column of new Set(rows.map((row) => row.column))) {
    const cells = kinds.map(({ networks, predictor }) => {
      const own = rows.filter(
        (row) => row.column === column && row.networks === networks && row.predictor === predictor,
      );
      const spearman = meanAndStd(own.map((row) => row.spearman)).mean;
      const within10 = meanStdText(
        own.map((row) => row.within10),
        1,
        100,
      );
      return `${within10} / ${spearman.toFixed(3)}`;
    });
    table.push([column, ...cells]);
  }
  console.log(table.toString());
}

function piece(device: string, metric: Metric): Piece<GptRow> {
  return { name: `gpt/${metric.name}/${device}`, run: () => scored(device, metric) };
}

async function scored(device: string, metric: Metric): Promise<GptRow[]> {
  const column = `${device}_${metric.name}`;
  const samples = await loadSamples(FILE, { space, device, metric, duplicates: 'mean' });
  const rows: GptRow[] = [];
  for (const networks of NETWORKS) {
    const some = networks === 'all' ? samples : ofOneWidth(samples);
    for (const seed of SEEDS) {
      const split = cut(space, some, { kind: 'random', train: TRAIN, valid: VALID, seed });
      const kind = predictorNamed('lookup');
      const { test } = await runTrial({ kind, space, deadOperations: 'timed', split, seed });
      const found = { line: lineScores(split), lookup: test! };
      for (const predictor of PREDICTORS) {
        const { mape, within10, spearman } = found[predictor];
        rows.push({ column, predictor, networks, mape, within10, spearman });
      }
    }
  }
  return rows;
}

function ofOneWidth(samples: Samples): Samples {
  const indices = [...samples.architectures.keys()].filter(
    (i) => choices(samples.architectures[i])[0] === WIDTH,
  );
  return select(samples, indices);
}

/** As it is written: `384/10/1/8-12-…/3-4-…`. */
const choices = (architecture: Architecture) => space.format(architecture).split('/');

/** Least squares on a constant, and on the width times 1, the layers, the sums of the MLPs' ratios and of the heads, and the bias. */
function lineScores({ train, test }: SplitSamples) {
  const weights = solve(features(train), Matrix.columnVector([...train.values]), true);
  return scores(test.values, Float64Array.from(features(test).mmul(weights).to1DArray()));
}

function features({ architectures }: Samples): Matrix {
  return new Matrix(
    architectures.map((architecture) => {
      const [width, layers, bias, heads, ratios] = choices(architecture);
      const counts = [1, Number(layers), total(ratios), total(heads), Number(bias)];
      return [1, ...counts.map((count) => Number(width) * count)];
    }),
  );
}

const total = (list: string) => list.split('-').reduce((sum, each) => sum + Number(each), 0);
