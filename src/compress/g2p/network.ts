import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import { tf } from '../../nn/engines/tfjs.js';
import type { Network, ParameterSpec } from '../../nn/network.js';
import { LETTERS, MOST_LETTERS, MOST_PHONEMES, PHONEMES } from './dictionary.js';

/** The sizes of a network. */
export interface G2pForm {
  /** Units of the decoder; each direction of the encoder has half as many. */
  readonly units: number;
  /** Size of the vector for a letter, and for a phoneme. */
  readonly embedding: number;
}

const LETTER_CODES = LETTERS.length + 1;
/** Number of phonemes, plus one for the end, which also precedes the first phoneme. */
const PHONEME_CODES: number = PHONEMES.length + 1;
/** Number of steps of the decoder: the longest word and its end. */
export const STEPS: number = MOST_PHONEMES + 1;
/** Average number of phonemes of a word, including the end. A word's loss is divided by it. */
const TYPICAL_STEPS = 7.3;
/** Added to attention scores of places after the word's end. */
const NEVER = -1e9;

/** Layers of the encoder. Directions are in ONNX's order. */
const LSTM_LAYERS = [0, 1] as const;
const DIRECTIONS = ['forward', 'reverse'] as const;

/** Weights of an LSTM, laid out for its products: `[inputs, 4 · units]`, gates in ONNX's order i, o, f, c. */
function lstmParameters(name: string, inputs: number, units: number): ParameterSpec[] {
  const init = { uniform: 1 / Math.sqrt(units) };
  return [
    { name: `${name}.input`, shape: [inputs, 4 * units], init },
    { name: `${name}.recurrent`, shape: [units, 4 * units], init },
    { name: `${name}.bias`, shape: [1, 4 * units], init: 0 },
  ];
}

/** All parameters, in order. */
export function g2pParameters({ units, embedding }: G2pForm): ParameterSpec[] {
  const linear = (name: string, inputs: number, outputs: number): ParameterSpec => ({
    name,
    shape: [inputs, outputs],
    init: { uniform: 1 / Math.sqrt(inputs) },
  });
  return [
    linear('letters.embedding', LETTER_CODES, embedding),
    linear('phonemes.embedding', PHONEME_CODES, embedding),
    ...LSTM_LAYERS.flatMap((layer) =>
      DIRECTIONS.flatMap((direction) =>
        lstmParameters(`encoder${layer}.${direction}`, layer === 0 ? embedding : units, units / 2),
      ),
    ),
    ...lstmParameters('decoder', embedding + units, units),
    linear('attention', units, units),
    linear('combine', 2 * units, units),
    linear('output', units, PHONEME_CODES),
    { name: 'output.bias', shape: [1, PHONEME_CODES], init: 0 },
  ];
}

/**
 * Letters to phonemes: two bidirectional LSTM layers read the word; an LSTM with attention to the letters
 * pronounces it (global attention with the `general` score and input feeding: Luong, Pham & Manning,
 * arXiv:1508.04025, sections 3.1 and 3.3).
 *
 * This network is for training: from `letters` `[batch, 12]` and `phonemes` `[batch, 13]` to each word's
 * cross-entropy `[1, batch]`, every step being given the correct previous phonemes.
 */
export function g2pNetwork(form: G2pForm): Network {
  return {
    members: 1,
    inputs: [
      { name: 'letters', shape: [MOST_LETTERS] },
      { name: 'phonemes', shape: [STEPS] },
    ],
    parameters: g2pParameters(form),
    dropoutNoise: { draws: 0, rows: 0, units: 0 },
    forward: (parameters, inputs) => crossEntropy(form, matrices(parameters), inputs),
  };
}

/**
 * Letters `[batch, 12]` to phoneme codes `[batch, 13]`. Every step is given the previous step's own output.
 *
 * @param p parameters by name, without the axis of members
 */
export function greedyPhonemes(form: G2pForm, p: NamedTensorMap, letters: Tensor): Tensor {
  const encoded = encode(form, p, letters);
  const batch = letters.shape[0] as number;
  const codes = tf.reshape(upTo(PHONEME_CODES), [PHONEME_CODES, 1]);
  let state = firstState(encoded);
  let said = oneHotSteps(tf.mul(tf.slice(letters, [0, 0], [batch, 1]), 0), 1, PHONEME_CODES);
  const numbers: Tensor[] = [];
  for (let step = 0; step < STEPS; step++) {
    state = decoderStep(form, p, encoded, tf.matMul(said, p['phonemes.embedding']), state);
    const scores = logits(p, state.attended);
    said = tf.cast(tf.equal(scores, tf.max(scores, 1, true)), 'float32');
    numbers.push(tf.matMul(said, codes));
  }
  return tf.concat(numbers, 1);
}

type Parameters = NamedTensorMap;

/** Removes the axis of members, of which there is one. */
export function matrices(parameters: NamedTensorMap): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, tensor]) => [name, tf.reshape(tensor, tensor.shape.slice(1))]),
  );
}

/** 0, 1, … as a row. */
function upTo(count: number): Tensor {
  return tf.tensor2d([...Array(count).keys()], [1, count], 'float32');
}

function crossEntropy(form: G2pForm, p: Parameters, { letters, phonemes }: NamedTensorMap): Tensor {
  const batch = letters.shape[0] as number;
  const encoded = encode(form, p, letters);
  const target = oneHotSteps(phonemes, STEPS, PHONEME_CODES);
  // Step t is given phoneme t - 1; the first step is given the code for the end.
  const before = tf.pad(tf.slice(phonemes, [0, 0], [batch, STEPS - 1]), [
    [0, 0],
    [1, 0],
  ]);
  const told = perStep(
    tf.matMul(oneHotSteps(before, STEPS, PHONEME_CODES), p['phonemes.embedding']),
    STEPS,
    batch,
  );
  let state = firstState(encoded);
  const attended: Tensor[] = [];
  for (const embedded of told) {
    state = decoderStep(form, p, encoded, embedded, state);
    attended.push(state.attended);
  }
  const logProbabilities = tf.logSoftmax(logits(p, tf.concat(attended, 0)));
  const right = tf.reshape(tf.sum(tf.mul(logProbabilities, target), 1), [STEPS, batch]);
  const isFirst = tf.cast(tf.less(tf.reshape(upTo(STEPS), [STEPS, 1]), 1), 'float32');
  // A step counts if it is at or before the end, which follows the last phoneme.
  const counts = tf.maximum(isFirst, tf.cast(tf.greater(tf.transpose(before), 0), 'float32'));
  return tf.div(tf.reshape(tf.neg(tf.sum(tf.mul(right, counts), 0)), [1, batch]), TYPICAL_STEPS);
}

/** Codes `[batch, steps]` to one-hot rows, step by step: `[steps · batch, codes]`. */
function oneHotSteps(numbers: Tensor, steps: number, codes: number): Tensor {
  const batch = numbers.shape[0] as number;
  const column = tf.reshape(tf.transpose(numbers), [steps * batch, 1]);
  return tf.cast(tf.equal(column, upTo(codes)), 'float32');
}

/** Rows `[steps · batch, features]` as a list of `[batch, features]`. */
function perStep(rows: Tensor, steps: number, batch: number): Tensor[] {
  const features = rows.shape[1] as number;
  const blocks = tf.reshape(rows, [steps, batch, features]);
  return Array.from({ length: steps }, (_, t) =>
    tf.reshape(tf.slice(blocks, [t, 0, 0], [1, batch, features]), [batch, features]),
  );
}

interface Encoded {
  /** `[batch, letters, units]`. */
  readonly values: Tensor;
  /** The values multiplied by the attention weight: `[batch, units, letters]`. */
  readonly keys: Tensor;
  /** `[batch, 1, letters]`: 0, or `NEVER` for places after the end, which must not be attended to. */
  readonly behind: Tensor;
  /** The final backward states of both layers: `[batch, units]`. */
  readonly summary: Tensor;
}

function encode({ units }: G2pForm, p: Parameters, letters: Tensor): Encoded {
  const batch = letters.shape[0] as number;
  const half = units / 2;
  const present = tf.cast(tf.greater(letters, 0), 'float32');
  const masks = Array.from({ length: MOST_LETTERS }, (_, t) => tf.slice(present, [0, t], [batch, 1]));
  let rows = tf.matMul(oneHotSteps(letters, MOST_LETTERS, LETTER_CODES), p['letters.embedding']);
  const summaries: Tensor[] = [];
  let outputs: Tensor[] = [];
  for (const layer of LSTM_LAYERS) {
    const run = (direction: (typeof DIRECTIONS)[number]) => {
      const name = `encoder${layer}.${direction}`;
      const gates = perStep(
        tf.add(tf.matMul(rows, p[`${name}.input`]), p[`${name}.bias`]),
        MOST_LETTERS,
        batch,
      );
      return direction === 'forward'
        ? unrolled(gates, p[`${name}.recurrent`], half)
        : // The backward direction meets the places after the end first; the mask keeps its state zero there.
          unrolled(gates.toReversed(), p[`${name}.recurrent`], half, masks.toReversed()).toReversed();
    };
    const [forward, reverse] = DIRECTIONS.map(run);
    summaries.push(reverse[0]);
    outputs = forward.map((output, t) => tf.concat([output, reverse[t]], 1));
    rows = tf.concat(outputs, 0);
  }
  const values = tf.stack(outputs, 1);
  const weighed = tf.matMul(tf.reshape(values, [batch * MOST_LETTERS, units]), p.attention, false, true);
  return {
    values,
    keys: tf.transpose(tf.reshape(weighed, [batch, MOST_LETTERS, units]), [0, 2, 1]),
    behind: tf.reshape(tf.mul(tf.sub(1, present), NEVER), [batch, 1, MOST_LETTERS]),
    summary: tf.concat(summaries, 1),
  };
}

interface CellState {
  readonly output: Tensor;
  readonly cell: Tensor;
}

/** An LSTM whose inputs have already contributed to the gates. Masks keep its state zero. */
function unrolled(
  gates: readonly Tensor[],
  recurrent: Tensor,
  units: number,
  masks?: readonly Tensor[],
): Tensor[] {
  let state: CellState | undefined;
  return gates.map((own, t) => {
    const next = lstmCell(state ? tf.add(own, tf.matMul(state.output, recurrent)) : own, units, state?.cell);
    state = masks ? { output: tf.mul(next.output, masks[t]), cell: tf.mul(next.cell, masks[t]) } : next;
    return state.output;
  });
}

/** Gates are `[batch, 4 · units]` in the order i, o, f, c. A missing cell state stands for zeros. */
function lstmCell(gates: Tensor, units: number, cell?: Tensor): CellState {
  const batch = gates.shape[0] as number;
  const open = tf.sigmoid(tf.slice(gates, [0, 0], [batch, 3 * units]));
  const gate = (k: number) => tf.slice(open, [0, k * units], [batch, units]);
  const written = tf.mul(gate(0), tf.tanh(tf.slice(gates, [0, 3 * units], [batch, units])));
  const next = cell ? tf.add(tf.mul(gate(2), cell), written) : written;
  return { output: tf.mul(gate(1), tf.tanh(next)), cell: next };
}

interface DecoderState {
  readonly output: Tensor;
  /** Absent for zeros. */
  readonly cell?: Tensor;
  /** The output of attention, fed to the next step: `[batch, units]`. */
  readonly attended: Tensor;
}

function firstState({ summary }: Encoded): DecoderState {
  // Zeros with the size of the batch.
  return { output: summary, attended: tf.mul(summary, 0) };
}

function decoderStep(
  { units }: G2pForm,
  p: Parameters,
  { values, keys, behind }: Encoded,
  embedded: Tensor,
  state: DecoderState,
): DecoderState {
  const batch = embedded.shape[0] as number;
  const fed = tf.matMul(tf.concat([embedded, state.attended], 1), p['decoder.input']);
  const gates = tf.add(tf.add(fed, tf.matMul(state.output, p['decoder.recurrent'])), p['decoder.bias']);
  const { output, cell } = lstmCell(gates, units, state.cell);
  const scores = tf.add(tf.matMul(tf.reshape(output, [batch, 1, units]), keys), behind);
  const context = tf.reshape(tf.matMul(tf.softmax(scores), values), [batch, units]);
  const attended = tf.tanh(tf.matMul(tf.concat([context, output], 1), p.combine));
  return { output, cell, attended };
}

function logits(p: Parameters, attended: Tensor): Tensor {
  return tf.add(tf.matMul(attended, p.output), p['output.bias']);
}
