import type { OperatorGraph } from '../network/graph.js';
import { nameOf, type OperatorKind } from '../network/operator.js';
import type { AnalyticDevice } from './device.js';

/**
 * Operators that take time but for which streaming accelerators have no engine: they need a whole row, map or
 * table at once, or more than a comparison or an addition per element.
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

/** Operators of a network that a device leaves out of the latency. */
export interface LeftOutOperators {
  /** Names of their kinds; ONNX's names where the project has none. */
  readonly kinds: readonly string[];
  readonly operators: number;
}

/** The operators that a device leaves out of a network's latency; undefined if there are none. */
export function leftOut({ leavesOut }: AnalyticDevice, graph: OperatorGraph): LeftOutOperators | undefined {
  const missing = graph.names().flatMap((name) => {
    const operator = graph.operator(name);
    if (!leavesOut?.has(operator.kind)) return [];
    return nameOf(operator);
  });
  return missing.length === 0 ? undefined : { kinds: [...new Set(missing)], operators: missing.length };
}

/** Remarks to show beside a device's latency of a network. */
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
