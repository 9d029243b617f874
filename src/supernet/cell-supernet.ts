import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import { tf } from '../nn/engines/tfjs.js';
import type { Network, ParameterSpec } from '../nn/network.js';
import { EDGES } from '../spaces/nasbench201/edges.js';
import { OPERATIONS, type Skeleton } from '../spaces/nasbench201/network.js';
import { CHOICE } from './choice.js';
import { averageOf, flat, neighbourhood, normalised, statisticsOf, unfolded } from './image-layers.js';
import { IMAGE, pooledByTwo } from './trainable.js';

const SKIP = OPERATIONS.indexOf('skip_connect');
const CONV1 = OPERATIONS.indexOf('nor_conv_1x1');
const CONV3 = OPERATIONS.indexOf('nor_conv_3x3');
const POOL = OPERATIONS.indexOf('avg_pool_3x3');

/**
 * All cells of NAS-Bench-201 in one network, with shared weights: every edge is the sum of its operations, each times its
 * share, which is an input. One-hot shares make it the network of a cell, shares between 0 and 1 DARTS's mixed one
 * (Liu et al., arXiv:1806.09055, equation 2), so that one graph trains every path. Normalisations are by the batch,
 * without scale and shift, as in NAS-Bench-201's searches (arXiv:2001.00326). Pools are normalised, too, as in the code of
 * DARTS: their sums are larger than what a normalised convolution gives, and would be chosen for that.
 *
 * What edges that leave a tensor do alike is done once: its neighbourhoods, and one matrix product for all of them.
 */
export function cellSupernet({ image, stageChannels, cellsPerStage, classes }: Skeleton): Network {
  const [imageChannels, height, width] = image;
  const cells = stageChannels.flatMap((channels, stage) =>
    Array.from({ length: cellsPerStage }, (_, cell) => ({
      channels,
      name: `stage${stage + 1}.cell${cell + 1}`,
    })),
  );
  const convolution = (name: string, inputs: number, outputs: number, kernel: number): ParameterSpec => {
    const taps = inputs * kernel * kernel;
    return { name, shape: [taps, outputs], init: { uniform: Math.sqrt(6 / taps) } };
  };
  const last = stageChannels[stageChannels.length - 1];
  const parameters: ParameterSpec[] = [
    convolution('stem', imageChannels, stageChannels[0], 3),
    ...cells.flatMap(({ channels, name }) =>
      [0, 1, 2].flatMap((from) => {
        const edges = EDGES.filter(([source]) => source === from).length;
        return [
          convolution(`${name}.from${from}.conv1x1`, channels, channels * edges, 1),
          convolution(`${name}.from${from}.conv3x3`, channels, channels * edges, 3),
        ];
      }),
    ),
    ...stageChannels
      .slice(1)
      .flatMap((channels, i) => [
        convolution(`reduction${i + 1}.a`, stageChannels[i], channels, 3),
        convolution(`reduction${i + 1}.b`, channels, channels, 3),
        convolution(`reduction${i + 1}.shortcut`, stageChannels[i], channels, 1),
      ]),
    { name: 'classifier.weight', shape: [last, classes], init: { uniform: 1 / Math.sqrt(last) } },
    { name: 'classifier.bias', shape: [1, classes], init: 0 },
  ];
  return {
    members: 1,
    inputs: [{ name: IMAGE, shape: [height, width, imageChannels] }],
    stepInputs: [{ name: CHOICE, shape: [EDGES.length, OPERATIONS.length] }],
    parameters,
    dropoutNoise: { draws: 0, rows: 0, units: 0 },
    forward(p, inputs) {
      let x = convolved(p, 'stem', inputs[IMAGE]);
      for (let stage = 0; stage < stageChannels.length; stage++) {
        if (stage > 0) x = reduced(p, `reduction${stage}`, x);
        for (let cell = 0; cell < cellsPerStage; cell++) {
          x = mixedCell(p, `stage${stage + 1}.cell${cell + 1}`, x, inputs[CHOICE]);
        }
      }
      const features = tf.mean(tf.relu(likeImage(standard(flat(x)), x)), [1, 2]);
      const logits = tf.add(
        tf.matMul(features, matrix(p, 'classifier.weight')),
        matrix(p, 'classifier.bias'),
      );
      return tf.reshape(logits, [1, ...logits.shape]);
    },
  };
}

/** Shares with so much of a further skip on every edge: it adds what a skip that much likelier would. */
export function withAuxiliarySkip(choice: Float32Array, share: number): Float32Array {
  return choice.map((own, at) => (at % OPERATIONS.length === SKIP ? own + share : own));
}

function mixedCell(p: NamedTensorMap, name: string, input: Tensor, choice: Tensor): Tensor {
  const [batch, height, width, channels] = input.shape as [number, number, number, number];
  const share = (edge: number, operation: number) =>
    tf.reshape(tf.slice(choice, [edge, operation], [1, 1]), [1, 1]);
  const sums: (Tensor | undefined)[] = [flat(input), undefined, undefined, undefined];
  for (let from = 0; from < 3; from++) {
    const rows = sums[from]!;
    const x = tf.reshape(rows, [batch, height, width, channels]);
    const pooled = standard(flat(averageOf(neighbourhood(x), height, width)));
    const active = tf.relu(x);
    const of1 = standard(tf.matMul(flat(active), matrix(p, `${name}.from${from}.conv1x1`)));
    const of3 = standard(
      tf.matMul(unfolded(neighbourhood(active)), matrix(p, `${name}.from${from}.conv3x3`)),
    );
    EDGES.forEach(([source, to], edge) => {
      if (source !== from) return;
      const part = (all: Tensor) =>
        tf.slice(all, [0, (to - from - 1) * channels], [batch * height * width, channels]);
      const terms: [operation: number, Tensor][] = [
        [SKIP, rows],
        [CONV1, part(of1)],
        [CONV3, part(of3)],
        [POOL, pooled],
      ];
      for (const [operation, term] of terms) {
        const weighted = tf.mul(term, share(edge, operation));
        sums[to] = sums[to] ? tf.add(sums[to], weighted) : weighted;
      }
    });
  }
  return tf.reshape(sums[3]!, input.shape);
}

/** A residual block that halves height and width. */
function reduced(p: NamedTensorMap, name: string, x: Tensor): Tensor {
  const halved = convolved(p, `${name}.a`, tf.relu(x), 2);
  const second = convolved(p, `${name}.b`, tf.relu(halved));
  const shortcut = tf.matMul(flat(pooledByTwo(x)), matrix(p, `${name}.shortcut`));
  return tf.add(second, tf.reshape(shortcut, second.shape));
}

function convolved(p: NamedTensorMap, name: string, x: Tensor, stride = 1): Tensor {
  const [batch, height, width] = x.shape as [number, number, number, number];
  const rows = unfolded(neighbourhood(x, stride));
  const weight = matrix(p, name);
  const normal = standard(tf.matMul(rows, weight));
  return tf.reshape(normal, [batch, height / stride, width / stride, weight.shape[1]!]);
}

const standard = (rows: Tensor) => normalised(rows, statisticsOf(rows));
const likeImage = (rows: Tensor, image: Tensor) => tf.reshape(rows, image.shape);
const matrix = (p: NamedTensorMap, name: string) => tf.reshape(p[name], p[name].shape.slice(1));
