import type { NodeProto } from '../onnx/proto.js';
import type { Factors } from './factors.js';
import { factorConstants, type NodeWriter, type Replacement } from './node-writer.js';
import { type DirectionOutputs, type RecurrentLayer, scannedLayer } from './scanned-layer.js';
import { directionsOf, GATES, nodeInteger, RECURRENT_INPUTS } from './sites.js';
import { turned, type WeightMatrix } from './weight-matrices.js';

const { x, w, r, b, lengths, h, c } = RECURRENT_INPUTS;

/**
 * An LSTM or GRU layer with factors for some of its matrices.
 *
 * @param replacementsAt replacements of the tensor at a position of the node's inputs
 * @returns the layer itself if it remains one, to go after what the writer has written
 */
export function recurrentLayer(
  node: NodeProto,
  replacementsAt: (position: number) => readonly Replacement[],
  writer: NodeWriter,
): NodeProto[] {
  const { builder } = writer;
  const [input] = replacementsAt(w);
  const recurrent = replacementsAt(r);
  let features = node.input[x];
  let weights = node.input[w];
  if (input?.factors) {
    const { matrix, factors } = input;
    const { name, rows } = matrix;
    const directions = directionsOf(node).length;
    features = builder.node('MatMul', [
      features,
      writer.constant(`${name}.left`, () => factors.left, [rows, factors.rank]),
    ]);
    weights = writer.constant(`${name}.right`, () => inputWeights(matrix, factors), [
      directions,
      matrix.columns / directions,
      factors.rank,
    ]);
  }
  if (recurrent.length === 0) return [{ ...node, input: [features, weights, ...node.input.slice(2)] }];
  const [{ matrix }] = recurrent;
  const layer = {
    node,
    gates: GATES[node.opType],
    hidden: matrix.rows,
    features,
    inputWeights: weights,
    writer,
  };
  const outputs = directionsOf(node).map((direction, i) => {
    const { matrix: own, factors } = recurrent[i];
    return factors
      ? scannedLayer(layer, i, direction, factorConstants(writer, own, factors))
      : wholeDirection(layer, i, direction, own);
  });
  const join = (position: number, names: readonly (string | undefined)[], axis: number) => {
    const output = node.output[position];
    if (output) builder.namedNode('Concat', names as string[], [output], { axis });
  };
  join(
    0,
    outputs.map(({ steps }) => steps),
    1,
  );
  join(
    1,
    outputs.map(({ last }) => last),
    0,
  );
  join(
    2,
    outputs.map(({ cell }) => cell),
    0,
  );
  return [];
}

/** One direction whose recurrent matrix stays whole: a recurrent node of ONNX. */
function wholeDirection(
  { node, gates, hidden, features, inputWeights: weights, writer }: RecurrentLayer,
  i: number,
  direction: string,
  matrix: WeightMatrix,
): DirectionOutputs {
  const { builder } = writer;
  const own = (position: number) => {
    const name = node.input[position];
    return name ? builder.node('Gather', [name, builder.ints([i])], { axis: 0 }) : '';
  };
  const recurrence = writer.constant(
    `${matrix.name}.whole`,
    () => turned(matrix.values, matrix.rows, matrix.columns),
    [1, gates * hidden, hidden],
  );
  const ownWeights = builder.node('Gather', [weights, builder.ints([i])], { axis: 0 });
  const states = [own(h), ...(gates === 4 ? [own(c)] : [])];
  const inputs = [features, ownWeights, recurrence, own(b), node.input[lengths] ?? '', ...states];
  // A layer with a direction written out has no other attributes (see `recurrenceMisfit`).
  const [steps, last, cell] = builder.nodeOutputs(node.opType, inputs, gates === 4 ? 3 : 2, {
    hidden_size: hidden,
    direction,
    ...(node.opType === 'GRU' ? { linear_before_reset: nodeInteger(node, 'linear_before_reset', 0) } : {}),
  });
  return { steps, last, cell };
}

/** The weights of a layer's input if it has as many features as the rank: `[directions, gates · hidden, rank]`. */
function inputWeights({ columns }: WeightMatrix, { rank, right }: Factors): Float32Array {
  return turned(right, rank, columns);
}
