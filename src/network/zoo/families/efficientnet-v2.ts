import { makeDivisible } from '../channel-rounding.js';
import { type MobileNetwork, mobileNetwork, samePadded } from '../mobile-notation.js';
import { family } from '../published.js';

const V2_STYLE = { activation: 'swish', features: 1280 } as const;
const v2Base = (width: number, depth: number, imageSize: number): MobileNetwork => ({
  ...V2_STYLE,
  stages: [
    ['cn_r1_k3_s1_e1_c16_skip'],
    ['er_r2_k3_s2_e4_c32'],
    ['er_r2_k3_s2_e4_c48'],
    ['ir_r3_k3_s2_e4_c96_se0.25'],
    ['ir_r5_k3_s1_e6_c112_se0.25'],
    ['ir_r8_k3_s2_e6_c192_se0.25'],
  ],
  stem: 32,
  width,
  depth,
  features: makeDivisible(1280 * width, 8, 0),
  roundLimit: 0,
  imageSize,
});
const V2_S: MobileNetwork = {
  ...V2_STYLE,
  stages: [
    ['cn_r2_k3_s1_e1_c24_skip'],
    ['er_r4_k3_s2_e4_c48'],
    ['er_r4_k3_s2_e4_c64'],
    ['ir_r6_k3_s2_e4_c128_se0.25'],
    ['ir_r9_k3_s1_e6_c160_se0.25'],
    ['ir_r15_k3_s2_e6_c256_se0.25'],
  ],
  stem: 24,
  imageSize: 288,
};
/** According to the paper's figure, before its reference implementation was published. */
const V2_RW_S: MobileNetwork = {
  ...V2_S,
  stages: [['er_r2_k3_s1_e1_c24'], ...V2_S.stages.slice(1, -1), ['ir_r15_k3_s2_e6_c272_se0.25']],
  features: 1792,
};
const V2_M: MobileNetwork = {
  ...V2_STYLE,
  stages: [
    ['cn_r3_k3_s1_e1_c24_skip'],
    ['er_r5_k3_s2_e4_c48'],
    ['er_r5_k3_s2_e4_c80'],
    ['ir_r7_k3_s2_e4_c160_se0.25'],
    ['ir_r14_k3_s1_e6_c176_se0.25'],
    ['ir_r18_k3_s2_e6_c304_se0.25'],
    ['ir_r5_k3_s1_e6_c512_se0.25'],
  ],
  stem: 24,
  imageSize: 320,
};
const V2_L: MobileNetwork = {
  ...V2_STYLE,
  stages: [
    ['cn_r4_k3_s1_e1_c32_skip'],
    ['er_r7_k3_s2_e4_c64'],
    ['er_r7_k3_s2_e4_c96'],
    ['ir_r10_k3_s2_e4_c192_se0.25'],
    ['ir_r19_k3_s1_e6_c224_se0.25'],
    ['ir_r25_k3_s2_e6_c384_se0.25'],
    ['ir_r7_k3_s1_e6_c640_se0.25'],
  ],
  stem: 32,
  imageSize: 384,
};
const V2_XL: MobileNetwork = {
  ...V2_STYLE,
  stages: [
    ['cn_r4_k3_s1_e1_c32_skip'],
    ['er_r8_k3_s2_e4_c64'],
    ['er_r8_k3_s2_e4_c96'],
    ['ir_r16_k3_s2_e4_c192_se0.25'],
    ['ir_r24_k3_s1_e6_c256_se0.25'],
    ['ir_r32_k3_s2_e6_c512_se0.25'],
    ['ir_r8_k3_s1_e6_c640_se0.25'],
  ],
  stem: 32,
  imageSize: 384,
};

export const efficientnetV2 = family<MobileNetwork>(
  'EfficientNetV2',
  'Tan & Le, arXiv:2104.00298',
  mobileNetwork,
  {
    efficientnetv2_rw_t: {
      ...V2_S,
      width: 0.8,
      depth: 0.9,
      features: makeDivisible(1280 * 0.8),
      imageSize: 224,
    },
    efficientnetv2_rw_s: V2_RW_S,
    efficientnetv2_rw_m: {
      ...V2_RW_S,
      width: 1.2,
      depth: [1.2, 1.2, 1.2, 1.2, 1.6, 1.6],
      features: makeDivisible(1792 * 1.2),
      imageSize: 320,
    },
    efficientnetv2_s: V2_S,
    efficientnetv2_m: V2_M,
    efficientnetv2_l: V2_L,
    efficientnetv2_xl: V2_XL,
    tf_efficientnetv2_s: samePadded(V2_S, 300),
    tf_efficientnetv2_m: samePadded(V2_M, 384),
    tf_efficientnetv2_l: samePadded(V2_L),
    tf_efficientnetv2_xl: samePadded(V2_XL),
    tf_efficientnetv2_b0: samePadded(v2Base(1, 1, 192)),
    tf_efficientnetv2_b1: samePadded(v2Base(1, 1.1, 192)),
    tf_efficientnetv2_b2: samePadded(v2Base(1.1, 1.2, 208)),
    tf_efficientnetv2_b3: samePadded(v2Base(1.2, 1.4, 240)),
  },
);
