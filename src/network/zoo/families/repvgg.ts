import type { OperatorGraph } from '../../graph.js';
import { makeDivisible } from '../channel-rounding.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';
import { shortcut } from './resnet.js';

interface RepVggConfiguration {
  readonly depths: readonly number[];
  readonly widths: readonly number[];
  readonly stem: number;
  readonly groups?: number;
}

/**
 * As trained: the sum of a 3×3 convolution, a 1×1 convolution and, if the size stays the same, a normalised
 * identity.
 */
function repvgg({ depths, widths, stem, groups = 1 }: RepVggConfiguration, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder('relu');
  let x = builder.scope('stem', () => branches(builder, builder.image(imageSize), stem, 2, 1));
  // Every second layer is grouped, counting over the whole network.
  let layer = 0;
  for (const [stage, depth] of depths.entries()) {
    for (let block = 0; block < depth; block++) {
      const grouped = ++layer % 2 === 0 ? groups : 1;
      x = builder.scope(`stage${stage + 1}.block${block + 1}`, () =>
        branches(builder, x, 64 * 2 ** stage * widths[stage], block === 0 ? 2 : 1, grouped),
      );
    }
  }
  return builder.classify(x);
}

function branches(
  builder: NetworkBuilder,
  x: string,
  channels: number,
  stride: number,
  groups: number,
): string {
  const sum = [
    builder.convNorm(x, channels, 1, { stride, groups }),
    builder.convNorm(x, channels, 3, { stride, groups }),
  ];
  if (stride === 1 && builder.channels(x) === channels) sum.push(builder.norm(x));
  return builder.act(builder.plus(...sum));
}

const A = [2, 4, 14, 1];
const B = [4, 6, 16, 1];

export const repvggs = family<RepVggConfiguration>('RepVGG', 'Ding et al., arXiv:2101.03697', repvgg, {
  repvgg_a0: { depths: A, widths: [0.75, 0.75, 0.75, 2.5], stem: 48 },
  repvgg_a1: { depths: A, widths: [1, 1, 1, 2.5], stem: 64 },
  repvgg_a2: { depths: A, widths: [1.5, 1.5, 1.5, 2.75], stem: 64 },
  repvgg_b0: { depths: B, widths: [1, 1, 1, 2.5], stem: 64 },
  repvgg_b1: { depths: B, widths: [2, 2, 2, 4], stem: 64 },
  repvgg_b1g4: { depths: B, widths: [2, 2, 2, 4], stem: 64, groups: 4 },
  repvgg_b2: { depths: B, widths: [2.5, 2.5, 2.5, 5], stem: 64 },
  repvgg_b2g4: { depths: B, widths: [2.5, 2.5, 2.5, 5], stem: 64, groups: 4 },
  repvgg_b3: { depths: B, widths: [3, 3, 3, 5], stem: 64 },
  repvgg_b3g4: { depths: B, widths: [3, 3, 3, 5], stem: 64, groups: 4 },
});

type Stage = readonly [
  type: 'basic' | 'bottleneck',
  depth: number,
  channels: number,
  stride: number,
  ratio: number,
  depthwise?: boolean,
];
interface GeNetConfiguration {
  readonly stages: readonly Stage[];
  readonly stem: number;
  readonly features: number;
  readonly imageSize?: number;
}

function genet({ stages, stem, features }: GeNetConfiguration, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder('relu');
  let x = builder.scope('stem', () => builder.convNormAct(builder.image(imageSize), stem, 3, { stride: 2 }));
  for (const [i, [type, depth, channels, firstStride, ratio, isDepthwise]] of stages.entries()) {
    for (let block = 0; block < depth; block++) {
      const stride = block === 0 ? firstStride : 1;
      x = builder.scope(`stage${i + 1}.block${block + 1}`, () => {
        const width = makeDivisible(channels * ratio);
        const skip = shortcut(builder, x, channels, stride, false);
        const y =
          type === 'basic'
            ? builder.convNorm(builder.convNormAct(x, width, 3, { stride }), channels, 3)
            : builder.convNorm(
                builder.convNormAct(builder.convNormAct(x, width, 1), width, 3, {
                  stride,
                  groups: isDepthwise ? width : 1,
                }),
                channels,
                1,
              );
        return builder.act(builder.plus(y, skip));
      });
    }
  }
  return builder.classify(builder.convNormAct(x, features, 1));
}

export const genets = family<GeNetConfiguration>('GENet', 'Lin et al., arXiv:2006.14090', genet, {
  gernet_s: {
    stages: [
      ['basic', 1, 48, 2, 1],
      ['basic', 3, 48, 2, 1],
      ['bottleneck', 7, 384, 2, 1 / 4],
      ['bottleneck', 2, 560, 2, 3, true],
      ['bottleneck', 1, 256, 1, 3, true],
    ],
    stem: 13,
    features: 1920,
  },
  gernet_m: {
    stages: [
      ['basic', 1, 128, 2, 1],
      ['basic', 2, 192, 2, 1],
      ['bottleneck', 6, 640, 2, 1 / 4],
      ['bottleneck', 4, 640, 2, 3, true],
      ['bottleneck', 1, 640, 1, 3, true],
    ],
    stem: 32,
    features: 2560,
  },
  gernet_l: {
    stages: [
      ['basic', 1, 128, 2, 1],
      ['basic', 2, 192, 2, 1],
      ['bottleneck', 6, 640, 2, 1 / 4],
      ['bottleneck', 5, 640, 2, 3, true],
      ['bottleneck', 4, 640, 1, 3, true],
    ],
    stem: 32,
    features: 2560,
    imageSize: 256,
  },
});
