import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface ResNestConfiguration {
  readonly layers: readonly number[];
  /** Channels of the first convolution of the stem. */
  readonly stem: number;
  readonly imageSize?: number;
}

const RADIX = 2;

function resnest({ layers, stem }: ResNestConfiguration, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder('relu');
  let x = builder.scope('stem', () => {
    let y = builder.convNormAct(builder.image(imageSize), stem, 3, { stride: 2 });
    y = builder.convNormAct(builder.convNormAct(y, stem, 3), 2 * stem, 3);
    return builder.pool('maxPool', y, 3, 2, 1);
  });
  for (const [stage, blocks] of layers.entries()) {
    for (let block = 0; block < blocks; block++) {
      x = builder.scope(`stage${stage + 1}.block${block + 1}`, () =>
        residual(builder, x, 64 * 2 ** stage, stage > 0 && block === 0 ? 2 : 1),
      );
    }
  }
  return builder.classify(x);
}

/** A bottleneck whose 3×3 convolution is split attention. A stride is applied by pooling after it. */
function residual(builder: NetworkBuilder, x: string, width: number, stride: number): string {
  let y = splitAttention(builder, builder.convNormAct(x, width, 1), width);
  if (stride > 1) y = builder.pool('avgPool', y, 3, stride, 1);
  y = builder.convNorm(y, 4 * width, 1);
  let shortcut = x;
  if (stride > 1 || builder.channels(x) !== 4 * width) {
    const averaged = stride > 1 ? builder.pool('avgPool', x, 2, stride, 0, true) : x;
    shortcut = builder.convNorm(averaged, 4 * width, 1);
  }
  return builder.act(builder.plus(y, shortcut));
}

/** The outputs of two convolutions, weighted per channel by a softmax over the two (Zhang et al., arXiv:2004.08955). */
function splitAttention(builder: NetworkBuilder, x: string, width: number): string {
  const [, height, columns] = builder.shape(x);
  const both = builder.convNormAct(x, RADIX * width, 3, { groups: RADIX });
  const halves = builder.reshape(both, [RADIX, width, height, columns]);
  const sum = builder.add({ kind: 'reduceSum', axes: [0], keepDimensions: false }, [halves]);
  const reduced = Math.max(32, Math.floor((builder.channels(x) * RADIX) / 4));
  const squeezed = builder.convNormAct(builder.globalAvgPool(sum), reduced, 1, { bias: true });
  const scores = builder.reshape(builder.conv(squeezed, RADIX * width, 1, { bias: true }), [RADIX, width]);
  const weights = builder.add({ kind: 'softmax', axis: 0 }, [scores]);
  const weighted = builder.times(halves, builder.reshape(weights, [RADIX, width, 1, 1]));
  return builder.add({ kind: 'reduceSum', axes: [0], keepDimensions: false }, [weighted]);
}

export const resnests = family<ResNestConfiguration>('ResNeSt', 'Zhang et al., arXiv:2004.08955', resnest, {
  resnest14d: { layers: [1, 1, 1, 1], stem: 32 },
  resnest26d: { layers: [2, 2, 2, 2], stem: 32 },
  resnest50d: { layers: [3, 4, 6, 3], stem: 32 },
  resnest101e: { layers: [3, 4, 23, 3], stem: 64, imageSize: 256 },
  resnest200e: { layers: [3, 24, 36, 3], stem: 64, imageSize: 320 },
  resnest269e: { layers: [3, 30, 48, 8], stem: 64, imageSize: 416 },
});
