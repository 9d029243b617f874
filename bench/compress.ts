import { loadDictionary } from '../src/compress/g2p/dictionary.js';
import { loadShippedG2p } from '../src/compress/g2p/shipped.js';
import { agreementPieces, printAgreement } from './compress/agreement.js';
import { latencyPieces, printLatency } from './compress/latency.js';
import { printRanks, rankPieces } from './compress/ranks.js';
import { printRetrained, retrainedPieces } from './compress/retrained.js';
import { isAgreement, isLatency, isRanks, isRetrained, type Row, setting } from './compress/setting.js';
import { type BenchOptions, runPieces } from './pieces.js';

/** Ranks of the network from letters to phonemes: strategies beside each other, the words they are judged on, latency, and retraining. */
export async function compressBench(options: BenchOptions): Promise<void> {
  const { card } = await loadShippedG2p();
  const [valid, test] = [card.scores.valid, card.scores.test].map(
    ({ wordErrorPercent: word, phonemeErrorPercent: phoneme }) =>
      `word error ${word.toFixed(2)} % and phoneme error ${phoneme.toFixed(2)} %`,
  );
  console.log(`dense: ${valid} in validation, ${test} in testing`);
  const shared = setting(loadDictionary);
  const pieces = [
    ...agreementPieces(shared),
    ...rankPieces(shared),
    ...latencyPieces(shared),
    ...retrainedPieces(),
  ];
  const rows = await runPieces<Row>(pieces, options);
  if (!rows) return;
  printAgreement(rows.filter(isAgreement));
  printRanks(rows.filter(isRanks));
  printLatency(rows.filter(isLatency));
  await printRetrained(rows.filter(isRetrained));
}
