import { type AttributeProto, AttributeType } from '../proto.js';
import { dataTypeNamed } from './element-types.js';
import type { FileNode, OperatorSets } from './file-node.js';
import type { Tensor } from './tensor-graph.js';

/** The oldest operator set for which onnxruntime has kernels. */
const OLDEST = 7;

/** Attributes that set 7 no longer has: only inference remains, and shapes determine broadcasting. */
const DROPPED = new Set(['consumed_inputs', 'is_test', 'broadcast', 'output_sequence']);
const ARITHMETIC = new Set('Add Sub Mul Div Pow And Or Xor Equal Greater Less'.split(' '));

/**
 * Converts nodes of older operator sets to operator set 7: `Reshape` reads its shape, and arithmetic
 * broadcasts as in NumPy. Arithmetic that broadcasts along an explicit axis keeps the axis and its version.
 *
 * @param constants receives shapes that were attributes
 */
export function upgraded(
  nodes: readonly FileNode[],
  sets: OperatorSets,
  constants: Map<string, Tensor>,
): { nodes: readonly FileNode[]; sets: OperatorSets } {
  if ((sets.get('') ?? OLDEST) >= OLDEST) return { nodes, sets };
  return { nodes: nodes.map((node) => upgradedNode(node, constants)), sets: new Map(sets).set('', OLDEST) };
}

/** Whether a node is arithmetic of an old operator set whose second input lies along an explicit axis of the first. */
export function broadcastsAlongAxis({ domain, operator, version, attributes }: FileNode): boolean {
  return domain === '' && version < OLDEST && ARITHMETIC.has(operator) && attributes.has('axis');
}

function upgradedNode(node: FileNode, constants: Map<string, Tensor>): FileNode {
  if (node.domain !== '' || broadcastsAlongAxis(node)) return node;
  const attributes = new Map([...node.attributes].filter(([name]) => !DROPPED.has(name)));
  const now = { ...node, version: OLDEST, attributes };
  const set = (name: string, attribute: Partial<AttributeProto> & { type: number }) =>
    attributes.set(name, { name, ...attribute });
  switch (node.operator) {
    case 'Concat':
      if (!attributes.has('axis')) set('axis', { type: AttributeType.int, i: 1 });
      return now;
    case 'Cast': {
      const type = new TextDecoder().decode(attributes.get('to')?.s);
      if (type !== '') set('to', { type: AttributeType.int, i: dataTypeNamed(type) });
      return now;
    }
    case 'Pad': {
      const pads = attributes.get('paddings');
      attributes.delete('paddings');
      if (pads) set('pads', { ...pads, name: 'pads' });
      return now;
    }
    case 'Upsample': {
      const [height, width] = ['height_scale', 'width_scale'].map((name) => {
        const scale = attributes.get(name)?.f;
        attributes.delete(name);
        return scale;
      });
      if (height && width) set('scales', { type: AttributeType.floats, floats: [1, 1, height, width] });
      return now;
    }
    case 'Reshape': {
      const shape = attributes.get('shape')?.ints;
      if (!shape) return now;
      attributes.delete('shape');
      const name = `${node.name}/shape`;
      constants.set(name, { name, type: 'int64', shape: [shape.length], constant: true, values: shape });
      return { ...now, inputs: [node.inputs[0], name] };
    }
    default:
      return now;
  }
}
