import { CompressibleModel } from '../../src/compress/compressible-model.js';
import type { Dictionary, Word } from '../../src/compress/g2p/dictionary.js';
import { g2pEvaluator, thetaOf } from '../../src/compress/g2p/evaluator.js';
import { Recogniser } from '../../src/compress/g2p/recogniser.js';
import { representativeWords } from '../../src/compress/g2p/representative.js';
import { loadShippedG2p } from '../../src/compress/g2p/shipped.js';
import { decodeModel } from '../../src/onnx/proto.js';
import type { Evaluator } from '../../src/search/evaluators/evaluator.js';
import { once } from '../pieces.js';

/** How a set of words judges ranks, beside the whole development set. */
export interface AgreementRow {
  readonly kind: 'agreement';
  readonly words: number;
  readonly chosen: 'representative' | 'random';
  readonly spearman: number;
  readonly meanAbsoluteError: number;
}

/** What a strategy found. */
export interface RanksRow {
  readonly kind: 'ranks';
  readonly strategy: string;
  readonly seed: number;
  readonly maxParameters: number;
  readonly evaluations: number;
  readonly ranks: string;
  readonly parameters: number;
  /** Percent of the words of the test set that are wrong. */
  readonly testErrorPercent: number;
  /** Of the evaluator's words. */
  readonly errorPercent: number;
  readonly seconds: number;
}

/** What compressing and retraining leaves. */
export interface RetrainedRow {
  readonly kind: 'retrained';
  readonly ranks: 'dense' | 'greedy' | 'uniform';
  readonly maxParameters: number;
  readonly rounds: number;
  /** In each round. */
  readonly epochs: number;
  readonly seed: number;
  readonly parameters: number;
  /** Percent of the words that are wrong. */
  readonly validErrorPercent: number;
  readonly testErrorPercent: number;
  readonly seconds: number;
}

/** What a search by latency finds, beside one by parameters. */
export interface LatencyRow {
  readonly kind: 'latency';
  readonly maxParameters: number;
  /** Limit on latency, as a share of the latency of the model found by parameters; null is that model. */
  readonly share: number | null;
  readonly seed: number;
  readonly parameters: number;
  readonly denseMs: number;
  /** What the matrices alone save, added up. */
  readonly predictedMs: number;
  readonly measuredMs: number;
  readonly errorPercent: number;
  readonly testErrorPercent: number;
}

export type Row = AgreementRow | RanksRow | RetrainedRow | LatencyRow;
export const isLatency = (row: Row): row is LatencyRow => row.kind === 'latency';
export const isAgreement = (row: Row): row is AgreementRow => row.kind === 'agreement';
export const isRanks = (row: Row): row is RanksRow => row.kind === 'ranks';
export const isRetrained = (row: Row): row is RetrainedRow => row.kind === 'retrained';

/** What all pieces share, made when the first one runs. */
export interface CompressSetting {
  readonly words: Dictionary;
  readonly model: CompressibleModel;
  /** Words of the development set that ranks are judged by. */
  representative(count: number, seed: number): Promise<Word[]>;
  errorPercent(ranks: Uint8Array, words: readonly Word[]): Promise<number>;
  evaluator(words: readonly Word[]): Evaluator;
}

export function setting(load: () => Promise<Dictionary>): () => Promise<CompressSetting> {
  return once<CompressSetting>(async () => {
    const words = await load();
    const { form, theta, onnx } = await loadShippedG2p();
    const model = new CompressibleModel(decodeModel(onnx));
    await model.decompose();
    const recogniser = await Recogniser.of(form, 1);
    const said = once(() => recogniser.say(theta, words.valid));
    return {
      words,
      model,
      async representative(count, seed) {
        return representativeWords(words.valid, await said(), count, seed);
      },
      async errorPercent(ranks, some) {
        const { wordErrorPercent } = await recogniser.errors(thetaOf(model, form, theta, ranks), some);
        return wordErrorPercent;
      },
      evaluator: (some) => g2pEvaluator({ model, form, theta }, recogniser, some),
    };
  });
}
