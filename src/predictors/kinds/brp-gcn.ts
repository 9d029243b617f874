import { graphEncoding } from '../encodings/encoding.js';
import type { PredictorKind } from '../predictor.js';

/** `brp-gcn`: the latency predictor of BRP-NAS (arXiv:2007.08668). */
export const brpGcnKind: PredictorKind = {
  name: 'brp-gcn',
  description: 'the GCN of BRP-NAS: 4 layers, global node',
  encoding: graphEncoding,
  fit: async (task) => (await import('../networks/brp-gcn.js')).fitBrpGcn(task),
};
