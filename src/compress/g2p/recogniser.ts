import * as ort from '../../base/onnxruntime.js';
import { trace } from '../../nn/engines/onnx-tracer.js';
import { parameterCount, unpackParameters } from '../../nn/network.js';
import { DataType } from '../../onnx/proto.js';
import { GraphBuilder } from '../../onnx/write/graph-builder.js';
import { lettersOf, MOST_LETTERS, type Word } from './dictionary.js';
import { type ErrorRates, errorRates } from './error-rates.js';
import { type G2pForm, g2pNetwork, greedyPhonemes, matrices, STEPS } from './network.js';

/** Number of words per run of the graph. */
const BATCH = 256;

/** Pronounces words with any parameters of one form. The graph is traced once, with the parameters as an input. */
export class Recogniser {
  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly parameters: number,
  ) {}

  static async of(form: G2pForm, threads: number): Promise<Recogniser> {
    const network = g2pNetwork(form);
    const theta = { name: 'theta', shape: [parameterCount(network)], dtype: 'float32' as const };
    const letters = { name: 'letters', shape: [BATCH, MOST_LETTERS], dtype: 'float32' as const };
    const builder = new GraphBuilder('greedy');
    for (const { name, shape } of [theta, letters]) builder.input(name, DataType.float, shape);
    const { phonemes } = await trace(builder, [theta, letters], (given) => ({
      phonemes: greedyPhonemes(form, matrices(unpackParameters(network, given.theta)), given.letters),
    }));
    builder.output(phonemes.name, DataType.float, [BATCH, STEPS], 'phonemes');
    const session = await ort.openSession(builder.model({ producerVersion: '' }), threads);
    return new Recogniser(session, theta.shape[0]);
  }

  /** Phoneme codes of each word, up to its end. */
  async say(theta: Float32Array, words: readonly Word[]): Promise<number[][]> {
    const said: number[][] = [];
    const parameters = new ort.Tensor('float32', theta, [this.parameters]);
    for (let from = 0; from < words.length; from += BATCH) {
      const some = words.slice(from, from + BATCH);
      const letters = new Float32Array(BATCH * MOST_LETTERS);
      letters.set(lettersOf(some));
      const { phonemes } = await this.session.run({
        theta: parameters,
        letters: new ort.Tensor('float32', letters, [BATCH, MOST_LETTERS]),
      });
      const numbers = Array.from(phonemes.data as Float32Array);
      some.forEach((_, row) => {
        const steps = numbers.slice(row * STEPS, (row + 1) * STEPS);
        const end = steps.indexOf(0);
        said.push(end < 0 ? steps : steps.slice(0, end));
      });
    }
    return said;
  }

  /** Word and phoneme error rates. */
  async errors(theta: Float32Array, words: readonly Word[]): Promise<ErrorRates> {
    return errorRates(words, await this.say(theta, words));
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
