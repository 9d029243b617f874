import { elements } from '../../../base/elements.js';
import type { Arithmetic, Elementwise, Operator } from '../../../network/operator.js';
import { broadcasts, type NodeFacts } from './node-facts.js';
import type { OperatorRow, OperatorRows } from './operator-row.js';

const plain = (kind: Elementwise['kind']): OperatorRow => ({ operator: () => ({ kind }) });

/**
 * Arithmetic. With a constant that is a number, or one per channel, it becomes the other tensor: the layer
 * before absorbs it.
 */
const arithmetic = (kind: Arithmetic['kind']): OperatorRow => ({
  misfit: (node) => {
    // For operator sets before 7.
    const given = node.int('axis', Number.NaN);
    if (Number.isNaN(given)) return undefined;
    const [shape, along] = [node.shape(0), node.shape(1)];
    const axis = given < 0 ? given + shape.length : given;
    return along.every((size, i) => size === 1 || size === shape[axis + i])
      ? undefined
      : `[${along.join(', ')}] does not lie along axis ${given} of [${shape.join(', ')}]`;
  },
  operator: (node): Operator => {
    const computed = node.node.inputs.filter((_, i) => !node.isConstant(i));
    return computed.length === 1 && isFolded(node) ? { kind: 'identity' } : { kind };
  },
});

function isFolded(node: NodeFacts): boolean {
  const all = elements(node.output.shape);
  return node.node.inputs.every((_, i) => {
    const shape = node.shape(i);
    return node.isConstant(i) ? shape.filter((size) => size !== 1).length <= 1 : elements(shape) === all;
  });
}

export const ELEMENTWISE: OperatorRows = {
  Relu: plain('relu'),
  LeakyRelu: plain('leakyRelu'),
  Elu: plain('elu'),
  Sigmoid: plain('sigmoid'),
  HardSigmoid: plain('hardSigmoid'),
  HardSwish: plain('hardSwish'),
  Gelu: plain('gelu'),
  Mish: plain('mish'),
  Softplus: plain('softplus'),
  Tanh: plain('tanh'),
  Erf: plain('erf'),
  Exp: plain('exp'),
  Log: plain('log'),
  Sqrt: plain('sqrt'),
  Reciprocal: plain('reciprocal'),
  Neg: plain('negate'),
  Abs: plain('abs'),
  Clip: {
    settings: [1, 2],
    operator: (node) => {
      const least = node.values(1)?.[0] ?? node.node.attributes.get('min');
      const most = node.values(2)?.[0] ?? node.node.attributes.get('max');
      return { kind: least === 0 && most === 6 ? 'relu6' : 'clip' };
    },
  },
  Add: arithmetic('add'),
  Sum: arithmetic('add'),
  Mul: arithmetic('mul'),
  Sub: arithmetic('subtract'),
  Div: arithmetic('divide'),
  Pow: arithmetic('power'),
  Max: arithmetic('maximum'),
  Min: arithmetic('minimum'),
  Identity: { operator: () => ({ kind: 'identity' }) },
  Dropout: { settings: [1, 2], operator: () => ({ kind: 'identity' }) },
  Cast: { operator: () => ({ kind: 'identity' }) },
  Softmax: { operator: (node) => softmax(node) },
  LogSoftmax: {},
  PRelu: {
    misfit: (node) =>
      broadcasts(node.shape(1), node.shape(0)) || isPerChannel(node)
        ? undefined
        : `its slope [${node.shape(1).join(', ')}] does not fit its input [${node.shape(0).join(', ')}]`,
  },
  QuantizeLinear: { settings: [1, 2], misfit: scalesMisfit },
  DequantizeLinear: { weights: [0], settings: [1, 2], misfit: scalesMisfit },
};

/** There must be one scale, one per index of an axis, or one per block along it. */
function scalesMisfit(node: NodeFacts): string | undefined {
  const [shape, scales, zeros] = [node.shape(0), node.shape(1), node.shape(2)];
  const said = (what: string, found: readonly number[]) => `its ${what} [${found.join(', ')}]`;
  if (node.has(2) && elements(scales) !== elements(zeros))
    return `${said('zero points', zeros)} are not as many as ${said('scales', scales)}`;
  if (elements(scales) === 1 && scales.length <= 1) return undefined;
  const given = node.int('axis', 1);
  const axis = given < 0 ? given + shape.length : given;
  const block = node.int('block_size', 0);
  const wanted =
    block > 0 ? shape.map((size, i) => (i === axis ? Math.ceil(size / block) : size)) : [shape[axis]];
  if (scales.join() === wanted.join()) return undefined;
  const along = `do not go along axis ${given} of [${shape.join(', ')}]`;
  return `${said('scales', scales)} ${along}${block > 0 ? ` in blocks of ${block}` : ''}`;
}

/** A slope per channel of `[batch, channels, …]`, as in PRelu before slopes were broadcast. */
function isPerChannel(node: NodeFacts): boolean {
  return node.node.version < 9 && node.shape(1).length === 1 && node.shape(1)[0] === node.shape(0)[1];
}

/** Operators on integers have scales and zero points after each tensor. */
const quantised = (...settings: number[]): OperatorRow => ({ settings });

/** Parts of a quantised concatenation whose scales are told from learned values. */
const MOST_PARTS = 256;

/** Operators of onnxruntime's own domain. */
export const RUNTIME_ELEMENTWISE: OperatorRows = {
  QuantizeLinear: quantised(1, 2),
  DequantizeLinear: { weights: [0], settings: [1, 2] },
  QLinearAdd: quantised(1, 2, 4, 5, 6, 7),
  QLinearMul: quantised(1, 2, 4, 5, 6, 7),
  QLinearSigmoid: quantised(1, 2, 3, 4),
  QLinearLeakyRelu: quantised(1, 2, 3, 4),
  QLinearSoftmax: quantised(1, 2, 3, 4),
  QLinearReduceMean: quantised(1, 2, 3, 4),
  QLinearWhere: quantised(2, 3, 5, 6, 7, 8),
  // The scale and zero point of the output come first, then each part with its own.
  QLinearConcat: quantised(...Array.from({ length: 3 * MOST_PARTS }, (_, i) => i).filter((i) => i % 3 !== 2)),
  QLinearAveragePool: quantised(1, 2, 3, 4),
  QLinearGlobalAveragePool: quantised(1, 2, 3, 4),
};

/** Before operator set 13, the dimensions from the axis on were treated as one. */
function softmax(node: NodeFacts): Operator | undefined {
  const shape = node.shape(0);
  const old = node.node.version < 13;
  const axis = node.int('axis', old ? 1 : -1);
  const inner = axis === -1 ? [] : shape.slice(axis + 1);
  const own = node.axisOf(axis, shape);
  return own < 0 || (old && elements(inner) !== 1) ? undefined : { kind: 'softmax', axis: own };
}
