import type { Elementwise } from '../../network/operator.js';
import type { GraphBuilder, WrittenAttribute } from './graph-builder.js';

type Kind = Elementwise['kind'];

/** Kinds that become one node without further inputs. */
const ONE_NODE = new Map<Kind, readonly [opType: string, attributes?: Record<string, WrittenAttribute>]>([
  ['relu', ['Relu']],
  ['leakyRelu', ['LeakyRelu', { alpha: { float: 0.01 } }]],
  ['elu', ['Elu']],
  ['sigmoid', ['Sigmoid']],
  ['hardSigmoid', ['HardSigmoid', { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }]],
  ['hardSwish', ['HardSwish']],
  ['softplus', ['Softplus']],
  ['tanh', ['Tanh']],
  ['erf', ['Erf']],
  ['exp', ['Exp']],
  ['log', ['Log']],
  ['sqrt', ['Sqrt']],
  ['reciprocal', ['Reciprocal']],
  ['negate', ['Neg']],
  ['abs', ['Abs']],
]);

/** Appends an element-wise function, with PyTorch's constants; `clip`, whose bounds are unknown, clips to ±1. */
export function elementwiseNodes(g: GraphBuilder, kind: Kind, x: string): string {
  const scalar = (value: number) => g.scalar(value);
  const [opType, attributes] = ONE_NODE.get(kind) ?? [];
  if (opType !== undefined) return g.node(opType, [x], attributes);
  switch (kind) {
    case 'relu6':
      return g.node('Clip', [x, scalar(0), scalar(6)]);
    case 'clip':
      return g.node('Clip', [x, scalar(-1), scalar(1)]);
    case 'swish':
      return g.node('Mul', [x, g.node('Sigmoid', [x])]);
    case 'mish':
      return g.node('Mul', [x, g.node('Tanh', [g.node('Softplus', [x])])]);
    case 'gelu': {
      // x/2 · (1 + erf(x / √2)), the pattern that runtimes fuse, because opset 17 has no Gelu.
      const erf = g.node('Erf', [g.node('Div', [x, scalar(Math.SQRT2)])]);
      return g.node('Mul', [g.node('Mul', [x, g.node('Add', [erf, scalar(1)])]), scalar(0.5)]);
    }
    default:
      throw new Error(`elementwiseNodes: no ONNX nodes for ${kind}`);
  }
}
