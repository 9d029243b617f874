import { mean } from 'simple-statistics';
import { plainTable } from '../../cli/table.js';
import { uniformRanks } from '../../src/compress/baselines.js';
import { JudgedG2p } from '../../src/compress/g2p/judged.js';
import { compressInRounds } from '../../src/compress/g2p/rounds.js';
import { loadShippedG2p } from '../../src/compress/g2p/shipped.js';
import { bestWithin, prepareCompression } from '../../src/compress/prepare.js';
import { runSeed } from '../../src/search/seeded-run.js';
import type { Architecture } from '../../src/spaces/space.js';
import { meanStdText } from '../format.js';
import type { Piece } from '../pieces.js';
import type { RetrainedRow, Row } from './setting.js';

type Setting = Pick<RetrainedRow, 'ranks' | 'maxParameters' | 'rounds' | 'epochs'>;

/** The same epochs without factors come first: they say how much is owed to training alone. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  dense: { ranks: 'dense', maxParameters: 1, rounds: 1, epochs: 1 },
  '3.7x': { ranks: 'greedy', maxParameters: 0.27, rounds: 1, epochs: 1 },
  '3.9x': { ranks: 'greedy', maxParameters: 0.255, rounds: 1, epochs: 1 },
  '3.9x-uniform': { ranks: 'uniform', maxParameters: 0.255, rounds: 1, epochs: 1 },
  '5x': { ranks: 'greedy', maxParameters: 0.2, rounds: 2, epochs: 1 },
  '5x-at-once': { ranks: 'greedy', maxParameters: 0.2, rounds: 1, epochs: 2 },
};
const SEEDS = [1, 2, 3];
const BUDGET = 200;
const WORDS = 500;
const BATCH_SIZE = 128;
const LEARNING_RATE = 0.001;

/** Retraining once ranks are found, by the error on the test set. */
export function retrainedPieces(): Piece<Row>[] {
  return Object.entries(SETTINGS).flatMap(([name, setting]) =>
    SEEDS.map((seed) => ({ name: `retrained/${name}/${seed}`, run: () => retrained(setting, seed) })),
  );
}

async function retrained(setting: Setting, seed: number): Promise<RetrainedRow[]> {
  const { maxParameters, rounds, epochs } = setting;
  const given = await JudgedG2p.shipped({ words: WORDS, seed });
  const started = performance.now();
  const training = { epochs, batchSize: BATCH_SIZE, learningRate: LEARNING_RATE, seed };
  const found = await compressInRounds(
    given,
    { maxParameters, rounds, training },
    {
      search: (judged, limit) => ranksOf(setting.ranks, judged, limit, seed),
      training: () => ({ threads: 1 }),
    },
  );
  await given.release();
  const last = found?.rounds.at(-1);
  if (!last) return [];
  const { parameters, scores } = last;
  return [
    {
      kind: 'retrained',
      ...setting,
      seed,
      parameters,
      validErrorPercent: scores.valid.wordErrorPercent,
      testErrorPercent: scores.test.wordErrorPercent,
      seconds: (performance.now() - started) / 1000,
    },
  ];
}

async function ranksOf(
  ranks: Setting['ranks'],
  { model, evaluator }: JudgedG2p,
  maxParameters: number,
  seed: number,
): Promise<Architecture> {
  if (ranks === 'dense') return model.ranks.dense;
  const prepared = prepareCompression({ model, evaluator, limits: { maxParameters }, described: {} });
  const { pool } = prepared;
  const task = {
    strategy: 'greedy',
    options: {},
    objective: 'accuracy',
    budget: BUDGET,
    parallel: 1,
    seed,
  } as const;
  const found =
    ranks === 'uniform'
      ? uniformRanks(model, pool.goal)
      : pool.architectures[bestWithin(prepared, (await runSeed(task, prepared)).trials)?.candidate ?? -1];
  if (!found) throw new Error(`no ranks within ${maxParameters}`);
  return found;
}

export async function printRetrained(rows: readonly RetrainedRow[]): Promise<void> {
  if (rows.length === 0) return;
  const dense = (await loadShippedG2p()).card.scores;
  console.log('With retraining, word error, mean and standard deviation over seeds:');
  const table = plainTable([
    'ranks',
    'rounds × epochs',
    'times fewer parameters',
    'seeds',
    'word error % (validation)',
    'in testing',
    'against dense, points',
    's',
  ]);
  for (const { ranks, maxParameters, rounds, epochs } of Object.values(SETTINGS)) {
    const own = rows.filter(
      (row) =>
        row.ranks === ranks &&
        row.maxParameters === maxParameters &&
        row.rounds === rounds &&
        row.epochs === epochs,
    );
    if (own.length === 0) continue;
    const lost = own.map(({ testErrorPercent }) => testErrorPercent - dense.test.wordErrorPercent);
    table.push([
      ranks,
      `${rounds} × ${epochs}`,
      mean(own.map(({ parameters }) => 1 / parameters)).toFixed(2),
      own.length,
      meanStdText(
        own.map(({ validErrorPercent }) => validErrorPercent),
        2,
      ),
      meanStdText(
        own.map(({ testErrorPercent }) => testErrorPercent),
        2,
      ),
      `${mean(lost) > 0 ? '+' : ''}${meanStdText(lost, 2)}`,
      mean(own.map(({ seconds }) => seconds)).toFixed(0),
    ]);
  }
  console.log(table.toString());
}
