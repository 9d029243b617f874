import { version } from '../../base/version.js';
import { startingFrom } from '../../nn/network.js';
import { decodeModel } from '../../onnx/proto.js';
import type { Evaluator } from '../../search/evaluators/evaluator.js';
import type { Architecture } from '../../spaces/space.js';
import { CompressibleModel } from '../compressible-model.js';
import { lowRankNetwork } from '../low-rank-network.js';
import { type Dictionary, loadDictionary, type Word } from './dictionary.js';
import { g2pEvaluator } from './evaluator.js';
import { g2pModel } from './model.js';
import { type G2pForm, g2pNetwork } from './network.js';
import { Recogniser } from './recogniser.js';
import { representativeWords } from './representative.js';
import { type G2pScores, loadShippedG2p } from './shipped.js';
import { type G2pTrainingHooks, type G2pTrainingOptions, trainG2p } from './training.js';

/** What all models have that come of one. */
interface Common {
  readonly form: G2pForm;
  readonly words: Dictionary;
  /** Of those for validation, which ranks are judged by. */
  readonly some: readonly Word[];
  readonly recogniser: Recogniser;
  /** Why recurrent matrices stay as they are, if they do. */
  readonly kept?: string;
}

export interface JudgedBy {
  /** So many words, which stand for the whole development set. */
  readonly words: number;
  readonly seed: number;
  readonly kept?: string;
}

/**
 * A network from letters to phonemes, and what judges its ranks: how many of some words of the development set are said
 * rightly, percent.
 */
export class JudgedG2p {
  readonly evaluator: Evaluator;

  private constructor(
    private readonly common: Common,
    private readonly theta: Float32Array,
    readonly model: CompressibleModel,
  ) {
    const { form, recogniser, some } = common;
    this.evaluator = g2pEvaluator({ model, form, theta }, recogniser, some);
  }

  /** The network that ships. @throws InputError if it, or the package of words, is not there */
  static async shipped(by: JudgedBy): Promise<JudgedG2p> {
    const words = await loadDictionary();
    const { form, theta } = await loadShippedG2p();
    return JudgedG2p.of({ form, theta }, words, by);
  }

  static async of(
    { form, theta }: { readonly form: G2pForm; readonly theta: Float32Array },
    words: Dictionary,
    { words: count, seed, kept }: JudgedBy,
  ): Promise<JudgedG2p> {
    const recogniser = await Recogniser.of(form, 1);
    const said = await recogniser.say(theta, words.valid);
    const some = representativeWords(words.valid, said, count, seed);
    return JudgedG2p.with({ form, words, some, recogniser, kept }, theta, new Map());
  }

  private static async with(
    common: Common,
    theta: Float32Array,
    ranks: ReadonlyMap<string, number>,
  ): Promise<JudgedG2p> {
    const onnx = decodeModel(await g2pModel(common.form, theta, version));
    return new JudgedG2p(common, theta, new CompressibleModel(onnx, common.kept, ranks));
  }

  /**
   * The network of some ranks, its factors and all else trained further on the words for training.
   *
   * @returns undefined if it was interrupted, and goes on from its checkpoint
   */
  async retrained(
    ranks: Architecture,
    options: Omit<G2pTrainingOptions, 'form'>,
    hooks: G2pTrainingHooks,
  ): Promise<JudgedG2p | undefined> {
    const { form, words } = this.common;
    const replacements = this.model.replacements(ranks);
    const { network, whole } = lowRankNetwork(startingFrom(g2pNetwork(form), this.theta), replacements);
    const trained = await trainG2p(words.train, { form, ...options }, hooks, network);
    if (!trained) return undefined;
    const factored = replacements.flatMap(({ matrix, factors }) =>
      factors ? [[matrix.name, factors.rank] as const] : [],
    );
    return JudgedG2p.with(this.common, whole(trained), new Map(factored));
  }

  /** Of all words for validation and testing. */
  async scores(): Promise<G2pScores> {
    const { recogniser, words } = this.common;
    return {
      valid: await recogniser.errors(this.theta, words.valid),
      test: await recogniser.errors(this.theta, words.test),
    };
  }

  /** Ends this network and all that come of the same one. */
  release(): Promise<void> {
    return this.common.recogniser.release();
  }
}
