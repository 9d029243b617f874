import type { OperatorGraph } from '../network/graph.js';
import { nameOf, type OperatorKind } from '../network/operator.js';
import type { AnalyticDevice } from './device.js';

/**
 * Operators that take time and that streaming accelerators have no engine for: they need a whole row, map or table at
 * once, or more than a comparison or an addition per element.
 */
export const NOT_STREAMED: ReadonlySet<OperatorKind> = new Set<OperatorKind>([
  'softmax',
  'layerNorm',
  'rmsNorm',
  'groupNorm',
  'embedding',
  'transpose',
  'resize',
  'divide',
  'power',
  'gelu',
  'mish',
  'softplus',
  'erf',
  'exp',
  'log',
  'sqrt',
  'reciprocal',
  'other',
]);

/** Operators of a network that a device's latency is without. */
export interface LeftOutOperators {
  /** As ONNX calls them where the project has no kind. */
  readonly kinds: readonly string[];
  readonly operators: number;
}

/** What a device's latency of a network is without; undefined if it is all there. */
export function leftOut({ leavesOut }: AnalyticDevice, graph: OperatorGraph): LeftOutOperators | undefined {
  const missing = graph.names().flatMap((name) => {
    const operator = graph.operator(name);
    if (!leavesOut?.has(operator.kind)) return [];
    return nameOf(operator);
  });
  return missing.length === 0 ? undefined : { kinds: [...new Set(missing)], operators: missing.length };
}

/** What there is to say of a device's latency of a network, beside the latency. */
export function remarksOn(device: AnalyticDevice, graph: OperatorGraph): string[] {
  const remarks: string[] = [];
  const missing = leftOut(device, graph);
  if (missing) {
    const { kinds, operators } = missing;
    remarks.push(
      `${kinds.join(', ')}: ${operators} ${operators === 1 ? 'operator' : 'operators'}, not modelled`,
    );
  }
  if (device.precision === 'binary') {
    remarks.push('weights and activations are signs: the latency is that of a binary network of this shape');
  }
  return remarks;
}
