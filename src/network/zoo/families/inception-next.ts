import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface InceptionNextConfiguration {
  readonly depths: readonly number[];
  readonly widths: readonly number[];
  readonly mlpRatios: readonly number[];
  /** Share of the channels that each convolution of the mixer processes. */
  readonly part?: number;
  readonly imageSize?: number;
}

function inceptionNext(configuration: InceptionNextConfiguration, imageSize: number): OperatorGraph {
  const { depths, widths, mlpRatios, part = 1 / 8 } = configuration;
  const builder = new NetworkBuilder('gelu');
  let x = builder.norm(
    builder.conv(builder.image(imageSize), widths[0], 4, { stride: 4, padding: 0, bias: true }),
  );
  for (const [stage, depth] of depths.entries()) {
    if (stage > 0) x = builder.conv(builder.norm(x), widths[stage], 2, { stride: 2, padding: 0, bias: true });
    for (let i = 1; i <= depth; i++) {
      x = builder.scope(`stage${stage + 1}.block${i}`, () => {
        const channels = widths[stage];
        const taken = Math.trunc(channels * part);
        const [rest, square, horizontal, vertical] = builder.split(x, [
          channels - 3 * taken,
          taken,
          taken,
          taken,
        ]);
        const own = (y: string, kernel: number | [number, number]) =>
          builder.conv(y, taken, kernel, { groups: taken, bias: true });
        const mixed = builder.concat([
          rest,
          own(square, 3),
          own(horizontal, [1, 11]),
          own(vertical, [11, 1]),
        ]);
        const hidden = builder.act(
          builder.conv(builder.norm(mixed), mlpRatios[stage] * channels, 1, { bias: true }),
        );
        return builder.plus(builder.scaleChannels(builder.conv(hidden, channels, 1, { bias: true })), x);
      });
    }
  }
  return builder.scope('head', () => {
    const pooled = builder.meanFeatures(x);
    const hidden = builder.layerNorm(builder.act(builder.linear(pooled, 3 * builder.channels(x))));
    return builder.finish(builder.linear(hidden, 1000));
  });
}

const NEXT = { depths: [3, 3, 27, 3], mlpRatios: [4, 4, 4, 3] };

export const inceptionNexts = family<InceptionNextConfiguration>(
  'InceptionNeXt',
  'Yu et al., arXiv:2303.16900',
  inceptionNext,
  {
    inception_next_tiny: { ...NEXT, depths: [3, 3, 9, 3], widths: [96, 192, 384, 768] },
    inception_next_small: { ...NEXT, widths: [96, 192, 384, 768] },
    inception_next_base: { ...NEXT, widths: [128, 256, 512, 1024] },
  },
);
