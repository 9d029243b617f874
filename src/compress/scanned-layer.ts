import { DataType, type NodeProto } from '../onnx/proto.js';
import { GraphBuilder } from '../onnx/write/graph-builder.js';
import type { NodeWriter } from './node-writer.js';
import { nodeInteger, RECURRENT_INPUTS } from './sites.js';

const { w: _, ...INPUTS } = RECURRENT_INPUTS;

/** From this operator set on, `Split` takes the sizes as an input. */
const SPLIT_BY_INPUT = 13;

/** The facts about a recurrent layer that all its directions share. */
export interface RecurrentLayer {
  readonly node: NodeProto;
  readonly gates: number;
  readonly hidden: number;
  /** `[steps, batch, features]`: the input, or its product with the left factor of the input's weights. */
  readonly features: string;
  /** `[directions, gates · hidden, features]`. */
  readonly inputWeights: string;
  readonly writer: NodeWriter;
}

/** The outputs of one direction, with the axis of directions: `[steps, 1, batch, hidden]` and `[1, batch, hidden]`. */
export interface DirectionOutputs {
  readonly steps: string;
  readonly last: string;
  /** For LSTM layers. */
  readonly cell?: string;
}

/**
 * One direction of a layer as a `Scan`. The input's contribution to the gates is computed for all steps at
 * once, and the body adds (h·L)·R. The equations are those of ONNX's operators LSTM and GRU. Where a shorter
 * sequence has no step (after its end when read forwards, before its beginning when read backwards), it keeps
 * its state and outputs zeros.
 *
 * @param recurrence names of the factors L `[hidden, rank]` and R `[rank, gates · hidden]`
 */
export function scannedLayer(
  layer: RecurrentLayer,
  i: number,
  direction: 'forward' | 'reverse',
  recurrence: { readonly left: string; readonly right: string },
): DirectionOutputs {
  const { node, hidden, features, writer } = layer;
  const { builder: g } = writer;
  const isLstm = node.opType === 'LSTM';
  const input = (name: keyof typeof INPUTS) => node.input[INPUTS[name]] || undefined;
  const ofDirection = (name: string) => g.node('Gather', [name, g.ints([i], [])], { axis: 0 });
  const sizes = g.node('Shape', [features]);
  const zeros = () => {
    const batch = g.node('Gather', [sizes, g.ints([1])], { axis: 0 });
    return g.node('ConstantOfShape', [g.node('Concat', [batch, g.ints([hidden])], { axis: 0 })]);
  };
  const state = (name: 'h' | 'c') => {
    const initial = input(name);
    return initial ? ofDirection(initial) : zeros();
  };
  const weights = g.node('Transpose', [ofDirection(layer.inputWeights)], { perm: [1, 0] });
  let gates = g.node('MatMul', [features, weights]);
  const biases = input('b') ? biasesOf(layer, ofDirection(input('b') as string)) : undefined;
  if (biases) gates = g.node('Add', [gates, biases.outside]);
  const lengths = input('lengths');
  const scanned = lengths ? [gates, presence(layer, sizes, lengths)] : [gates];
  const states = isLstm ? [state('h'), state('c')] : [state('h')];

  const body = bodyOf(layer, recurrence, biases?.inside, lengths !== undefined);
  const backwards = direction === 'reverse' ? 1 : 0;
  const outputs = g.nodeOutputs('Scan', [...states, ...scanned], states.length + 1, {
    body,
    num_scan_inputs: scanned.length,
    scan_input_directions: scanned.map(() => backwards),
    scan_output_directions: [backwards],
  });
  const steps = outputs[states.length];
  const withDirection = (value: string) => g.node('Reshape', [value, g.ints([1, -1, hidden])]);
  return {
    steps: g.node('Reshape', [steps, g.ints([0, 1, -1, hidden])]),
    last: withDirection(outputs[0]),
    cell: isLstm ? withDirection(outputs[1]) : undefined,
  };
}

/** Whether a sequence still has a step, `[steps, batch, 1]`. */
function presence({ writer: { builder: g } }: RecurrentLayer, sizes: string, lengths: string): string {
  const steps = g.node('Cast', [g.node('Gather', [sizes, g.ints([0], [])], { axis: 0 })], {
    to: DataType.int32,
  });
  const [zero, one] = [0, 1].map((value) => g.node('Cast', [g.ints([value], [])], { to: DataType.int32 }));
  const step = g.node('Reshape', [g.node('Range', [zero, steps, one]), g.ints([-1, 1])]);
  return g.node('Reshape', [g.node('Less', [step, lengths]), g.ints([0, 0, 1])]);
}

/**
 * The biases of the input and of the recurrence, `[2 · gates · hidden]`, divided into what is added once for
 * all steps, and what is applied inside a GRU's reset gate.
 */
function biasesOf(
  { node, gates, hidden, writer: { builder: g } }: RecurrentLayer,
  both: string,
): { outside: string; inside?: string } {
  const size = gates * hidden;
  const [ofInput, ofRecurrence] = [0, size].map((from) =>
    g.node('Slice', [both, g.ints([from]), g.ints([from + size]), g.ints([0])]),
  );
  if (isResetLast(node)) return { outside: ofInput, inside: ofRecurrence };
  return { outside: g.node('Add', [ofInput, ofRecurrence]) };
}

/** Whether a GRU applies its reset gate to the product with the weights, rather than before it. */
function isResetLast(node: RecurrentLayer['node']): boolean {
  return node.opType === 'GRU' && nodeInteger(node, 'linear_before_reset', 0) !== 0;
}

function bodyOf(
  layer: RecurrentLayer,
  recurrence: { readonly left: string; readonly right: string },
  innerBias: string | undefined,
  hasLengths: boolean,
) {
  const { node, gates, hidden, writer } = layer;
  const body = new GraphBuilder(`${writer.builder.name}/${recurrence.left}`);
  const name = (value: string) => `${body.name}/${value}`;
  const batch = name('batch');
  const before = body.input(name('h'), DataType.float, [batch, hidden]);
  const cellBefore =
    node.opType === 'LSTM' ? body.input(name('c'), DataType.float, [batch, hidden]) : undefined;
  const given = body.input(name('gates'), DataType.float, [batch, gates * hidden]);
  const present = hasLengths ? body.input(name('present'), DataType.bool, [batch, 1]) : undefined;
  const weighed = (value: string, right: string) =>
    body.node('MatMul', [body.node('MatMul', [value, recurrence.left]), right]);
  const next = cellBefore !== undefined ? lstmStep() : isResetLast(node) ? resetLast() : resetFirst();
  const kept = (value: string, old: string) => (present ? body.node('Where', [present, value, old]) : value);
  const out = (value: string) => body.output(body.node('Identity', [value]), DataType.float, [batch, hidden]);
  out(kept(next.output, before));
  if (next.cell !== undefined && cellBefore !== undefined) out(kept(next.cell, cellBefore));
  out(present ? body.node('Where', [present, next.output, body.floats([0], [1])]) : next.output);
  return body.graph();

  function split(value: string, parts: number): string[] {
    const sizes = Array.from({ length: parts }, () => hidden);
    return writer.operatorSet >= SPLIT_BY_INPUT
      ? body.nodeOutputs('Split', [value, body.ints(sizes)], parts, { axis: 1 })
      : body.nodeOutputs('Split', [value], parts, { axis: 1, split: sizes });
  }

  /** C' = f·C + i·c, H' = o·tanh(C'). */
  function lstmStep(): { output: string; cell?: string } {
    const sum = body.node('Add', [given, weighed(before, recurrence.right)]);
    const [input, output, forget, candidate] = split(sum, 4);
    const cell = body.node('Add', [
      body.node('Mul', [body.node('Sigmoid', [forget]), cellBefore as string]),
      body.node('Mul', [body.node('Sigmoid', [input]), body.node('Tanh', [candidate])]),
    ]);
    return { cell, output: body.node('Mul', [body.node('Sigmoid', [output]), body.node('Tanh', [cell])]) };
  }

  /** h = tanh(gate + r·(H·W + b)). */
  function resetLast(): { output: string; cell?: string } {
    const own = weighed(before, recurrence.right);
    const [update, reset, candidate] = split(innerBias ? body.node('Add', [own, innerBias]) : own, 3);
    const [givenUpdate, givenReset, givenCandidate] = split(given, 3);
    const r = body.node('Sigmoid', [body.node('Add', [givenReset, reset])]);
    const h = body.node('Tanh', [body.node('Add', [givenCandidate, body.node('Mul', [r, candidate])])]);
    return mixed(body.node('Sigmoid', [body.node('Add', [givenUpdate, update])]), h);
  }

  /** h = tanh(gate + (r·H)·W): the weights of the candidate are the last third of the right factor. */
  function resetFirst(): { output: string; cell?: string } {
    const g = writer.builder;
    const columns = (from: number, to: number) =>
      g.node('Slice', [recurrence.right, g.ints([from * hidden]), g.ints([to * hidden]), g.ints([1])]);
    const [givenUpdate, givenReset, givenCandidate] = split(given, 3);
    const [update, reset] = split(weighed(before, columns(0, 2)), 2);
    const r = body.node('Sigmoid', [body.node('Add', [givenReset, reset])]);
    const own = weighed(body.node('Mul', [r, before]), columns(2, 3));
    const h = body.node('Tanh', [body.node('Add', [givenCandidate, own])]);
    return mixed(body.node('Sigmoid', [body.node('Add', [givenUpdate, update])]), h);
  }

  /** H' = (1 - z)·h + z·H, as h + z·(H - h). */
  function mixed(z: string, h: string): { output: string } {
    return { output: body.node('Add', [h, body.node('Mul', [z, body.node('Sub', [before, h])])]) };
  }
}
