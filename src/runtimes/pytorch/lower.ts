import type { OperatorGraph } from '../../network/graph.js';
import type { OperatorKind } from '../../network/operator.js';
import type { Kernel } from '../kernel.js';
import { fusedAttentions } from './attention.js';
import { type Call, kernelsOfCall, type Precision } from './describe.js';
import { runsChannelsLast } from './layout.js';
import { IN_PLACE, memoryOf } from './views.js';

/** How PyTorch runs a network. */
export interface PyTorchOptions {
  /** Number of inputs that go through the network at once. */
  readonly batch: number;
  /** `float16`: mixed precision, in which all of the kernels here compute with 16 bits. */
  readonly precision: Precision;
  readonly device: 'cpu' | 'cuda';
  /** Whether `torch.compile` generates kernels that fuse element-wise operators. */
  readonly compiled: boolean;
}

/** Kernels from libraries, which read tensors from memory and write one. */
const LIBRARY = new Set<OperatorKind>(['conv2d', 'convTranspose2d', 'linear', 'matmul', 'embedding']);
/** Windows and reductions: reading their results starts a new kernel. */
const REDUCING = new Set<OperatorKind>([
  'maxPool',
  'avgPool',
  'globalAvgPool',
  'globalMaxPool',
  'reduceMean',
  'reduceSum',
  'reduceMax',
]);
/** Operators without work: a view of the input, or no tensor of this call. */
const VIEWS = new Set<OperatorKind>(['input', 'parameter', 'output', ...IN_PLACE]);

/**
 * The kernels that PyTorch calls for a network.
 *
 * Compiled, everything except library kernels and reductions is computed element-wise in one kernel together
 * with its neighbours, unless a library kernel lies between them; batch normalisations are not folded. Eager,
 * each operator is a separate call. In both modes, attention is one kernel if only a bias lies between its
 * products.
 */
export function lowerForPyTorch(graph: OperatorGraph, options: PyTorchOptions): Kernel[] {
  const isFirst = options.compiled && options.device === 'cuda' && !runsChannelsLast(graph);
  return callsOf(graph, options.compiled).flatMap((call) =>
    kernelsOfCall(graph, call, options.batch, options.precision, isFirst ? '.first' : ''),
  );
}

/** The operators of a network grouped into calls, ordered by their first operators. */
function callsOf(graph: OperatorGraph, compiled: boolean): Call[] {
  const attentions = fusedAttentions(graph);
  const inside = new Set([...attentions.values()].flatMap(({ operators }) => operators));
  const calls: Call[] = [];
  const groups = new Map<string, string[]>();
  /** Names of groups by operator. */
  const groupOf = new Map<string, string>();
  const levels = new Map<string, number>();
  for (const name of graph.names()) {
    const { kind } = graph.operator(name);
    const inputs = graph.inputs(name);
    const below = Math.max(0, ...inputs.map((input) => levels.get(input) ?? 0));
    const isLibrary = LIBRARY.has(kind);
    levels.set(name, below + (isLibrary || inputs.some((input) => reduces(graph, input)) ? 1 : 0));
    if (VIEWS.has(kind)) {
      // A view belongs to the kernel that writes its memory.
      const source = inputs[0] === undefined ? undefined : groupOf.get(inputs[0]);
      if (source !== undefined) groupOf.set(name, source);
      continue;
    }
    const attention = attentions.get(name);
    if (attention !== undefined) calls.push({ operators: attention.operators, attention });
    if (inside.has(name)) continue;
    if (isLibrary || !compiled) {
      calls.push({ operators: [name] });
      continue;
    }
    const neighbour = inputs
      .map((input) => groupOf.get(input))
      .find((group) => group !== undefined && levels.get(group) === levels.get(name));
    const group = neighbour ?? name;
    groupOf.set(name, group);
    const operators = groups.get(group) ?? [];
    if (operators.length === 0) calls.push({ operators });
    operators.push(name);
    groups.set(group, operators);
  }
  return calls;
}

/** Whether a tensor is the result of a window or a reduction. */
function reduces(graph: OperatorGraph, name: string): boolean {
  return REDUCING.has(graph.operator(memoryOf(graph, name)).kind);
}
