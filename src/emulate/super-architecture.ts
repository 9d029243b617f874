import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import { elements } from '../base/elements.js';
import { tf } from '../nn/engines/tfjs.js';
import { linear, linearParameters } from '../nn/layers.js';
import type { Network, ParameterSpec } from '../nn/network.js';

/** A block's operation besides the identity: a convolution of 3 to 9 points, or nothing. */
export const BLOCK_OPERATIONS = ['conv3', 'conv5', 'conv7', 'conv9', 'zero'] as const;
/** Widths of the convolutions, in the same order. */
const WIDTHS = [3, 5, 7, 9];
const WIDEST = 9;

/** The sizes of a super-architecture. */
export interface Form {
  readonly inputs: number;
  readonly outputs: number;
  /** Number of units of the two dense layers. */
  readonly hidden: number;
  readonly channels: number;
  /** Number of points of the map that the dense layers make. */
  readonly points: number;
  /** For each block, whether it first doubles the number of points. */
  readonly doubles: readonly boolean[];
  /** Number of channels of the last map; the read-out sees all of its points. */
  readonly readOut: number;
}

/** The same hyper-parameters for every simulator; only the numbers of inputs and outputs differ. */
export function formOf(inputs: number, outputs: number): Form {
  const curve = outputs >= 32;
  return {
    inputs,
    outputs,
    hidden: 64,
    channels: 16,
    points: 8,
    doubles: curve ? [true, false, true, false, true] : [false, false, false, false, false],
    readOut: 4,
  };
}

/** Number of points of a form's last map. */
function lastPoints({ points, doubles }: Form): number {
  return doubles.reduce((size, double) => (double ? 2 * size : size), points);
}

function parametersOf(form: Form): ParameterSpec[] {
  const { inputs, outputs, hidden, channels, points, doubles, readOut } = form;
  return [
    ...linearParameters('first', inputs, hidden),
    ...linearParameters('second', hidden, points * channels),
    ...doubles.flatMap((_, block) =>
      WIDTHS.flatMap((width) => linearParameters(kernelName(block, width), width * channels, channels)),
    ),
    ...linearParameters('narrow', channels, readOut),
    ...linearParameters('read', lastPoints(form) * readOut, outputs),
  ];
}

const kernelName = (block: number, width: number) => `block${block}.conv${width}`;

/**
 * DENSE's super-architecture (arXiv:2001.08055) as built in this project: two dense layers make a small map,
 * each block adds one of several convolutions (or nothing) to its input, and a dense layer reads out the last
 * map. One graph trains every architecture, because the operation of each block is an input, `choice`
 * `[blocks, operations]`, one-hot. The convolutions of a block are linear in their kernels, so the chosen
 * kernel is first placed in the middle of one of the greatest width, and the map is convolved once.
 *
 * From `x` `[batch, inputs]` to `[1, batch, outputs]`, both standardised.
 */
export function superArchitecture(form: Form): Network {
  return {
    members: 1,
    inputs: [{ name: 'x', shape: [form.inputs] }],
    stepInputs: [{ name: 'choice', shape: [form.doubles.length, BLOCK_OPERATIONS.length] }],
    outputs: form.outputs,
    parameters: parametersOf(form),
    dropoutNoise: { draws: 0, rows: 0, units: 0 },
    forward: (parameters, { x, choice }) =>
      derived(form, { ...parameters, ...chosen(form, parameters, choice) }, x, 1),
  };
}

/** Kernels and biases of the blocks for a choice, by name: `[1, 9·channels, channels]` and `[1, 1, channels]`. */
function chosen({ doubles, channels }: Form, parameters: NamedTensorMap, choice: Tensor): NamedTensorMap {
  const combined: NamedTensorMap = {};
  for (const block of doubles.keys()) {
    const shareOf = (k: number) => tf.reshape(tf.slice(choice, [block, k], [1, 1]), [1, 1, 1]);
    const kernels = WIDTHS.map((width, k) => {
      const around = ((WIDEST - width) / 2) * channels;
      const kernel = tf.pad(parameters[`${kernelName(block, width)}.weight`], [
        [0, 0],
        [around, around],
        [0, 0],
      ]);
      return tf.mul(kernel, shareOf(k));
    });
    const biases = WIDTHS.map((width, k) =>
      tf.mul(parameters[`${kernelName(block, width)}.bias`], shareOf(k)),
    );
    combined[`block${block}.weight`] = tf.addN(kernels);
    combined[`block${block}.bias`] = tf.addN(biases);
  }
  return combined;
}

/** A parameter as a constant of a model. */
export interface DerivedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * The parameters of `derived` for networks drawn from fits, the same number from each.
 *
 * @param fits shared weights, in the order of the super-architecture's parameters, and architectures
 *   `[draw][block]`
 */
export function derivedParameters(
  form: Form,
  fits: readonly { readonly theta: Float32Array; readonly architectures: readonly (readonly number[])[] }[],
): DerivedParameter[] {
  const { doubles, channels } = form;
  const shapes = parametersOf(form);
  const ofFit = fits.map(({ theta }) => {
    let offset = 0;
    return new Map(
      shapes.map(({ name, shape }) => {
        const size = elements(shape);
        offset += size;
        return [name, theta.subarray(offset - size, offset)];
      }),
    );
  });
  const dense = shapes
    .filter(({ name }) => !name.startsWith('block'))
    .map(({ name, shape }): DerivedParameter => {
      const values = joined(ofFit.map((parameters) => parameters.get(name)!));
      return { name, shape: [fits.length, ...shape], values };
    });
  const drawn = (block: number, part: 'weight' | 'bias', rows: number): DerivedParameter => {
    const each = fits.flatMap(({ architectures }, f) =>
      architectures.map((architecture) => {
        const values = new Float32Array(rows * channels);
        const width = WIDTHS[architecture[block]];
        if (width === undefined) return values;
        const around = part === 'weight' ? ((WIDEST - width) / 2) * channels : 0;
        values.set(ofFit[f].get(`${kernelName(block, width)}.${part}`)!, around * channels);
        return values;
      }),
    );
    return { name: `block${block}.${part}`, shape: [each.length, rows, channels], values: joined(each) };
  };
  const blocks = doubles.flatMap((_, block) => [
    drawn(block, 'weight', WIDEST * channels),
    drawn(block, 'bias', 1),
  ]);
  return [...dense, ...blocks];
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/**
 * Computes all drawn architectures at once.
 *
 * @param parameters of the dense layers, with a leading axis of fits; `block<i>.weight` and `.bias` of each
 *   block, with a leading axis of fits · draws
 * @param x `[batch, inputs]`, standardised
 * @param draws networks per fit
 * @returns `[fits · draws, batch, outputs]`, standardised
 */
export function derived(form: Form, parameters: NamedTensorMap, x: Tensor, draws: number): Tensor {
  const { channels, doubles, readOut, inputs } = form;
  const fits = parameters['first.weight'].shape[0];
  const members = fits * draws;
  let points = form.points;
  const rows = tf.tile(tf.reshape(x, [1, -1, inputs]), [fits, 1, 1]);
  const dense = linear(parameters, 'second', swish(linear(parameters, 'first', rows)));
  const each =
    draws === 1 ? dense : tf.tile(tf.reshape(dense, [fits, 1, -1, points * channels]), [1, draws, 1, 1]);
  let map = tf.reshape(each, [members, -1, points, channels]);
  for (const [block, double] of doubles.entries()) {
    if (double) {
      map = tf.reshape(tf.stack([map, map], 3), [members, -1, 2 * points, channels]);
      points *= 2;
    }
    map = tf.add(map, convolved(swish(map), parameters, `block${block}`));
  }
  const narrow = linear(parameters, 'narrow', tf.reshape(swish(map), [fits, -1, channels]));
  const read = linear(parameters, 'read', tf.reshape(narrow, [fits, -1, points * readOut]));
  return tf.reshape(read, [members, -1, form.outputs]);
}

/** A convolution along the points, padded with zeros: `[members, batch, points, channels]` to the same shape. */
function convolved(map: Tensor, parameters: NamedTensorMap, name: string): Tensor {
  const [members, batch, points, channels] = map.shape as [number, number, number, number];
  const around = (WIDEST - 1) / 2;
  const padded = tf.pad(map, [
    [0, 0],
    [0, 0],
    [around, around],
    [0, 0],
  ]);
  const windows = Array.from({ length: WIDEST }, (_, k) =>
    tf.slice(padded, [0, 0, k, 0], [members, batch, points, channels]),
  );
  const columns = tf.reshape(tf.concat(windows, 3), [members, -1, WIDEST * channels]);
  return tf.reshape(linear(parameters, name, columns), [members, -1, points, channels]);
}

/** x·σ(x), which is smooth, as most simulators are. */
const swish = (x: Tensor) => tf.mul(x, tf.sigmoid(x));
