import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import { tf } from './engines/tfjs.js';

/** Name of our own tfjs kernel, which returns [x̂, 1/σ] over the last axis. ONNX has a single node for it. */
export const STANDARDISE = 'Standardise';

/** Avoids a division by zero for a constant row. */
export const STANDARDISE_EPSILON = 1e-5;

/** Zero mean and unit variance over the last axis, which layer normalisation then scales and shifts. */
export function standardise(x: Tensor): Tensor {
  const [normal] = tf.engine().runKernel(STANDARDISE, { x }, {}) as Tensor[];
  return normal;
}

for (const backendName of ['wasm', 'tensorflow']) {
  tf.registerKernel({
    kernelName: STANDARDISE,
    backendName,
    kernelFunc: ({ inputs }): TensorInfo[] => {
      const x = inputs.x as Tensor;
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const variance = tf.mean(tf.square(centred), -1, true);
      const inverse = tf.rsqrt(tf.add(variance, STANDARDISE_EPSILON));
      return [tf.mul(centred, inverse), inverse];
    },
  });
}

/** dx = (dy - mean(dy) - x̂·mean(dy·x̂)) / σ */
tf.registerGradient({
  kernelName: STANDARDISE,
  outputsToSave: [true, true],
  gradFunc: (dys, saved) => {
    const dy = (dys as Tensor[])[0];
    const [normal, inverse] = saved;
    return {
      x: () => {
        const along = tf.mul(normal, tf.mean(tf.mul(dy, normal), -1, true));
        return tf.mul(tf.sub(tf.sub(dy, tf.mean(dy, -1, true)), along), inverse);
      },
    };
  },
});
