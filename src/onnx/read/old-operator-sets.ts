import { InputError, quote } from '../../base/errors.js';
import type { FileNode, OperatorSets } from './file-node.js';
import type { Tensor } from './tensor-graph.js';

/** The oldest operator set that onnxruntime has kernels for. */
const OLDEST = 7;

/** What set 7 does without: inference is all there is, and shapes say how to broadcast. */
const DROPPED = new Set(['consumed_inputs', 'is_test', 'broadcast']);
const ARITHMETIC = new Set('Add Sub Mul Div Pow And Or Xor Equal Greater Less'.split(' '));

/**
 * The nodes as operator set 7 writes them, where the file's is older: `Reshape` reads its shape, arithmetic broadcasts
 * as NumPy does.
 *
 * @param constants gets shapes that were attributes
 * @throws InputError for arithmetic that broadcasts along an axis of its own
 */
export function upgraded(
  nodes: readonly FileNode[],
  sets: OperatorSets,
  constants: Map<string, Tensor>,
): { nodes: readonly FileNode[]; sets: OperatorSets } {
  if ((sets.get('') ?? OLDEST) >= OLDEST) return { nodes, sets };
  return { nodes: nodes.map((node) => upgradedNode(node, constants)), sets: new Map(sets).set('', OLDEST) };
}

function upgradedNode(node: FileNode, constants: Map<string, Tensor>): FileNode {
  if (node.domain !== '') return node;
  const attributes = new Map([...node.attributes].filter(([name]) => !DROPPED.has(name)));
  const now = { ...node, version: OLDEST, attributes };
  if (ARITHMETIC.has(node.operator) && attributes.has('axis')) {
    throw new InputError(
      `node ${quote(node.name)} (${node.operator}) of operator set ${node.version} broadcasts along an axis; convert the file to operator set ${OLDEST} or later`,
    );
  }
  const shape = attributes.get('shape')?.ints;
  if (node.operator !== 'Reshape' || !shape) return now;
  attributes.delete('shape');
  const name = `${node.name}/shape`;
  constants.set(name, { name, type: 'int64', shape: [shape.length], constant: true, values: shape });
  return { ...now, inputs: [node.inputs[0], name] };
}
