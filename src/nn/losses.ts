import type { Scalar, Tensor } from '@tensorflow/tfjs';
import { tf } from './engines/tfjs.js';

/**
 * How far predictions are from targets. For `cross-entropy`: how improbable the right class is; `pairwise`:
 * how often two samples are put in the wrong order; `policy`: how little reward a policy earns.
 */
export type Loss = 'l1' | 'huber' | 'mse' | 'cross-entropy' | 'pairwise' | 'policy';

/**
 * A batch's loss, summed over members.
 *
 * @param prediction `[members, batch]` or `[members, batch, outputs]`, which is averaged over outputs; for
 *   `cross-entropy` `[members, batch, classes]`, logits; for `pairwise` `[members, batch]` or `[members,
 *   batch, 2]` (see `pairwiseLoss`); for `policy` `[members, batch, 2]` (see `policyLoss`)
 * @param target `[batch]` or `[batch, outputs]`; for `cross-entropy`, the index of the class
 * @param weight `[batch]`, with sum 1 over the samples that count
 */
export function batchLoss(kind: Loss, prediction: Tensor, target: Tensor, weight: Tensor): Scalar {
  if (kind === 'pairwise') return pairwiseLoss(prediction, target, weight);
  if (kind === 'policy') return policyLoss(prediction, target, weight);
  if (kind === 'cross-entropy') return crossEntropy(prediction, target, weight);
  const losses = pointwiseLoss(kind, tf.sub(prediction, target));
  return tf.sum(tf.mul(losses.rank === 3 ? tf.mean(losses, 2) : losses, weight));
}

function pointwiseLoss(
  kind: Exclude<Loss, 'cross-entropy' | 'pairwise' | 'policy'>,
  difference: Tensor,
): Tensor {
  if (kind === 'mse') return tf.square(difference);
  const size = tf.abs(difference);
  if (kind === 'l1') return size;
  // Huber loss with its corner at 0.1 standard deviations: quadratic near the target, linear beyond.
  const corner = 0.1;
  const inside = tf.minimum(size, corner);
  return tf.add(tf.div(tf.square(inside), 2 * corner), tf.sub(size, inside));
}

/** -log softmax(logits)[class], weighted. */
function crossEntropy(logits: Tensor, target: Tensor, weight: Tensor): Scalar {
  const [, batch, classes] = logits.shape as [number, number, number];
  const numbers = tf.tensor2d(
    Float32Array.from({ length: classes }, (_, i) => i),
    [1, classes],
  );
  const isRight = tf.cast(tf.equal(tf.reshape(target, [batch, 1]), numbers), 'float32');
  const right = tf.sum(tf.mul(logits, tf.reshape(isRight, [1, batch, classes])), 2);
  return tf.sum(tf.mul(tf.sub(tf.logSumExp(logits, 2), right), weight));
}

/**
 * Cross-entropy over all ordered pairs of the batch, between the predicted probability that i is better than
 * j, σ(zᵢⱼ), and the observed one, σ(tᵢ - tⱼ). Up to a constant, this is the KL divergence of BRP-NAS
 * (arXiv:2007.08668, section 4.1), whose log-softmax over two logits is a sigmoid of their difference. The
 * unit of the target determines how sharp the observed preference is.
 *
 * With one score per sample, zᵢⱼ = sᵢ - sⱼ (RankNet, Burges et al., ICML 2005). With two numbers per sample,
 * zᵢⱼ = fᵢ + gⱼ, which is what one linear layer on two concatenated embeddings computes.
 */
function pairwiseLoss(prediction: Tensor, target: Tensor, weight: Tensor): Scalar {
  const [members, batch, outputs] = prediction.shape as [number, number, number?];
  const column = (x: Tensor) => tf.reshape(x, [-1, batch, 1]);
  const row = (x: Tensor) => tf.reshape(x, [-1, 1, batch]);
  const half = (k: number) => tf.slice(prediction, [0, 0, k], [members, batch, 1]);
  const z =
    outputs === undefined
      ? tf.sub(column(prediction), row(prediction))
      : tf.add(column(half(0)), row(half(1)));
  const observed = tf.sigmoid(tf.sub(column(target), row(target)));
  const crossEntropy = tf.sub(tf.softplus(z), tf.mul(z, observed));
  return tf.sum(tf.mul(crossEntropy, tf.mul(column(weight), row(weight))));
}

/**
 * REINFORCE (Williams, Machine Learning 8, 1992): its gradient is that of the expected reward. The prediction
 * has two numbers per sample: the log-probability of the action taken, and a bonus that is added as it is
 * (entropy). The target is the advantage: the reward less a baseline.
 */
function policyLoss(prediction: Tensor, advantage: Tensor, weight: Tensor): Scalar {
  const [members, batch] = prediction.shape as [number, number, number];
  const part = (k: number) =>
    tf.reshape(tf.slice(prediction, [0, 0, k], [members, batch, 1]), [members, batch]);
  return tf.neg(tf.sum(tf.mul(tf.add(tf.mul(part(0), advantage), part(1)), weight)));
}
