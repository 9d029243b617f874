import type { OperatorKind } from '../../network/operator.js';

/** Operators that int8 accelerators fuse into the layer before them, or that need no work at all. */
const FUSED = new Set<OperatorKind>([
  'input',
  'parameter',
  'output',
  'identity',
  'zeroize',
  'flatten',
  'reshape',
  'concat',
  'slice',
  'pad',
  'batchNorm',
  'relu',
  'relu6',
  'leakyRelu',
  'elu',
  'sigmoid',
  'hardSigmoid',
  'swish',
  'hardSwish',
  'tanh',
  'clip',
]);

/** Whether an operator costs nothing beyond the layer that it follows. */
export function isFused(kind: OperatorKind): boolean {
  return FUSED.has(kind);
}
