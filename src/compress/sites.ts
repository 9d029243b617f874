import type { AttributeProto, NodeProto } from '../onnx/proto.js';

/**
 * Where a node multiplies by a weight. For a product, the weight is the right or the left operand; for a
 * recurrent layer, it weights the layer's input or the layer's previous output.
 */
export type WeightPlace = 'right' | 'left' | 'input' | 'recurrent';

export interface Site {
  readonly part: WeightPlace;
  /** Position of the weight among the node's inputs. */
  readonly position: number;
  /** Whether the node multiplies by the transpose of what it reads. */
  readonly transposed: boolean;
}

/** Number of gates of the known recurrent layers. */
export const GATES: Readonly<Record<string, number>> = { LSTM: 4, GRU: 3 };
/** Positions of the inputs of recurrent layers. */
export const RECURRENT_INPUTS = { x: 0, w: 1, r: 2, b: 3, lengths: 4, h: 5, c: 6, peepholes: 7 } as const;

/** Where a node may read a weight matrix. Whether it does depends on the tensor there. */
export function sitesOf(node: NodeProto): Site[] {
  if (node.domain && node.domain !== 'ai.onnx') return [];
  switch (node.opType) {
    case 'MatMul':
      return [
        { part: 'right', position: 1, transposed: false },
        { part: 'left', position: 0, transposed: false },
      ];
    case 'Gemm':
      return [{ part: 'right', position: 1, transposed: nodeInteger(node, 'transB', 0) === 1 }];
    case 'LSTM':
    case 'GRU':
      return [
        { part: 'input', position: RECURRENT_INPUTS.w, transposed: true },
        { part: 'recurrent', position: RECURRENT_INPUTS.r, transposed: true },
      ];
    default:
      return [];
  }
}

/** Why a recurrent layer's recurrent weights cannot become factors; undefined if they can. */
export function recurrenceMisfit(node: NodeProto): string | undefined {
  const names = node.attribute.find(({ name }) => name === 'activations')?.strings ?? [];
  const given = names.map((bytes) => new TextDecoder().decode(bytes).toLowerCase());
  const usual = node.opType === 'LSTM' ? ['sigmoid', 'tanh', 'tanh'] : ['sigmoid', 'tanh'];
  if (given.some((name, i) => name !== usual[i % usual.length]))
    return `its activations are ${given.join(', ')}`;
  if (attributeOf(node, 'clip')) return 'it clips its gates';
  if (nodeInteger(node, 'input_forget', 0) === 1) return 'its input and forget gates are one';
  if (nodeInteger(node, 'layout', 0) === 1) return 'its layout is 1, which onnxruntime does not run either';
  if (node.input[RECURRENT_INPUTS.peepholes]) return 'it has peepholes';
  return undefined;
}

/** Directions of a recurrent layer, in the order of its weights. */
export function directionsOf(node: NodeProto): ('forward' | 'reverse')[] {
  const said = attributeOf(node, 'direction')?.s;
  const direction = said ? new TextDecoder().decode(said) : 'forward';
  return direction === 'bidirectional' ? ['forward', 'reverse'] : [direction as 'forward' | 'reverse'];
}

function attributeOf(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((attribute) => attribute.name === name);
}

export function nodeInteger(node: NodeProto, name: string, otherwise: number): number {
  const attribute = attributeOf(node, name);
  return attribute ? (attribute.i ?? 0) : otherwise;
}
