import { graphEncoding } from '../encodings/encoding.js';
import type { PredictorKind } from '../predictor.js';

/** `gcn`: the default. */
export const gcnKind: PredictorKind = {
  name: 'gcn',
  description: 'additive node times, corrected by a residual graph network',
  encoding: graphEncoding,
  fit: async (task) => (await import('../networks/gcn.js')).fitGcn(task),
};
