import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../nn/engines/tfjs.js';

/**
 * Layers of images `[batch, height, width, channel]`, in operations that the tracer knows, gradients too. A convolution
 * is a matrix product over the tensor's neighbourhoods: onnxruntime has no kernel for the gradient of its own by the weights.
 */

const EPSILON = 1e-5;
const SIDE = 3;

/**
 * The 3 × 3 neighbourhood of every position, zeros around the image: nine tensors `[batch, height/stride, width/stride,
 * channel]`, row by row.
 */
export function neighbourhood(x: Tensor, stride = 1): Tensor[] {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const padded = tf.pad(x as tf.Tensor4D, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  return Array.from({ length: SIDE * SIDE }, (_, tap) => {
    const shifted = tf.slice(
      padded,
      [0, Math.floor(tap / SIDE), tap % SIDE, 0],
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

/** The neighbourhoods as rows of a matrix, `[position, 9·channel]`. */
export function unfolded(taps: readonly Tensor[]): Tensor {
  return flat(tf.concat([...taps], 3));
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
