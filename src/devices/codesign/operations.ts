import { elements } from '../../base/elements.js';
import { InputError, quote } from '../../base/errors.js';
import type { OperatorGraph } from '../../network/graph.js';
import { ELEMENTWISE_KINDS, nameOf, type OperatorKind, type Shape } from '../../network/operator.js';
import { layerShape } from '../lowering/graph-layers.js';
import type { LayerShape } from '../lowering/layer.js';

/** A unit of work that the processor gives to an engine; it reads from memory and writes to memory. */
export interface AcceleratorOperation {
  /** Key of the operator in the graph. */
  readonly node: string;
  readonly kind: 'convolution' | 'pooling' | 'elementwise';
  /** The loop nest; elementwise operations have none. */
  readonly shape?: LayerShape;
  /** Elements read (of all inputs), elements of learned weights, and elements written. */
  readonly inputElements: number;
  readonly weightElements: number;
  readonly outputElements: number;
  /** Width of the input map. */
  readonly inputWidth: number;
  /** Indices of the operations whose results it reads, each smaller than its own. */
  readonly inputs: readonly number[];
}

/** Operators that change data on their way into or out of an engine, or only change where data are found. */
const FREE = new Set<OperatorKind>([
  ...ELEMENTWISE_KINDS,
  'input',
  'output',
  'parameter',
  'batchNorm',
  'flatten',
  'reshape',
  'identity',
  'concat',
  'slice',
  'pad',
  'zeroize',
]);
const ELEMENTWISE = new Set<OperatorKind>([
  'add',
  'mul',
  'subtract',
  'divide',
  'maximum',
  'minimum',
  'transpose',
  'resize',
]);

/**
 * The operations of a network in topological order. They do not depend on the accelerator's configuration.
 *
 * @throws InputError if the accelerator has no engine for an operator
 */
export function operationsOf(graph: OperatorGraph): AcceleratorOperation[] {
  const operations: AcceleratorOperation[] = [];
  /** For each tensor, the operations whose results make it up. */
  const origins = new Map<string, readonly number[]>();
  /** Tensors known to be zero, which are never added. */
  const zeros = new Set<string>();
  for (const node of graph.names()) {
    const { kind } = graph.operator(node);
    const all = graph.inputs(node);
    const inputs = kind === 'add' ? all.filter((input) => !zeros.has(input)) : all;
    if (kind === 'zeroize' || (kind === 'add' && inputs.length === 0)) zeros.add(node);
    const from = [...new Set(inputs.flatMap((input) => origins.get(input)!))];
    if (FREE.has(kind) || (kind === 'add' && inputs.length < 2)) {
      origins.set(node, from);
      continue;
    }
    origins.set(node, [operations.length]);
    operations.push({ ...operation(graph, node, inputs), inputs: from });
  }
  return operations;
}

function operation(
  graph: OperatorGraph,
  node: string,
  inputs: readonly string[],
): Omit<AcceleratorOperation, 'inputs'> {
  const operator = graph.operator(node);
  const shapes = inputs.map((input) => graph.shape(input));
  const output = graph.shape(node);
  const inputElements = shapes.reduce((sum, shape) => sum + elements(shape), 0);
  const sizes = { node, inputElements, outputElements: elements(output), inputWidth: shapes[0][2] ?? 1 };
  if (ELEMENTWISE.has(operator.kind)) return { ...sizes, kind: 'elementwise', weightElements: 0 };
  const shape =
    operator.kind === 'globalAvgPool' || operator.kind === 'globalMaxPool'
      ? globalPooling(shapes[0])
      : operator.kind === 'matmul'
        ? undefined
        : layerShape(operator, shapes, output);
  if (!shape) {
    throw new InputError(`the accelerator has no engine for operator ${quote(node)} (${nameOf(operator)})`);
  }
  const { outChannels, inChannels, kernelHeight, kernelWidth, kind } = shape;
  const weightElements = kind === 'pooling' ? 0 : outChannels * inChannels * kernelHeight * kernelWidth;
  return { ...sizes, kind, shape, weightElements };
}

function globalPooling([channels, height, width]: Shape): LayerShape {
  return {
    kind: 'pooling',
    inChannels: 1,
    outChannels: channels,
    groups: channels,
    outHeight: 1,
    outWidth: 1,
    kernelHeight: height,
    kernelWidth: width,
    spanHeight: height,
    spanWidth: width,
    strideHeight: 1,
    strideWidth: 1,
    padTop: 0,
    padLeft: 0,
  };
}
