import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import { tf } from '../nn/engines/tfjs.js';
import type { Network } from '../nn/network.js';
import type { Skeleton } from '../spaces/nasbench201/network.js';
import { chainLayers, chainSpace, MOST_OPTIONS } from './chain-space.js';
import { CHOICE } from './choice.js';
import { normalised, statisticsOf } from './image-layers.js';
import { IMAGE, trainable } from './trainable.js';

/** Name of the shared input with the images that statistics are taken of, `[image, height, width, channel]`. */
export const CALIBRATION = 'calibration';

/** What decides a chain's supernet. */
export type ChainSkeleton = Pick<Skeleton, 'image' | 'stageChannels' | 'classes'>;

/**
 * All chains of a space in one network: that of the largest chain, some of whose weights are masked by the choice, an input
 * `[layer, option]`, one-hot. A kernel of 3 is the core of that of 5, and a smaller expansion has the first of the
 * channels, as in Single-Path NAS (Stamoulis et al., arXiv:1904.02877); a skipped layer adds nothing to its input. In SPOS
 * (Guo et al., arXiv:1904.00420) every block has weights of its own. So one traced graph trains every path, and a
 * step takes as long as one of the largest path. With a path's weights cut out, it computes what `trainable` of the
 * path's own network does: what is masked has no effect, and channels are normalised each by itself.
 */
export function chainSupernet(skeleton: ChainSkeleton): Network {
  const base = trainable(largestChain(skeleton));
  return {
    ...base,
    stepInputs: [choiceInput(skeleton)],
    forward: (p, inputs, dropout) => base.forward(masked(skeleton, p, inputs[CHOICE]), inputs, dropout),
  };
}

/**
 * The same to judge a path by: the statistics of its normalisations are those of further images, taken anew for every
 * path, as SPOS recalibrates them (arXiv:1904.00420).
 *
 * @param calibrated number of those images
 */
export function recalibratedSupernet(skeleton: ChainSkeleton, calibrated: number): Network {
  const graph = largestChain(skeleton);
  const [channels, height, width] = skeleton.image;
  return {
    ...trainable(graph),
    stepInputs: [choiceInput(skeleton), { name: CALIBRATION, shape: [calibrated, height, width, channels] }],
    forward(p, inputs, dropout) {
      const path = masked(skeleton, p, inputs[CHOICE]);
      const found = new Map<string, ReturnType<typeof statisticsOf>>();
      const finding = trainable(graph, (rows, name) => {
        found.set(name, statisticsOf(rows));
        return normalised(rows, found.get(name)!);
      });
      finding.forward(path, { [IMAGE]: inputs[CALIBRATION] }, dropout);
      const judging = trainable(graph, (rows, name) => normalised(rows, found.get(name)!));
      return judging.forward(path, inputs, dropout);
    },
  };
}

function largestChain(skeleton: ChainSkeleton) {
  const space = chainSpace(skeleton);
  const widest = chainLayers(skeleton.stageChannels).map(({ options }) =>
    options.indexOf(options.findLast((block) => block !== undefined)),
  );
  return space.toNetwork(Uint8Array.from(widest));
}

const choiceInput = ({ stageChannels }: ChainSkeleton) => ({
  name: CHOICE,
  shape: [chainLayers(stageChannels).length, MOST_OPTIONS],
});

/** The largest chain's weights with what the chosen blocks lack at zero. */
function masked({ stageChannels }: ChainSkeleton, p: NamedTensorMap, choice: Tensor): NamedTensorMap {
  const own = { ...p };
  for (const [l, { name, inChannels, options }] of chainLayers(stageChannels).entries()) {
    const chosen = tf.slice(choice, [l, 0], [1, options.length]);
    const widest = Math.max(...options.map((block) => block?.expansion ?? 0));
    const largest = Math.max(...options.map((block) => block?.kernel ?? 0));
    /** Multiplies the rows of a weight, `[1, row, column]`, each by its share. */
    const mask = (weight: string, rows: readonly (readonly number[])[]) => {
      const shares = tf.matMul(chosen as tf.Tensor2D, tf.tensor2d(rows.map((row) => [...row])));
      own[weight] = tf.mul(p[weight], tf.reshape(shares, [1, rows[0].length, 1]));
    };
    mask(
      `${name}.depthwise.weight`,
      options.map((block) => core(block?.kernel ?? 0, largest)),
    );
    mask(
      `${name}.project.weight`,
      options.map((block) => first(inChannels * (block?.expansion ?? 0), inChannels * widest)),
    );
    if (options.includes(undefined)) {
      mask(
        `${name}.projectNorm.shift`,
        options.map((block) => [block ? 1 : 0]),
      );
    }
  }
  return own;
}

/** 1 for the taps of a kernel in the middle of a larger one, row by row. */
function core(kernel: number, largest: number): number[] {
  const border = (largest - kernel) / 2;
  const isInside = (at: number) => at >= border && at < largest - border;
  return Array.from(
    { length: largest * largest },
    (_, tap) => +(isInside(Math.floor(tap / largest)) && isInside(tap % largest)),
  );
}

const first = (count: number, all: number) => Array.from({ length: all }, (_, i) => +(i < count));
