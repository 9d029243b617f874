import { slotsEncoding } from '../encodings/encoding.js';
import type { PredictorKind } from '../predictor.js';

/** `mlp`: sees the choices, but not the graph. */
export const mlpKind: PredictorKind = {
  name: 'mlp',
  description: 'multi-layer perceptron on the one-hot choices',
  encoding: slotsEncoding,
  fit: async (task) => (await import('../networks/mlp.js')).fitMlp(task),
};
