import { elements } from '../../base/elements.js';
import { quote } from '../../base/errors.js';
import { NodeFacts, withoutBatch } from './operators/node-facts.js';
import { type TensorGraph, tensorOf } from './tensor-graph.js';

/** Operators whose first input is `[batch, channels, …]`. */
const BATCHED = new Set(
  `Conv ConvInteger ConvTranspose FusedConv QLinearConv BatchNormalization InstanceNormalization MaxPool AveragePool LpPool
  GlobalMaxPool GlobalAveragePool GlobalLpPool QLinearAveragePool QLinearGlobalAveragePool`.split(/\s+/),
);

/** Operators whose first input is `[steps, batch, features]`, unless their layout is 1. */
const RECURRENT = new Set(['LSTM', 'GRU', 'RNN', 'DynamicQuantizeLSTM']);

/**
 * How many inputs go through the network at once: the first dimension of every input and output (apart from
 * scalars), if all agree; otherwise that of an input, if all convolutions and poolings take a multiple of it.
 */
export function batchOf(graph: TensorGraph): number {
  const batch = agreed(graph) ?? convolved(graph);
  const areSteps = firstInputs(graph, RECURRENT).some(
    ([steps, sequences]) => steps === batch && sequences !== batch,
  );
  return areSteps || isSummedOver(graph, batch) ? 1 : batch;
}

/** Whether matrix products add up what is of different inputs, as in attention over `[tokens, 1, features]`. */
function isSummedOver(graph: TensorGraph, batch: number): boolean {
  return graph.nodes.some(({ operator, inputs: [, name], attributes }) => {
    if (operator !== 'MatMul' && operator !== 'Gemm') return false;
    const { constant, shape } = tensorOf(graph, name);
    if (constant || shape.length < 2) return false;
    const added = shape.at(attributes.get('transB') === 1 ? -1 : -2);
    return added === batch && elements(shape.slice(0, -2)) % batch !== 0;
  });
}

/** A note for a batch of several inputs: what counts for all of them, and what for one. */
export function batchNote(graph: TensorGraph, batch: number): string {
  const whole = graph.nodes.filter((node) => {
    const { shape } = new NodeFacts(graph, node).output;
    return elements(shape) > 1 && elements(withoutBatch(shape, batch)) === elements(shape);
  });
  const [first] = whole;
  const except =
    first === undefined
      ? ''
      : `, apart from ${whole.length} nodes without that batch, such as ${quote(first.name)} (${first.operator})`;
  return `${batch} inputs go through the network at once: costs are of all, latencies of analytic devices of one${except}`;
}

function agreed(graph: TensorGraph): number | undefined {
  const firstsOf = (names: readonly string[]) =>
    names.flatMap((name) => tensorOf(graph, name).shape[0] ?? []);
  const firsts = firstsOf(graph.inputs);
  if (firsts.length === 0) return 1;
  firsts.push(...firstsOf(graph.outputs));
  return firsts.every((first) => first === firsts[0]) ? firsts[0] : undefined;
}

function convolved(graph: TensorGraph): number {
  const firsts = firstInputs(graph, BATCHED).map(([first]) => first);
  const possible = graph.inputs.map((name) => tensorOf(graph, name).shape[0] ?? 1).toSorted((a, b) => b - a);
  if (firsts.length === 0) return 1;
  return possible.find((batch) => batch > 0 && firsts.every((first) => first % batch === 0)) ?? 1;
}

/** Shapes of the first inputs of the operators. */
function firstInputs(graph: TensorGraph, operators: ReadonlySet<string>): (readonly number[])[] {
  return graph.nodes
    .filter(
      ({ operator, inputs, attributes }) =>
        operators.has(operator) && inputs[0] && attributes.get('layout') !== 1,
    )
    .map(({ inputs }) => tensorOf(graph, inputs[0]).shape);
}
