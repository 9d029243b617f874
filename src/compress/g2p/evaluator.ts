import type { Evaluator } from '../../search/evaluators/evaluator.js';
import type { CompressibleModel } from '../compressible-model.js';
import { productOf } from '../factors.js';
import { turned } from '../weight-matrices.js';
import type { Word } from './dictionary.js';
import { type G2pForm, g2pParameters } from './network.js';
import type { Recogniser } from './recogniser.js';

/**
 * Evaluates ranks on words. The products of the factors are fed as parameters to one traced graph, so no
 * model is written. The accuracy is the percentage of words pronounced correctly.
 */
export function g2pEvaluator(
  {
    model,
    form,
    theta,
  }: { readonly model: CompressibleModel; readonly form: G2pForm; readonly theta: Float32Array },
  recogniser: Recogniser,
  words: readonly Word[],
): Evaluator {
  return {
    async evaluate(ranks) {
      const errors = await recogniser.errors(thetaOf(model, form, theta, ranks), words);
      return { accuracy: 100 - errors.wordErrorPercent, details: { ...errors } };
    },
  };
}

/** The parameters, with matrices replaced by the products of their factors. */
export function thetaOf(
  model: CompressibleModel,
  form: G2pForm,
  theta: Float32Array,
  ranks: Uint8Array,
): Float32Array {
  const offsets = new Map<string, number>();
  let offset = 0;
  for (const { name, shape } of g2pParameters(form)) {
    offsets.set(name, offset);
    offset += shape.reduce((a, b) => a * b);
  }
  const compressed = theta.slice();
  for (const { matrix, factors } of model.replacements(ranks)) {
    if (!factors) continue;
    const { rows, columns, transposed, tensor } = matrix;
    const product = productOf(factors, rows, columns);
    compressed.set(transposed ? turned(product, rows, columns) : product, offsets.get(tensor));
  }
  return compressed;
}
