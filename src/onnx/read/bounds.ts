import { elements } from '../../base/elements.js';
import type { FileNode } from './file-node.js';
import type { Tensor } from './tensor-graph.js';

/** The maximum size of an output dimension that depends on values. */
type Bound = (node: FileNode, tensorOf: (name: string) => Tensor) => number;

const BOUNDS = new Map<string, Bound>([
  ['NonZero', ({ inputs: [x] }, tensorOf) => elements(tensorOf(x).shape)],
  ['Unique', ({ inputs: [x] }, tensorOf) => elements(tensorOf(x).shape)],
  [
    'Compress',
    ({ inputs: [, name] }, tensorOf) => {
      const { values, shape } = tensorOf(name);
      return values ? values.filter((value) => value !== 0).length : elements(shape);
    },
  ],
  [
    'NonMaxSuppression',
    ({ inputs: [boxes, scores, most] }, tensorOf) => {
      const [batch, perImage] = tensorOf(boxes).shape;
      const asked = most ? (tensorOf(most).values?.[0] ?? perImage) : 0;
      return batch * tensorOf(scores).shape[1] * Math.min(asked, perImage);
    },
  ],
]);

/**
 * An upper bound for the output shape of a node whose result depends on values. Undefined if the operator has
 * no bound, or its shape is unknown for another reason.
 */
export function boundedShape(
  node: FileNode,
  shape: readonly (number | undefined)[] | undefined,
  tensorOf: (name: string) => Tensor,
): readonly number[] | undefined {
  const bound = node.domain === '' ? BOUNDS.get(node.operator) : undefined;
  if (!bound || !shape) return undefined;
  return shape.map((size) => size ?? bound(node, tensorOf));
}
