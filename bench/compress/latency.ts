import { plainTable } from '../../cli/table.js';
import { MOST_LETTERS } from '../../src/compress/g2p/dictionary.js';
import type { RankLimits } from '../../src/compress/goal.js';
import { measuredLatency } from '../../src/compress/latency-sources.js';
import { latencyIn, latencyTable } from '../../src/compress/latency-table.js';
import { bestWithin, prepareCompression } from '../../src/compress/prepare.js';
import { onnxruntimeTarget } from '../../src/measure/onnxruntime-target.js';
import { runSeed } from '../../src/search/seeded-run.js';
import { meanStdText } from '../format.js';
import { once, type Piece } from '../pieces.js';
import type { CompressSetting, LatencyRow, Row } from './setting.js';

/** Shares of the parameters that a search without regard to latency keeps to. */
const LIMITS = [1 / 2, 1 / 3];
/** What a search by latency keeps to, as a share of the latency of the model that was found by parameters. */
const LATENCY_SHARES = [0.9, 0.8];
const SEEDS = [1, 2, 3];
const STRATEGY = 'greedy';
const BUDGET = 200;
const WORDS = 500;
/** Models that are timed again once they are found. */
const REPEATS = 5;

/** The measured latency of this machine in the reward, in the place of parameters. */
export function latencyPieces(shared: () => Promise<CompressSetting>): Piece<Row>[] {
  const timed = once(() => timedRanks(shared));
  return LIMITS.flatMap((limit) =>
    SEEDS.map((seed) => ({
      name: `latency/${(1 / limit).toFixed(0)}x/${seed}`,
      run: async () => byLatency(limit, seed, await shared(), await timed()),
    })),
  );
}

type Timed = Awaited<ReturnType<typeof timedRanks>>;

/** Latencies of each matrix with each rank, for one word. */
async function timedRanks(shared: () => Promise<CompressSetting>) {
  const { model } = await shared();
  const sizes = new Map([['letters', [1, MOST_LETTERS]]]);
  const source = await measuredLatency(model, onnxruntimeTarget({ provider: 'cpu', threads: 1 }), sizes);
  return { source, table: await latencyTable(model.ranks, (ranks) => source.latencyMs(ranks)) };
}

async function byLatency(
  maxParameters: number,
  seed: number,
  { model, words, representative, errorPercent, evaluator }: CompressSetting,
  { source, table: latency }: Timed,
): Promise<LatencyRow[]> {
  const some = await representative(WORDS, seed);
  const rows: LatencyRow[] = [];
  const found = async (limits: RankLimits, share: number | null): Promise<LatencyRow | undefined> => {
    const prepared = prepareCompression({
      model,
      evaluator: evaluator(some),
      limits,
      latency,
      described: {},
    });
    const task = {
      strategy: STRATEGY,
      options: {},
      objective: 'accuracy',
      budget: BUDGET,
      parallel: 1,
      seed,
    };
    const { trials } = await runSeed(task as Parameters<typeof runSeed>[0], prepared);
    const best = bestWithin(prepared, trials);
    if (!best) return undefined;
    const { pool } = prepared;
    const ranks = pool.architectures[best.candidate];
    const measured: number[] = [];
    for (let k = 0; k < REPEATS; k++) measured.push(await source.latencyMs(ranks));
    const row: LatencyRow = {
      kind: 'latency',
      maxParameters,
      share,
      seed,
      parameters: pool.goal.costs.parameters(ranks),
      denseMs: latency.denseMs,
      predictedMs: latencyIn(latency, ranks),
      measuredMs: measured.sort((a, b) => a - b)[REPEATS >> 1],
      errorPercent: 100 - best.outcome.accuracy,
      testErrorPercent: await errorPercent(ranks, words.test),
    };
    rows.push(row);
    return row;
  };
  const byParameters = await found({ maxParameters }, null);
  if (!byParameters) return rows;
  for (const share of LATENCY_SHARES) await found({ maxLatencyMs: share * byParameters.measuredMs }, share);
  return rows;
}

export function printLatency(rows: readonly LatencyRow[]): void {
  if (rows.length === 0) return;
  console.log(
    `Latency of one word on this machine, ranks by \`${STRATEGY}\` judged on ${WORDS} words, mean and standard deviation over seeds:`,
  );
  const table = plainTable([
    'limit',
    'seeds',
    'parameters left',
    'ms, as added up',
    'ms, measured',
    'against by parameters, %',
    'word error %',
    'on its own words %',
  ]);
  for (const limit of LIMITS) {
    const byParameters = new Map(
      rows
        .filter((row) => row.maxParameters === limit && row.share === null)
        .map((row) => [row.seed, row.measuredMs]),
    );
    for (const share of [null, ...LATENCY_SHARES]) {
      const own = rows.filter((row) => row.maxParameters === limit && row.share === share);
      if (own.length === 0) continue;
      const name = `1/${(1 / limit).toFixed(0)} of the parameters`;
      const of = (value: (row: LatencyRow) => number, digits: number) => meanStdText(own.map(value), digits);
      table.push([
        share === null ? name : `${100 * share} % of the latency of that`,
        own.length,
        of(({ parameters }) => parameters, 3),
        of(({ predictedMs }) => predictedMs, 3),
        of(({ measuredMs }) => measuredMs, 3),
        of((row) => 100 * (row.measuredMs / byParameters.get(row.seed)! - 1), 1),
        of(({ testErrorPercent }) => testErrorPercent, 2),
        of(({ errorPercent }) => errorPercent, 2),
      ]);
    }
  }
  console.log(table.toString());
  const off = rows.map(({ predictedMs, measuredMs }) => Math.abs(predictedMs / measuredMs - 1));
  console.log(
    `The sum of the savings is ${meanStdText(off, 1, 100)} % off the measured latency; the dense model takes ${rows[0].denseMs.toFixed(3)} ms.`,
  );
}
