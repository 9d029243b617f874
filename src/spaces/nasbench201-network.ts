import type { OperatorGraph } from '../arch/graph.js';
import type { Architecture } from './space.js';
export function nasbench201Network(_a: Architecture): OperatorGraph {
  throw new Error('pending');
}
