import type { OperatorGraph } from '../../graph.js';
import { makeDivisible } from '../channel-rounding.js';
import { type ActivationKind, NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface CspConfiguration {
  readonly stem: {
    readonly channels: readonly number[];
    readonly kernel?: number;
    readonly stride: number;
    readonly pooled?: boolean;
    readonly padding?: number;
  };
  readonly depths: readonly number[];
  readonly channels: readonly number[];
  readonly firstStride?: number;
  readonly stage: 'csp' | 'cs3' | 'dark';
  readonly block: 'bottleneck' | 'dark' | 'edge';
  readonly groups?: readonly number[];
  /** For the first stage, and for the others. */
  readonly expand?: readonly [number, number];
  readonly blockRatio: readonly [number, number];
  readonly bottleRatio: readonly [number, number];
  readonly linearExpansion?: boolean;
  readonly growsDown?: boolean;
  readonly averageDown?: boolean;
  readonly squeeze?: number;
  readonly activation?: ActivationKind;
  readonly imageSize?: number;
}

function csp(configuration: CspConfiguration, imageSize: number): OperatorGraph {
  const { depths, channels, firstStride = 2, activation = 'leakyRelu' } = configuration;
  const builder = new NetworkBuilder(activation);
  let x = builder.scope('stem', () => stem(builder, imageSize, configuration.stem));
  for (const [stage, depth] of depths.entries()) {
    x = builder.scope(`stage${stage + 1}`, () =>
      stageOf(builder, x, configuration, stage, depth, channels[stage], stage === 0 ? firstStride : 2),
    );
  }
  return builder.classify(x);
}

function stem(
  builder: NetworkBuilder,
  imageSize: number,
  { channels, kernel = 3, stride, pooled, padding }: CspConfiguration['stem'],
): string {
  let x = builder.image(imageSize);
  for (const [i, width] of channels.entries()) {
    const halves = (i === 0 && stride > 1) || (i === channels.length - 1 && stride > 2 && !pooled);
    x = builder.convNormAct(x, width, kernel, {
      stride: halves ? 2 : 1,
      padding: i === 0 ? padding : undefined,
    });
  }
  return pooled ? builder.pool('maxPool', x, 3, 2, 1) : x;
}

function stageOf(
  builder: NetworkBuilder,
  x: string,
  configuration: CspConfiguration,
  stage: number,
  depth: number,
  out: number,
  stride: number,
): string {
  const { stage: type, expand = [1, 1], blockRatio, linearExpansion, growsDown, averageDown } = configuration;
  const at = Math.min(stage, 1);
  const groups = configuration.groups?.[stage] ?? 1;
  const down = growsDown || type === 'dark' ? out : builder.channels(x);
  let y = x;
  if (stride === 2 && averageDown)
    y = builder.convNormAct(builder.pool('avgPool', x, 2, 2), out, 1, { groups });
  else if (stride === 2 || type === 'dark') y = builder.convNormAct(x, down, 3, { stride, groups });
  const blockOut = Math.round(out * blockRatio[at]);
  const blocks = (z: string) => {
    let w = z;
    for (let i = 1; i <= depth; i++)
      w = builder.scope(`block${i}`, () =>
        block(builder, w, configuration, blockOut, configuration.bottleRatio[at], groups),
      );
    return w;
  };
  if (type === 'dark') return blocks(y);
  const expanded = Math.round(out * expand[at]);
  y = builder.convNormAct(y, expanded, 1, linearExpansion ? { activation: 'none' } : {});
  const [first, second] = builder.split(y, [expanded / 2, expanded / 2]);
  if (type === 'cs3') return builder.convNormAct(builder.concat([blocks(first), second]), out, 1);
  const crossed = builder.convNormAct(blocks(second), expanded / 2, 1);
  return builder.convNormAct(builder.concat([first, crossed]), out, 1);
}

function block(
  builder: NetworkBuilder,
  x: string,
  { block, squeeze, activation = 'leakyRelu' }: CspConfiguration,
  out: number,
  bottleRatio: number,
  groups: number,
): string {
  const width = Math.round(out * bottleRatio);
  const attend = (y: string) =>
    squeeze === undefined
      ? y
      : builder.squeezeExcite(y, makeDivisible(builder.channels(y) * squeeze, 8, 0), { activation });
  if (block === 'dark')
    return builder.plus(builder.convNormAct(attend(builder.convNormAct(x, width, 1)), out, 3, { groups }), x);
  if (block === 'edge')
    return builder.plus(builder.convNormAct(attend(builder.convNormAct(x, width, 3, { groups })), out, 1), x);
  const y = attend(builder.convNormAct(builder.convNormAct(x, width, 1), width, 3, { groups }));
  return builder.act(builder.plus(builder.convNorm(y, out, 1), x));
}

const RESNET = {
  depths: [3, 3, 5, 2],
  firstStride: 1,
  stage: 'csp',
  block: 'bottleneck',
  linearExpansion: true,
  imageSize: 256,
} as const;
const RESNET_STEM = { channels: [64], kernel: 7, stride: 4, pooled: true };
const DEEP_STEM = { channels: [32, 32, 64], stride: 4, pooled: true };
const DARK = {
  stem: { channels: [32], stride: 1 },
  channels: [64, 128, 256, 512, 1024],
  stage: 'dark',
  block: 'dark',
  blockRatio: [1, 1],
  bottleRatio: [0.5, 0.5],
  imageSize: 256,
} as const;
const cs3 = (
  width: number,
  depth: number,
  options: Partial<CspConfiguration> = {},
  focus = false,
): CspConfiguration => ({
  stem: focus
    ? { channels: [makeDivisible(64 * width)], kernel: 6, stride: 2, padding: 2 }
    : { channels: [makeDivisible(32 * width), makeDivisible(64 * width)], stride: 2 },
  channels: [128, 256, 512, 1024].map((channels) => makeDivisible(channels * width)),
  depths: [3, 6, 9, 3].map((blocks) => Math.trunc(blocks * depth)),
  stage: 'cs3',
  block: 'dark',
  blockRatio: [0.5, 0.5],
  bottleRatio: [1, 1],
  activation: 'swish',
  imageSize: 256,
  ...options,
});

export const cspnets = family<CspConfiguration>('CSPNet', 'Wang et al., arXiv:1911.11929', csp, {
  cspresnet50: {
    ...RESNET,
    stem: RESNET_STEM,
    channels: [128, 256, 512, 1024],
    expand: [2, 2],
    blockRatio: [1, 1],
    bottleRatio: [0.5, 0.5],
  },
  cspresnet50d: {
    ...RESNET,
    stem: DEEP_STEM,
    channels: [128, 256, 512, 1024],
    expand: [2, 2],
    blockRatio: [1, 1],
    bottleRatio: [0.5, 0.5],
  },
  cspresnet50w: {
    ...RESNET,
    stem: DEEP_STEM,
    channels: [256, 512, 1024, 2048],
    blockRatio: [0.5, 0.5],
    bottleRatio: [0.25, 0.25],
  },
  cspresnext50: {
    ...RESNET,
    stem: RESNET_STEM,
    channels: [256, 512, 1024, 2048],
    groups: [32, 32, 32, 32],
    blockRatio: [0.5, 0.5],
    bottleRatio: [1, 1],
  },
  cspdarknet53: {
    ...DARK,
    depths: [1, 2, 8, 8, 4],
    stage: 'csp',
    expand: [2, 1],
    blockRatio: [1, 0.5],
    bottleRatio: [0.5, 1],
    growsDown: true,
  },
  cs3darknet_s: cs3(0.5, 0.5),
  cs3darknet_m: cs3(0.75, 0.67),
  cs3darknet_l: cs3(1, 1),
  cs3darknet_x: cs3(1.25, 1.33),
  cs3darknet_focus_s: cs3(0.5, 0.5, {}, true),
  cs3darknet_focus_m: cs3(0.75, 0.67, {}, true),
  cs3darknet_focus_l: cs3(1, 1, {}, true),
  cs3darknet_focus_x: cs3(1.25, 1.33, {}, true),
  cs3sedarknet_l: cs3(1, 1, { squeeze: 0.25 }),
  cs3sedarknet_x: cs3(1.25, 1.33, { squeeze: 1 / 16 }),
  cs3edgenet_x: cs3(1.25, 1.33, { block: 'edge', bottleRatio: [1.5, 1.5] }),
  cs3se_edgenet_x: cs3(1.25, 1.33, { block: 'edge', bottleRatio: [1.5, 1.5], squeeze: 0.25 }),
});

export const darknets = family<CspConfiguration>('Darknet', 'Redmon & Farhadi, arXiv:1804.02767', csp, {
  darknet17: { ...DARK, depths: [1, 1, 1, 1, 1] },
  darknet21: { ...DARK, depths: [1, 1, 1, 2, 2] },
  sedarknet21: { ...DARK, depths: [1, 1, 1, 2, 2], squeeze: 1 / 16 },
  darknet53: { ...DARK, depths: [1, 2, 8, 8, 4] },
  darknetaa53: { ...DARK, depths: [1, 2, 8, 8, 4], averageDown: true },
});
