import { makeDivisible } from '../channel-rounding.js';
import { type MobileNetwork, mobileNetwork, samePadded } from '../mobile-notation.js';
import { family } from '../published.js';

// These are kin: `index.ts` treats all families that a file exports as variants of one another.
export { efficientnetV2 } from './efficientnet-v2.js';

const B0 = [
  ['ds_r1_k3_s1_e1_c16_se0.25'],
  ['ir_r2_k3_s2_e6_c24_se0.25'],
  ['ir_r2_k5_s2_e6_c40_se0.25'],
  ['ir_r3_k3_s2_e6_c80_se0.25'],
  ['ir_r3_k5_s1_e6_c112_se0.25'],
  ['ir_r4_k5_s2_e6_c192_se0.25'],
  ['ir_r1_k3_s1_e6_c320_se0.25'],
];
const b = (width: number, depth: number, imageSize: number): MobileNetwork => ({
  stages: B0,
  stem: 32,
  features: makeDivisible(1280 * width),
  width,
  depth,
  activation: 'swish',
  imageSize,
});
const SIZES = {
  b0: b(1, 1, 224),
  b1: b(1, 1.1, 240),
  b2: b(1.1, 1.2, 256),
  b3: b(1.2, 1.4, 288),
  b4: b(1.4, 1.8, 320),
  b5: b(1.6, 2.2, 448),
  b6: b(1.8, 2.6, 528),
  b7: b(2, 3.1, 600),
  b8: b(2.2, 3.6, 672),
  l2: b(4.3, 5.3, 800),
};

export const efficientnets = family<MobileNetwork>(
  'EfficientNet',
  'Tan & Le, arXiv:1905.11946',
  mobileNetwork,
  {
    efficientnet_b0: SIZES.b0,
    efficientnet_b1: SIZES.b1,
    efficientnet_b2: SIZES.b2,
    efficientnet_b3: SIZES.b3,
    efficientnet_b4: SIZES.b4,
    efficientnet_b5: SIZES.b5,
    efficientnet_b6: SIZES.b6,
    efficientnet_b7: SIZES.b7,
    efficientnet_b8: SIZES.b8,
    efficientnet_l2: SIZES.l2,
    tf_efficientnet_b0: samePadded(SIZES.b0),
    tf_efficientnet_b1: samePadded(SIZES.b1),
    tf_efficientnet_b2: samePadded(SIZES.b2, 260),
    tf_efficientnet_b3: samePadded(SIZES.b3, 300),
    tf_efficientnet_b4: samePadded(SIZES.b4, 380),
    tf_efficientnet_b5: samePadded(SIZES.b5, 456),
    tf_efficientnet_b6: samePadded(SIZES.b6),
    tf_efficientnet_b7: samePadded(SIZES.b7),
    tf_efficientnet_b8: samePadded(SIZES.b8),
    tf_efficientnet_l2: samePadded(SIZES.l2),
  },
);

const lite = (width: number, depth: number, imageSize: number): MobileNetwork => ({
  stages: B0.map((line) => line.map((block) => block.replace('_se0.25', ''))),
  stem: 32,
  fixStem: true,
  fixEnds: true,
  features: 1280,
  width,
  depth,
  activation: 'relu6',
  imageSize,
});
const LITE = {
  lite0: lite(1, 1, 224),
  lite1: lite(1, 1.1, 240),
  lite2: lite(1.1, 1.2, 260),
  lite3: lite(1.2, 1.4, 300),
  lite4: lite(1.4, 1.8, 380),
};

export const efficientnetLites = family<MobileNetwork>(
  'EfficientNet-Lite',
  'Tan & Le, arXiv:1905.11946',
  mobileNetwork,
  {
    efficientnet_lite0: LITE.lite0,
    efficientnet_lite1: LITE.lite1,
    efficientnet_lite2: LITE.lite2,
    efficientnet_lite3: LITE.lite3,
    efficientnet_lite4: LITE.lite4,
    tf_efficientnet_lite0: samePadded(LITE.lite0),
    tf_efficientnet_lite1: samePadded(LITE.lite1),
    tf_efficientnet_lite2: samePadded(LITE.lite2),
    tf_efficientnet_lite3: samePadded(LITE.lite3),
    tf_efficientnet_lite4: samePadded(LITE.lite4),
  },
);

const EDGE: MobileNetwork = {
  stages: [
    ['er_r1_k3_s1_e4_c24_fc24_noskip'],
    ['er_r2_k3_s2_e8_c32'],
    ['er_r4_k3_s2_e8_c48'],
    ['ir_r5_k5_s2_e8_c96'],
    ['ir_r4_k5_s1_e8_c144'],
    ['ir_r2_k5_s2_e8_c192'],
  ],
  stem: 32,
  features: 1280,
};
const EDGE_SIZES: Readonly<Record<'es' | 'em' | 'el', MobileNetwork>> = {
  es: EDGE,
  em: { ...EDGE, depth: 1.1, imageSize: 240 },
  el: { ...EDGE, width: 1.2, depth: 1.4, features: makeDivisible(1280 * 1.2), imageSize: 300 },
};
const edgeTpuV2 = (
  c: readonly number[],
  groupWidth: number,
  rest: Partial<MobileNetwork>,
): MobileNetwork => ({
  stages: [
    [`cn_r1_k1_s1_c${c[0]}`],
    [`er_r1_k3_s2_e8_c${c[1]}`, `er_r1_k3_s1_e4_gs${groupWidth}_c${c[1]}`],
    [
      `er_r1_k3_s2_e8_c${c[2]}`,
      `er_r1_k3_s1_e4_gs${groupWidth}_c${c[2]}`,
      `er_r1_k3_s1_e4_c${c[2]}`,
      `er_r1_k3_s1_e4_gs${groupWidth}_c${c[2]}`,
    ],
    [`er_r1_k3_s2_e8_c${c[3]}`, `ir_r3_k3_s1_e4_c${c[3]}`],
    [`ir_r1_k3_s1_e8_c${c[4]}`, `ir_r3_k3_s1_e4_c${c[4]}`],
    [`ir_r1_k3_s2_e8_c${c[5]}`, `ir_r3_k3_s1_e4_c${c[5]}`],
    [`ir_r1_k3_s1_e8_c${c[6]}`],
  ],
  stem: 64,
  stemKernel: 5,
  features: 1280,
  ...rest,
});

export const edgeNetworks = family<MobileNetwork>(
  'EfficientNet-EdgeTPU',
  'Gupta & Akin, arXiv:2003.02838',
  mobileNetwork,
  {
    efficientnet_es: EDGE_SIZES.es,
    efficientnet_em: EDGE_SIZES.em,
    efficientnet_el: EDGE_SIZES.el,
    tf_efficientnet_es: samePadded(EDGE_SIZES.es),
    tf_efficientnet_em: samePadded(EDGE_SIZES.em),
    tf_efficientnet_el: samePadded(EDGE_SIZES.el),
    mobilenet_edgetpu_100: {
      stages: [
        ['cn_r1_k1_s1_c16'],
        ['er_r1_k3_s2_e8_c32', 'er_r3_k3_s1_e4_c32'],
        ['er_r1_k3_s2_e8_c48', 'er_r3_k3_s1_e4_c48'],
        ['ir_r1_k3_s2_e8_c96', 'ir_r3_k3_s1_e4_c96'],
        ['ir_r1_k3_s1_e8_c96_noskip', 'ir_r3_k3_s1_e4_c96'],
        ['ir_r1_k5_s2_e8_c160', 'ir_r3_k5_s1_e4_c160'],
        ['ir_r1_k3_s1_e8_c192'],
      ],
      stem: 32,
      features: 1280,
    },
    mobilenet_edgetpu_v2_xs: edgeTpuV2([16, 32, 48, 96, 144, 160, 192], 64, { stem: 32, stemKernel: 3 }),
    mobilenet_edgetpu_v2_s: edgeTpuV2([24, 48, 64, 128, 160, 192, 256], 64, {}),
    mobilenet_edgetpu_v2_m: edgeTpuV2([32, 64, 80, 160, 192, 240, 320], 64, { features: 1344 }),
    mobilenet_edgetpu_v2_l: edgeTpuV2([32, 64, 96, 192, 240, 256, 384], 128, {
      features: 1408,
      stemKernel: 7,
    }),
  },
);

const tiny = (width: number, depth: number, imageSize: number): MobileNetwork => ({
  ...b(width, depth, imageSize),
  fixStem: true,
  features: Math.max(1280, makeDivisible(1280 * width)),
  depthRounding: 'round',
});

export const tinynets = family<MobileNetwork>('TinyNet', 'Han et al., arXiv:2010.14819', mobileNetwork, {
  tinynet_a: tiny(1, 1.2, 192),
  tinynet_b: tiny(0.75, 1.1, 188),
  tinynet_c: tiny(0.54, 0.85, 184),
  tinynet_d: tiny(0.54, 0.695, 152),
  tinynet_e: tiny(0.51, 0.6, 106),
});

const MIX_S: MobileNetwork = {
  stages: [
    ['ds_r1_k3_s1_e1_c16'],
    ['ir_r1_k3_a1.1_p1.1_s2_e6_c24', 'ir_r1_k3_a1.1_p1.1_s1_e3_c24'],
    ['ir_r1_k3.5.7_s2_e6_c40_se0.5_nsw', 'ir_r3_k3.5_a1.1_p1.1_s1_e6_c40_se0.5_nsw'],
    ['ir_r1_k3.5.7_p1.1_s2_e6_c80_se0.25_nsw', 'ir_r2_k3.5_p1.1_s1_e6_c80_se0.25_nsw'],
    ['ir_r1_k3.5.7_a1.1_p1.1_s1_e6_c120_se0.5_nsw', 'ir_r2_k3.5.7.9_a1.1_p1.1_s1_e3_c120_se0.5_nsw'],
    ['ir_r1_k3.5.7.9.11_s2_e6_c200_se0.5_nsw', 'ir_r2_k3.5.7.9_p1.1_s1_e6_c200_se0.5_nsw'],
  ],
  stem: 16,
  features: 1536,
};
const MIX_M: MobileNetwork = {
  stages: [
    ['ds_r1_k3_s1_e1_c24'],
    ['ir_r1_k3.5.7_a1.1_p1.1_s2_e6_c32', 'ir_r1_k3_a1.1_p1.1_s1_e3_c32'],
    ['ir_r1_k3.5.7.9_s2_e6_c40_se0.5_nsw', 'ir_r3_k3.5_a1.1_p1.1_s1_e6_c40_se0.5_nsw'],
    ['ir_r1_k3.5.7_s2_e6_c80_se0.25_nsw', 'ir_r3_k3.5.7.9_a1.1_p1.1_s1_e6_c80_se0.25_nsw'],
    ['ir_r1_k3_s1_e6_c120_se0.5_nsw', 'ir_r3_k3.5.7.9_a1.1_p1.1_s1_e3_c120_se0.5_nsw'],
    ['ir_r1_k3.5.7.9_s2_e6_c200_se0.5_nsw', 'ir_r3_k3.5.7.9_p1.1_s1_e6_c200_se0.5_nsw'],
  ],
  stem: 24,
  features: 1536,
  depthRounding: 'round',
};

export const mixnets = family<MobileNetwork>('MixNet', 'Tan & Le, arXiv:1907.09595', mobileNetwork, {
  mixnet_s: MIX_S,
  mixnet_m: MIX_M,
  mixnet_l: { ...MIX_M, width: 1.3 },
  mixnet_xl: { ...MIX_M, width: 1.6, depth: 1.2 },
  mixnet_xxl: { ...MIX_M, width: 2.4, depth: 1.3 },
  tf_mixnet_s: samePadded(MIX_S),
  tf_mixnet_m: samePadded(MIX_M),
  tf_mixnet_l: samePadded({ ...MIX_M, width: 1.3 }),
});
