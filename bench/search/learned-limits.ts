import { join } from 'node:path';
import { Matrix } from 'ml-matrix';
import { mean, median, quantile, standardDeviation } from 'simple-statistics';
import { InputError, quote } from '../../src/base/errors.js';
import { Random } from '../../src/base/random.js';
import { type DeviceSamples, loadDevices } from '../../src/datasets/load.js';
import { evidenceRidge } from '../../src/predictors/evidence-ridge.js';
import { type Limit, withinLimits } from '../../src/search/constraints.js';
import { tableEvaluator } from '../../src/search/evaluators/accuracy-table.js';
import type { Evaluator } from '../../src/search/evaluators/evaluator.js';
import { DEFAULT_CONFIDENCE } from '../../src/search/latency-source.js';
import { MeasuredLimit } from '../../src/search/limits/measured-limit.js';
import type { CandidatePool } from '../../src/search/pool.js';
import { bestOf, type Trial } from '../../src/search/trial.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { meanStdText } from '../format.js';
import { type BenchOptions, runPieces } from '../pieces.js';
import { poolValues, searchOnce } from './runs.js';
import { printTable } from './tables.js';

/** The phones that NAS-Bench-201 was timed on; the Pixel 2 of NASFLAT's table is kept apart. */
const PHONES = ['pixel3', 'samsung_a50', 'samsung_s7', 'essential_ph_1'];
const QUANTILES = [0.25, 0.5, 0.75];
const SEEDS = [1, 2, 3, 4, 5];
/** Measurements that the predictor learns from, and that the search may make. */
const LEARNED_FROM = 20;
const MEASURED = 20;
const BUDGET = 100;
const STRATEGY = 'brp';
/** What 80 % of a normal distribution stay below, in standard deviations. */
const AT_CONFIDENCE = 0.8416;
/** How a limit is held, and by how many standard deviations its predictions are raised. */
const WAYS: Readonly<Record<string, number>> = {
  predicted: 0,
  bound: AT_CONFIDENCE,
  measured: AT_CONFIDENCE,
};

interface LimitRow {
  readonly phone: string;
  readonly share: number;
  readonly maxMs: number;
  readonly way: string;
  readonly within: boolean;
  /** Points below the best network that truly keeps within the limit; of what is within it. */
  readonly lost: number;
  /** Measured latency of what is returned, and its accuracy, %. */
  readonly ms: number;
  readonly accuracy: number;
  readonly measurements: number;
}

interface Known {
  readonly pool: CandidatePool;
  /** `[candidate]`, % */
  readonly accuracies: Float64Array;
}

/**
 * Limits on phones that are known by 20 measurements and other devices: as predicted, carefully, and learned.
 *
 * @throws InputError for a phone that nothing is measured of
 */
export async function learnedLimitsTable(known: Known, shared: string, options: BenchOptions): Promise<void> {
  const phones = options.device ?? PHONES;
  const files = [join(shared, 'nasbench201/latency.csv.gz'), ...(options.measured ? [options.measured] : [])];
  const devices = (await Promise.all(files.map((file) => loadDevices(file, { space })))).flat();
  const missing = phones.find((phone) => !devices.some(({ device }) => device === phone));
  if (missing !== undefined) {
    const there = devices.map(({ device }) => device).join(', ');
    throw new InputError(`nothing is measured of ${quote(missing)}; there are ${there}`, {
      field: '--device',
    });
  }
  const experiment = new LimitExperiment(measuredOnly(known, devices), devices, phones);
  const pieces = Object.keys(WAYS).flatMap((way) =>
    phones.flatMap((phone) =>
      SEEDS.map((seed) => ({
        name: `search/learned-limits/${way}/${phone}/${seed}`,
        run: () => experiment.rowsOf(way, phone, seed),
      })),
    ),
  );
  const rows = await runPieces<LimitRow>(pieces, options);
  if (rows) print(rows, phones, experiment.sources.length);
}

class LimitExperiment {
  /** Devices that latency is transferred from: none of the phones, and not `fpga`, which is a formula. */
  readonly sources: readonly string[];
  /** `[candidate]`, ms, by device. */
  private readonly msOf: ReadonlyMap<string, Float64Array>;

  constructor(
    private readonly known: Known,
    devices: readonly DeviceSamples[],
    phones: readonly string[],
  ) {
    this.msOf = new Map(
      devices.map(({ device, architectures, values }) => [
        device,
        poolValues(known.pool, architectures, values),
      ]),
    );
    const leftOut = [...PHONES, ...phones, 'fpga'];
    this.sources = [...this.msOf.keys()].filter((device) => !leftOut.includes(device));
  }

  /** Searches under each limit on a phone, held in one way. */
  async rowsOf(way: string, phone: string, seed: number): Promise<LimitRow[]> {
    const { accuracies } = this.known;
    const truth = this.msOf.get(phone)!;
    const { predicted, deviation } = this.learned(truth, seed);
    const worst = predicted.map((ms) => ms * Math.exp(WAYS[way] * deviation));
    const found: LimitRow[] = [];
    for (const share of QUANTILES) {
      const maxMs = Number(quantile([...truth], share).toPrecision(3));
      const optimum = accuracies.reduce((best, a, i) => (truth[i] <= maxMs ? Math.max(best, a) : best), 0);
      const limit: Limit = { device: phone, bound: maxMs, values: predicted, worst };
      const { candidate, measurements } =
        way === 'measured'
          ? await this.measuredWithin(limit, truth, seed)
          : { candidate: await this.foundWithin(limit, seed), measurements: 0 };
      found.push({
        phone,
        share,
        maxMs,
        way,
        within: candidate !== undefined && truth[candidate] <= maxMs,
        lost: candidate === undefined ? Number.NaN : optimum - accuracies[candidate],
        ms: candidate === undefined ? Number.NaN : truth[candidate],
        accuracy: candidate === undefined ? Number.NaN : accuracies[candidate],
        measurements,
      });
    }
    return found;
  }

  private async foundWithin(limit: Limit, seed: number): Promise<number | undefined> {
    const { pool } = this.known;
    const within = withinLimits(pool, [limit]);
    const best = bestOf(await this.searched(within, seed));
    return best && pool.candidateOf(within.architectures[best.candidate]);
  }

  /** A search that measures candidates near the limit, and learns from them what keeps within it. */
  private async measuredWithin(limit: Limit, truth: Float64Array, seed: number) {
    const { pool } = this.known;
    let measurements = 0;
    const measurer = async (architecture: Uint8Array) => {
      measurements++;
      return truth[pool.candidateOf(architecture)!];
    };
    const task = { measurer, budget: MEASURED, confidence: DEFAULT_CONFIDENCE };
    const place = await MeasuredLimit.learn(pool, limit, task);
    const within = withinLimits(pool, [place.limitOn(limit.device)]);
    const limited = place.begin(within, BUDGET);
    const trials = await this.searched(within, seed, (evaluator) => limited.checking(evaluator));
    const choice = await limited.choose(trials);
    const candidate = choice && pool.candidateOf(within.architectures[choice.trial.candidate]);
    return { candidate, measurements };
  }

  /** Logarithms of the latency on the other devices, weighed by ridge: a simple baseline of transfer. */
  private learned(truth: Float64Array, seed: number) {
    const rows = [...new Random(seed).permutation(this.known.pool.size).subarray(0, LEARNED_FROM)];
    const columns = this.sources.map((source) => {
      const logs = Array.from(this.msOf.get(source)!, Math.log);
      const [centre, width] = [mean(logs), standardDeviation(logs)];
      return logs.map((log) => (log - centre) / width);
    });
    const targets = rows.map((row) => Math.log(truth[row]));
    const centre = mean(targets);
    const fit = (some: readonly number[], values: readonly number[]) =>
      evidenceRidge(
        new Matrix(some.map((row) => columns.map((column) => column[row]))),
        values.map((value) => value - centre),
      ).weights;
    const at = (weights: Float64Array, row: number) =>
      columns.reduce((sum, column, k) => sum + weights[k] * column[row], centre);
    // Each sample by the others: what is fitted to it says too little of the errors.
    const residuals = rows.map((row, i) => {
      const others = rows.filter((_, j) => j !== i);
      return targets[i] - at(fit(others, targets.toSpliced(i, 1)), row);
    });
    const weights = fit(rows, targets);
    return {
      predicted: Float64Array.from(truth.keys(), (row) => Math.exp(at(weights, row))),
      deviation: Math.sqrt(mean(residuals.map((residual) => residual ** 2))),
    };
  }

  private async searched(
    within: CandidatePool,
    seed: number,
    checked = (evaluator: Evaluator) => evaluator,
  ): Promise<readonly Trial[]> {
    const { pool, accuracies } = this.known;
    const evaluator = checked(tableEvaluator(space, pool.architectures, accuracies));
    const { trials } = await searchOnce(
      STRATEGY,
      undefined,
      { pool: within, budget: BUDGET, seed },
      evaluator,
    );
    return trials;
  }
}

function print(rows: readonly LimitRow[], phones: readonly string[], sources: number): void {
  const ways = [...new Set(rows.map(({ way }) => way))];
  const limits = phones.flatMap((phone) =>
    QUANTILES.map((share) => rows.filter((row) => row.phone === phone && row.share === share)),
  );
  const table = (title: string, head: string[], cellsOf: (runs: readonly LimitRow[]) => string[]) =>
    printTable(
      title,
      ['phone', 'limit, ms', ...head],
      limits.map((own) =>
        own.length === 0
          ? []
          : [
              own[0].phone,
              `${own[0].maxMs}`,
              ...ways.flatMap((way) => cellsOf(own.filter((row) => row.way === way))),
            ],
      ),
    );
  printTable(
    `Limits from ${LEARNED_FROM} measurements and ${sources} other devices (${STRATEGY}, ${BUDGET} trained, CIFAR-100 test %):`,
    [
      'limit enforced by',
      'returned network measured within',
      'points below the best within',
      'median',
      'at most 0.3',
      'measurements',
    ],
    ways.map((way) => {
      const runs = rows.filter((row) => row.way === way);
      const lost = runs.filter(({ within }) => within).map((row) => row.lost);
      return [
        way,
        `${lost.length} of ${runs.length}`,
        ...(lost.length === 0 ? ['-', '-'] : [meanStdText(lost, 2), median(lost).toFixed(2)]),
        `${lost.filter((points) => points <= 0.3).length} of ${runs.length}`,
        mean(runs.map(({ measurements }) => measurements)).toFixed(1),
      ];
    }),
  );
  table(
    'By phone and limit, points lost:',
    ways.flatMap((way) => [`${way}: within`, 'lost']),
    (runs) => {
      const kept = runs.filter(({ within }) => within);
      const lost = kept.map((row) => row.lost);
      return [`${kept.length}/${runs.length}`, kept.length === 0 ? '-' : meanStdText(lost, 2)];
    },
  );
  table('What is returned: measured ms, CIFAR-100 test %; mean over seeds:', ways, (all) => {
    const runs = all.filter(({ ms }) => !Number.isNaN(ms ?? Number.NaN));
    if (runs.length === 0) return ['-'];
    const [ms, accuracy] = [mean(runs.map((row) => row.ms)), mean(runs.map((row) => row.accuracy))];
    return [`${ms.toFixed(1)}, ${accuracy.toFixed(2)}`];
  });
}

/** The candidates that every device has measured. */
function measuredOnly({ pool, accuracies }: Known, devices: readonly DeviceSamples[]): Known {
  const measured = devices.map(({ architectures }) => new Set(architectures.map((a) => space.format(a))));
  const kept = [...accuracies.keys()].filter((candidate) => {
    const name = space.format(pool.architectures[candidate]);
    return measured.every((names) => names.has(name));
  });
  const isKept = new Set(kept);
  return {
    pool: pool.restrictedTo((candidate) => isKept.has(candidate), {}),
    accuracies: Float64Array.from(kept, (candidate) => accuracies[candidate]),
  };
}
