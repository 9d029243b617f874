import type { OperatorGraph } from '../../network/graph.js';
import type { OperatorKind } from '../../network/operator.js';
import type { Kernel } from '../kernel.js';
import { fusedAttentions } from './attention.js';
import { type Call, kernelsOfCall, type Precision } from './describe.js';
import { runsChannelsLast } from './layout.js';
import { IN_PLACE, memoryOf } from './views.js';

/** How PyTorch is asked to run a network. */
export interface PyTorchOptions {
  /** Inputs that go through the network at once. */
  readonly batch: number;
  /** `float16`: mixed precision, in which all of the kernels here compute with 16 bits. */
  readonly precision: Precision;
  readonly device: 'cpu' | 'cuda';
  /** Whether `torch.compile` writes kernels that fuse what is computed element by element. */
  readonly compiled: boolean;
}

/** Libraries' kernels: they read tensors from memory and write one. */
const LIBRARY = new Set<OperatorKind>(['conv2d', 'convTranspose2d', 'linear', 'matmul', 'embedding']);
/** Windows and reductions: what reads their results starts a new kernel. */
const REDUCING = new Set<OperatorKind>([
  'maxPool',
  'avgPool',
  'globalAvgPool',
  'globalMaxPool',
  'reduceMean',
  'reduceSum',
  'reduceMax',
]);
/** No work: the input's memory under another shape, or no tensor of this call. */
const VIEWS = new Set<OperatorKind>(['input', 'parameter', 'output', ...IN_PLACE]);

/**
 * The kernels that PyTorch calls for a network.
 *
 * Compiled, everything that is neither a library's kernel nor a reduction is computed element by element in one kernel
 * with its neighbours, if no library's kernel lies between them; batch normalisations are not folded. Attention is one
 * kernel in both modes where nothing but a bias lies between its products. Eager, each operator is a call of its own.
 */
export function lowerForPyTorch(graph: OperatorGraph, options: PyTorchOptions): Kernel[] {
  const isFirst = options.compiled && options.device === 'cuda' && !runsChannelsLast(graph);
  return callsOf(graph, options.compiled).flatMap((call) =>
    kernelsOfCall(graph, call, options.batch, options.precision, isFirst ? '.first' : ''),
  );
}

/** The operators of a network in calls, by their first operators in topological order. */
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
      // A view continues the kernel that writes its memory.
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
