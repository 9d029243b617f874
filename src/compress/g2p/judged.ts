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

/** What all models derived from one network share. */
interface Common {
  readonly form: G2pForm;
  readonly words: Dictionary;
  /** A sample of the validation words, by which ranks are judged. */
  readonly some: readonly Word[];
  readonly recogniser: Recogniser;
  /** Why recurrent matrices stay as they are, if they do. */
  readonly kept?: string;
}

export interface JudgedBy {
  /** Number of words sampled to represent all validation words. */
  readonly words: number;
  readonly seed: number;
  readonly kept?: string;
}

/**
 * A network from letters to phonemes, and the evaluator of its ranks: the percentage of sampled validation
 * words pronounced correctly.
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

  /**
   * The shipped network.
   *
   * @throws InputError if it, or the package with the words, is missing
   */
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
   * The network with the given ranks; its factors and all other parameters are trained further on the
   * training words.
   *
   * @returns undefined if it was interrupted; the next call continues from its checkpoint
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

  /** Scores on all validation words and all test words. */
  async scores(): Promise<G2pScores> {
    const { recogniser, words } = this.common;
    return {
      valid: await recogniser.errors(this.theta, words.valid),
      test: await recogniser.errors(this.theta, words.test),
    };
  }

  /** Releases this network and all networks derived from the same one. */
  release(): Promise<void> {
    return this.common.recogniser.release();
  }
}
