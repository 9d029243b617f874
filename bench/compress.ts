import { loadDictionary } from '../src/compress/g2p/dictionary.js';
import { agreementPieces, printAgreement } from './compress/agreement.js';
import { latencyPieces, printLatency } from './compress/latency.js';
import { printRanks, rankPieces } from './compress/ranks.js';
import { printRetrained, retrainedPieces } from './compress/retrained.js';
import { isAgreement, isLatency, isRanks, isRetrained, type Row, setting } from './compress/setting.js';
import { type BenchOptions, runPieces } from './pieces.js';

/** Ranks of the network from letters to phonemes: strategies beside each other, the words they are judged on, latency, and retraining. */
export async function compressBench(options: BenchOptions): Promise<void> {
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
  await printRanks(rows.filter(isRanks));
  printLatency(rows.filter(isLatency));
  await printRetrained(rows.filter(isRetrained));
}
