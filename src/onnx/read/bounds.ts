import { elements } from '../../base/elements.js';
import type { FileNode } from './file-node.js';
import type { Tensor } from './tensor-graph.js';

/** The maximum size of an output dimension that depends on values. */
type Bound = (node: FileNode, tensorOf: (name: string) => Tensor) => number;

const BOUNDS = new Map<string, Bound>([
  [
    'NonZero',
    ({ inputs: [x] }, tensorOf) => {
      const { values, shape } = tensorOf(x);
      return values ? values.filter((value) => value !== 0).length : elements(shape);
    },
  ],
  [
    'Unique',
    ({ inputs: [x], attributes }, tensorOf) => {
      const { values, shape } = tensorOf(x);
      const axis = attributes.get('axis')?.i;
      if (axis !== undefined) return shape.at(axis) ?? 1;
      return values ? new Set(values).size : elements(shape);
    },
  ],
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

/** Whether the bound of a node is what it will write, because it counts known values. */
export function isExact(
  { operator, inputs, attributes }: FileNode,
  tensorOf: (name: string) => Tensor,
): boolean {
  if (operator === 'NonZero') return tensorOf(inputs[0]).values !== undefined;
  return operator === 'Unique' && !attributes.has('axis') && tensorOf(inputs[0]).values !== undefined;
}

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
