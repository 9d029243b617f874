import { InputError } from '../src/base/errors.js';
import { version } from '../src/base/version.js';
import { writeOutput } from '../src/base/write-output.js';
import { JudgedG2p } from '../src/compress/g2p/judged.js';
import { compressInRounds, type Round } from '../src/compress/g2p/rounds.js';
import type { G2pScores } from '../src/compress/g2p/shipped.js';
import type { Architecture } from '../src/spaces/space.js';
import { percent } from './percent.js';
import { countBar } from './progress.js';
import { decomposed, type RankSearchFlags, searchRanks } from './rank-search.js';
import { plainTable } from './table.js';

export interface RetrainFlags extends RankSearchFlags {
  /** Epochs after each search. */
  retrain: number;
  learningRate: number;
  repeat: number;
  maxParams?: number;
  threads: number;
  out: string;
  json?: boolean;
}

/** `<out>.card.json`: how the included network was compressed, and how good the result is. */
interface CompressedCard {
  readonly description: string;
  readonly version: string;
  readonly data: string;
  readonly denseParameters: number;
  readonly parameters: number;
  readonly search: { readonly strategy: string; readonly words: number; readonly seed: number };
  readonly rounds: readonly Round[];
  readonly denseScores: G2pScores;
  readonly scores: G2pScores;
}

/** Words of the development set on which ranks are judged. */
export const WORDS = 500;
const BATCH_SIZE = 128;

/** Compresses and retrains the included network, in one or several rounds, and writes it with a card. */
export async function compressRetrained(
  flags: RetrainFlags,
  log: string,
  signal: AbortSignal,
): Promise<void> {
  const { maxParams, retrain, learningRate, repeat, seed, strategy, out } = flags;
  if (maxParams === undefined) {
    throw new InputError('say what share of the parameters may be left', { field: '--max-params' });
  }
  const given = await JudgedG2p.shipped({ words: WORDS, seed });
  try {
    const training = { epochs: retrain, batchSize: BATCH_SIZE, learningRate, seed };
    const options = { maxParameters: maxParams, rounds: repeat, training };
    const found = await compressInRounds(given, options, {
      search: (judged, limit, round) => ranksOf(flags, judged, limit, logOfRound(log, round), signal),
      training: (round) => {
        const bar = countBar(repeat === 1 ? 'training steps' : `training steps of round ${round}`);
        return {
          threads: flags.threads,
          checkpoint: `${log}.training-${round}`,
          signal,
          onProgress(step, steps) {
            bar.update(step, steps);
            if (step === steps || signal.aborted) bar.stop();
          },
        };
      },
    });
    if (!found) throw signal.reason;
    const { model } = found.judged;
    await decomposed(model, signal);
    const card: CompressedCard = {
      description: 'models/g2p.onnx with its matrices factorised and the factors trained further',
      version,
      data: 'CMU Pronouncing Dictionary, npm cmu-pronouncing-dictionary, ISC; trained on the training words only',
      denseParameters: given.model.parameters,
      parameters: model.parameters,
      search: { strategy, words: WORDS, seed },
      rounds: found.rounds,
      denseScores: await given.scores(),
      scores: found.rounds[repeat - 1].scores,
    };
    const cardFile = `${out.replace(/\.onnx$/i, '')}.card.json`;
    await writeOutput(out, model.onnx(model.ranks.dense));
    await writeOutput(cardFile, `${JSON.stringify(card, null, 2)}\n`);
    if (flags.json) console.log(JSON.stringify({ out, card: cardFile, ...card }, null, 2));
    else print(card, out, cardFile);
  } finally {
    await given.release();
  }
}

const logOfRound = (log: string, round: number) => (round === 1 ? log : `${log}.round-${round}`);

async function ranksOf(
  flags: RetrainFlags,
  { model, evaluator }: JudgedG2p,
  maxParameters: number,
  log: string,
  signal: AbortSignal,
): Promise<Architecture> {
  await decomposed(model, signal);
  const source = { model, evaluator, limits: { maxParameters }, described: { model: 'g2p', words: WORDS } };
  const { prepared, best } = await searchRanks(flags, source, log, signal);
  signal.throwIfAborted();
  if (!best) throw new InputError('no ranks within the limit were found', { file: log });
  return prepared.pool.architectures[best.candidate];
}

function print(card: CompressedCard, out: string, cardFile: string): void {
  const table = plainTable(['round', 'at most', 'left', 'word error % (validation)', 'in testing']);
  const errors = ({ valid, test }: G2pScores) =>
    [valid, test].map(({ wordErrorPercent }) => wordErrorPercent.toFixed(2));
  table.push(['dense', '', percent(1), ...errors(card.denseScores)]);
  for (const [i, { maxParameters, parameters, scores }] of card.rounds.entries()) {
    table.push([i + 1, percent(maxParameters), percent(parameters), ...errors(scores)]);
  }
  console.log(table.toString());
  const times = (card.denseParameters / card.parameters).toFixed(2);
  console.log(
    `${out}: ${card.parameters.toLocaleString('en')} parameters, ${times} times fewer; details in ${cardFile}`,
  );
}
