import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../nn/engines/tfjs.js';

/**
 * Layers of images `[batch, height, width, channel]`, in operations that the tracer knows, gradients too. A convolution
 * is a matrix product over the tensor's neighbourhoods: onnxruntime has no kernel for the gradient of its own by the weights.
 */

const EPSILON = 1e-5;
const SIDE = 3;

/**
 * The neighbourhood of every position, 3 × 3 by default, zeros around the image: a tensor `[batch, height/stride,
 * width/stride, channel]` for each tap, row by row.
 *
 * @param side of the neighbourhood, odd
 */
export function neighbourhood(x: Tensor, stride = 1, side = SIDE): Tensor[] {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const border = (side - 1) / 2;
  const padded = tf.pad(x as tf.Tensor4D, [
    [0, 0],
    [border, border],
    [border, border],
    [0, 0],
  ]);
  return Array.from({ length: side * side }, (_, tap) => {
    const shifted = tf.slice(
      padded,
      [0, Math.floor(tap / side), tap % side, 0],
      [batch, height, width, channels],
    );
    return everyOther(shifted, stride);
  });
}

/** The positions whose row and column are multiples of the stride, 1 or 2; of a stride of 2 height and width are even. */
export function everyOther(x: Tensor, stride: number): Tensor {
  if (stride === 1) return x;
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const rows = tf.slice(
    tf.reshape(x, [(batch * height) / 2, 2 * width * channels]),
    [0, 0],
    [(batch * height) / 2, width * channels],
  );
  const columns = tf.slice(
    tf.reshape(rows, [(batch * height * width) / 4, 2 * channels]),
    [0, 0],
    [(batch * height * width) / 4, channels],
  );
  return tf.reshape(columns, [batch, height / 2, width / 2, channels]);
}

/** `[batch, height, width, channel]` → `[batch·height·width, channel]` */
export function flat(x: Tensor): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  return tf.reshape(x, [batch * height * width, channels]);
}

/** The neighbourhoods as rows of a matrix, `[position, tap·channel]`. */
export function unfolded(taps: readonly Tensor[]): Tensor {
  return flat(tf.concat([...taps], 3));
}

/**
 * A depthwise convolution, zeros around the image: each channel is a vector of positions, times the matrix that its taps
 * make (at small maps a few large matrix products are faster than a sum over shifted maps).
 *
 * @param x `[batch, height, width, channel]`; of a stride of 2 height and width are even
 * @param weight `[tap, channel]`, the taps of an odd square row by row
 * @returns `[batch, height/stride, width/stride, channel]`
 */
export function depthwise(x: Tensor, weight: Tensor, stride = 1): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [rows, columns] = [height / stride, width / stride];
  const places = tapPlaces(Math.sqrt(weight.shape[0]), height, width, stride);
  const matrices = tf.reshape(tf.matMul(weight as tf.Tensor2D, places, true), [
    channels,
    height * width,
    rows * columns,
  ]);
  const maps = tf.transpose(tf.reshape(x, [batch, height * width, channels]), [2, 0, 1]);
  const convolved = tf.transpose(tf.matMul(maps, matrices), [1, 2, 0]);
  return tf.reshape(convolved, [batch, rows, columns, channels]);
}

/** 1 where a tap leads from a position of the input to one of the output: `[tap, input·output]`. */
function tapPlaces(side: number, height: number, width: number, stride: number): tf.Tensor2D {
  const [taps, border] = [side * side, (side - 1) / 2];
  const outputs = (height * width) / stride ** 2;
  const places = new Float32Array(taps * height * width * outputs);
  for (let tap = 0; tap < taps; tap++) {
    for (let output = 0; output < outputs; output++) {
      const columns = width / stride;
      const row = Math.floor(output / columns) * stride + Math.floor(tap / side) - border;
      const column = (output % columns) * stride + (tap % side) - border;
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      places[(tap * height * width + row * width + column) * outputs + output] = 1;
    }
  }
  return tf.tensor2d(places, [taps, height * width * outputs]);
}

/** The mean over the neighbours that are inside the image, as NAS-Bench-201 pools. */
export function averageOf(taps: readonly Tensor[], height: number, width: number): Tensor {
  const inside = (i: number, size: number) => SIDE - (i === 0 ? 1 : 0) - (i === size - 1 ? 1 : 0);
  const shares = Float32Array.from(
    { length: height * width },
    (_, at) => 1 / (inside(Math.floor(at / width), height) * inside(at % width, width)),
  );
  return tf.mul(tf.addN([...taps]), tf.tensor4d(shares, [1, height, width, 1]));
}

/** Mean and variance of each channel, `[1, channel]`, of rows `[position, channel]`. */
export function statisticsOf(rows: Tensor): { readonly mean: Tensor; readonly variance: Tensor } {
  const mean = tf.mean(rows, 0, true);
  return { mean, variance: tf.mean(tf.square(tf.sub(rows, mean)), 0, true) };
}

/** Rows with mean 0 and variance 1 in each channel, by the given statistics. */
export function normalised(
  rows: Tensor,
  { mean, variance }: { readonly mean: Tensor; readonly variance: Tensor },
): Tensor {
  return tf.mul(tf.sub(rows, mean), tf.rsqrt(tf.add(variance, EPSILON)));
}
