import type { OperatorGraph } from '../../graph.js';
import { makeDivisible } from '../channel-rounding.js';
import { type ActivationKind, NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

/** The differences between ResNet and its many variants (Bag of tricks, ResNeXt, SENet, ECA-Net …). */
interface ResNetConfiguration {
  readonly layers: readonly number[];
  /** Two 3×3 convolutions instead of 1×1, 3×3, 1×1. */
  readonly basic?: boolean;
  readonly groups?: number;
  /** Channels per group in a bottleneck of the first stage. */
  readonly groupWidth?: number;
  /** `deep`: three 3×3 convolutions. `tiered`: the same with 24, 32, 64 or (narrow) 24, 48, 64 channels. */
  readonly stem?: 'deep' | 'deep-wide' | 'tiered' | 'tiered-narrow';
  /** Whether shortcuts average before they project (the “D” of ResNet-D). */
  readonly averageDown?: boolean;
  readonly attention?: 'se' | 'eca';
  /** Share of the channels that squeeze-excite keeps. */
  readonly reduction?: number;
  readonly activation?: ActivationKind;
  /** Whether a 3×3 convolution with stride 2 replaces the max-pooling, as in ResNet-RS. */
  readonly convolvedPool?: boolean;
  readonly imageSize?: number;
}

const STEMS = {
  deep: [32, 32, 64],
  'deep-wide': [64, 64, 128],
  tiered: [24, 32, 64],
  'tiered-narrow': [24, 48, 64],
} as const;

function resnet(configuration: ResNetConfiguration, imageSize: number): OperatorGraph {
  const { layers, basic, stem, convolvedPool, activation = 'relu' } = configuration;
  const builder = new NetworkBuilder(activation);
  let x = builder.scope('stem', () => {
    let y = builder.image(imageSize);
    if (stem === undefined) y = builder.convNormAct(y, 64, 7, { stride: 2 });
    else
      for (const [i, channels] of STEMS[stem].entries())
        y = builder.convNormAct(y, channels, 3, { stride: i === 0 ? 2 : 1 });
    return convolvedPool
      ? builder.convNormAct(y, builder.channels(y), 3, { stride: 2 })
      : builder.pool('maxPool', y, 3, 2, 1);
  });
  for (const [stage, blocks] of layers.entries()) {
    for (let block = 0; block < blocks; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      x = builder.scope(`stage${stage + 1}.block${block + 1}`, () =>
        residual(builder, x, configuration, 64 * 2 ** stage, stride, basic ? 1 : 4),
      );
    }
  }
  return builder.classify(x);
}

function residual(
  builder: NetworkBuilder,
  x: string,
  configuration: ResNetConfiguration,
  planes: number,
  stride: number,
  expansion: number,
): string {
  const { basic, groups = 1, groupWidth = 64, averageDown = false } = configuration;
  const channels = planes * expansion;
  let y: string;
  if (basic) {
    y = builder.convNormAct(x, planes, 3, { stride });
    y = builder.convNorm(y, channels, 3);
  } else {
    const width = Math.floor(planes * (groupWidth / 64)) * groups;
    y = builder.convNormAct(x, width, 1);
    y = builder.convNormAct(y, width, 3, { stride, groups });
    y = builder.convNorm(y, channels, 1);
  }
  return builder.act(
    builder.plus(attend(builder, y, configuration), shortcut(builder, x, channels, stride, averageDown)),
  );
}

function attend(
  builder: NetworkBuilder,
  x: string,
  { attention, reduction = 1 / 16 }: ResNetConfiguration,
): string {
  if (attention === 'eca') return builder.efficientChannelAttention(x);
  if (attention === 'se')
    return builder.squeezeExcite(x, makeDivisible(builder.channels(x) * reduction, 8, 0));
  return x;
}

/** The input itself, or its projection if the block changes its size. */
export function shortcut(
  builder: NetworkBuilder,
  x: string,
  channels: number,
  stride: number,
  averageDown: boolean,
): string {
  if (stride === 1 && builder.channels(x) === channels) return x;
  return builder.scope('shortcut', () => {
    if (!averageDown) return builder.convNorm(x, channels, 1, { stride });
    const averaged = stride === 1 ? x : builder.pool('avgPool', x, 2, stride, 0, true);
    return builder.convNorm(averaged, channels, 1);
  });
}

const D = { stem: 'deep', averageDown: true } as const;
const T = { stem: 'tiered', averageDown: true } as const;
const [R10, R14, R18, R26, R34, R50, R101, R152, R200] = [
  [1, 1, 1, 1],
  [1, 1, 1, 1],
  [2, 2, 2, 2],
  [2, 2, 2, 2],
  [3, 4, 6, 3],
  [3, 4, 6, 3],
  [3, 4, 23, 3],
  [3, 8, 36, 3],
  [3, 24, 36, 3],
] as const;
const R269 = [3, 30, 48, 8];

export const resnets = family<ResNetConfiguration>(
  'ResNet',
  'He et al., CVPR 2016; arXiv:1812.01187',
  resnet,
  {
    resnet10t: { layers: R10, basic: true, stem: 'tiered', averageDown: true },
    resnet14t: { layers: R14, stem: 'tiered', averageDown: true },
    resnet18: { layers: R18, basic: true },
    resnet18d: { layers: R18, basic: true, ...D },
    resnet34: { layers: R34, basic: true },
    resnet34d: { layers: R34, basic: true, ...D },
    resnet26: { layers: R26 },
    resnet26t: { layers: R26, ...T, imageSize: 256 },
    resnet26d: { layers: R26, ...D },
    resnet50: { layers: R50 },
    resnet50c: { layers: R50, stem: 'deep' },
    resnet50d: { layers: R50, ...D },
    resnet50s: { layers: R50, stem: 'deep-wide' },
    resnet50t: { layers: R50, ...T },
    resnet101: { layers: R101 },
    resnet101c: { layers: R101, stem: 'deep' },
    resnet101d: { layers: R101, ...D, imageSize: 256 },
    resnet101s: { layers: R101, stem: 'deep-wide' },
    resnet152: { layers: R152 },
    resnet152c: { layers: R152, stem: 'deep' },
    resnet152d: { layers: R152, ...D, imageSize: 256 },
    resnet152s: { layers: R152, stem: 'deep-wide' },
    resnet200: { layers: R200 },
    resnet200d: { layers: R200, ...D, imageSize: 256 },
  },
);

export const wideResnets = family<ResNetConfiguration>(
  'Wide ResNet',
  'Zagoruyko & Komodakis, arXiv:1605.07146',
  resnet,
  {
    wide_resnet50_2: { layers: R50, groupWidth: 128 },
    wide_resnet101_2: { layers: R101, groupWidth: 128 },
  },
);

export const resnexts = family<ResNetConfiguration>('ResNeXt', 'Xie et al., arXiv:1611.05431', resnet, {
  resnext50_32x4d: { layers: R50, groups: 32, groupWidth: 4 },
  resnext50d_32x4d: { layers: R50, groups: 32, groupWidth: 4, ...D },
  resnext101_32x4d: { layers: R101, groups: 32, groupWidth: 4 },
  resnext101_32x8d: { layers: R101, groups: 32, groupWidth: 8 },
  resnext101_64x4d: { layers: R101, groups: 64, groupWidth: 4 },
  resnext101_32x16d: { layers: R101, groups: 32, groupWidth: 16 },
  resnext101_32x32d: { layers: R101, groups: 32, groupWidth: 32 },
});

const SE = { attention: 'se' } as const;
export const seResnets = family<ResNetConfiguration>('SE-ResNet', 'Hu et al., arXiv:1709.01507', resnet, {
  seresnet18: { layers: R18, basic: true, ...SE },
  seresnet34: { layers: R34, basic: true, ...SE },
  seresnet50: { layers: R50, ...SE },
  seresnet50t: { layers: R50, ...T, ...SE },
  seresnet101: { layers: R101, ...SE },
  seresnet152: { layers: R152, ...SE },
  seresnet152d: { layers: R152, ...D, ...SE, imageSize: 256 },
  seresnet200d: { layers: R200, ...D, ...SE, imageSize: 256 },
  seresnet269d: { layers: R269, ...D, ...SE, imageSize: 256 },
  seresnext26d_32x4d: { layers: R26, groups: 32, groupWidth: 4, ...D, ...SE },
  seresnext26t_32x4d: { layers: R26, groups: 32, groupWidth: 4, ...T, ...SE },
  seresnext50_32x4d: { layers: R50, groups: 32, groupWidth: 4, ...SE },
  seresnext101_32x4d: { layers: R101, groups: 32, groupWidth: 4, ...SE },
  seresnext101_32x8d: { layers: R101, groups: 32, groupWidth: 8, ...SE },
  seresnext101d_32x8d: { layers: R101, groups: 32, groupWidth: 8, ...D, ...SE },
  seresnext101_64x4d: { layers: R101, groups: 64, groupWidth: 4, ...SE },
});

const ECA = { attention: 'eca' } as const;
export const ecaResnets = family<ResNetConfiguration>('ECA-ResNet', 'Wang et al., arXiv:1910.03151', resnet, {
  ecaresnet26t: { layers: R26, ...T, ...ECA, imageSize: 256 },
  ecaresnet50d: { layers: R50, ...D, ...ECA },
  ecaresnet50t: { layers: R50, ...T, ...ECA, imageSize: 256 },
  ecaresnet101d: { layers: R101, ...D, ...ECA },
  ecaresnet200d: { layers: R200, ...D, ...ECA, imageSize: 256 },
  ecaresnet269d: { layers: R269, ...D, ...ECA, imageSize: 320 },
  ecaresnetlight: { layers: [1, 1, 11, 3], averageDown: true, ...ECA },
  ecaresnext26t_32x4d: { layers: R26, groups: 32, groupWidth: 4, ...T, ...ECA },
  ecaresnext50t_32x4d: { layers: R26, groups: 32, groupWidth: 4, ...T, ...ECA },
});

const RS = { ...D, ...SE, reduction: 0.25, convolvedPool: true } as const;
export const resnetRs = family<ResNetConfiguration>('ResNet-RS', 'Bello et al., arXiv:2103.07579', resnet, {
  resnetrs50: { layers: R50, ...RS, imageSize: 160 },
  resnetrs101: { layers: R101, ...RS, imageSize: 192 },
  resnetrs152: { layers: R152, ...RS, imageSize: 256 },
  resnetrs200: { layers: R200, ...RS, imageSize: 256 },
  resnetrs270: { layers: [4, 29, 53, 4], ...RS, imageSize: 256 },
  resnetrs350: { layers: [4, 36, 72, 4], ...RS, imageSize: 288 },
  resnetrs420: { layers: [4, 44, 87, 4], ...RS, imageSize: 320 },
});
