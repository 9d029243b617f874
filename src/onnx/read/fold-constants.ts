import { elements } from '../../base/elements.js';
import { InputError, quote } from '../../base/errors.js';
import { type OnnxValue, openSession } from '../../base/onnxruntime.js';
import { encodeModel } from '../proto.js';
import { fromFloat16, isFollowed, MOST_VALUES, tensorProto } from './constants.js';
import { type FileNode, type OperatorSets, writtenAttributes } from './file-node.js';
import { broadcastsAlongAxis } from './old-operator-sets.js';
import type { Tensor } from './tensor-graph.js';

/**
 * Operators that compute shapes, indices and scales. Each is cheap for small tensors, so an untrusted file
 * may have them run; weights are never computed.
 */
const ARITHMETIC = new Set(
  `Abs Add And ArgMax ArgMin Cast Ceil Clip Concat ConstantOfShape CumSum Div Equal Exp Expand Flatten Floor Gather
  GatherElements GatherND Greater GreaterOrEqual Identity Less LessOrEqual Log Max Min Mod Mul Neg NonZero Not OneHot Or
  Pow Range ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum Reshape Round ScatterElements ScatterND Sign Slice Split
  Sqrt Squeeze Sub Sum Tile Transpose Trilu Unsqueeze Where Xor`.split(/\s+/),
);

/** Whether the values of a node's outputs are needed and may be computed, given that its inputs are known. */
export function isFoldable(
  node: FileNode,
  outputs: readonly Tensor[],
  valuesOf: (name: string) => readonly number[] | undefined,
): boolean {
  const { operator, inputs } = node;
  if (!isArithmetic(node, outputs) || broadcastsAlongAxis(node)) return false;
  // An integer division by zero would end the process.
  return (operator !== 'Div' && operator !== 'Mod') || valuesOf(inputs[1])?.includes(0) === false;
}

/** Whether a node may be the arithmetic of shapes and indices, given the outputs that are known. */
export function isArithmetic({ domain, operator }: FileNode, outputs: readonly Tensor[]): boolean {
  return (
    domain === '' &&
    ARITHMETIC.has(operator) &&
    outputs.every(({ type, shape }) => isFollowed(type) && elements(shape) <= MOST_VALUES)
  );
}

/**
 * Runs nodes for which `isFoldable` holds, in order, and returns the values of their outputs.
 *
 * @throws InputError if constants do not fit each other
 */
export async function foldConstants(
  nodes: readonly FileNode[],
  known: ReadonlyMap<string, Tensor>,
  sets: OperatorSets,
): Promise<Map<string, readonly number[]>> {
  const written = nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ''));
  const own = new Set(written);
  const read = new Set(nodes.flatMap(({ inputs }) => inputs.filter((name) => name !== '' && !own.has(name))));
  const model = encodeModel({
    irVersion: 10,
    producerName: '',
    producerVersion: '',
    opsetImport: [...sets].map(([domain, version]) => ({ domain, version })),
    graph: {
      name: 'constants',
      node: nodes.map((node, i) => ({
        opType: node.operator,
        name: `node_${i}`,
        input: [...node.inputs],
        output: [...node.outputs],
        attribute: writtenAttributes(node),
      })),
      initializer: [...read].flatMap((name) => tensorProto(known.get(name) as Tensor) ?? []),
      input: [],
      output: written.map((name) => ({ name })),
    },
    metadataProps: [],
  });
  try {
    const session = await openSession(model, 1, { graphOptimizationLevel: 'disabled', logSeverityLevel: 4 });
    try {
      const results = await session.run({});
      return new Map(written.map((name) => [name, numbersOf(results[name])]));
    } finally {
      await session.release();
    }
  } catch (error) {
    throw refusal((error as Error).message, nodes);
  }
}

function numbersOf({ data }: OnnxValue): readonly number[] {
  // Node before 24 has no array of half floats, so onnxruntime returns their bits.
  if (data instanceof Uint16Array) return Array.from(data, fromFloat16);
  return Array.from(data as ArrayLike<number | bigint>, Number);
}

/** onnxruntime's message about constants, attributed to the node that it concerns. */
function refusal(message: string, nodes: readonly FileNode[]): InputError {
  const node = nodes[Number(/\bnode_(\d+)\b/.exec(message)?.[1])];
  const problem = message
    .trim()
    .replace(/^.*?\bStatus Message: /s, '')
    .replace(/^.* was false\. /s, '');
  const of = node ? `node ${quote(node.name)} (${node.operator})` : 'a node';
  return new InputError(`${of} of constants cannot be computed: ${problem}`);
}
