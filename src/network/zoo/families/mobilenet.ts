import { makeDivisible } from '../channel-rounding.js';
import { type MobileNetwork, mobileNetwork, samePadded } from '../mobile-notation.js';
import { family } from '../published.js';

const V1 = {
  stages: [
    ['dsa_r1_k3_s1_c64'],
    ['dsa_r2_k3_s2_c128'],
    ['dsa_r2_k3_s2_c256'],
    ['dsa_r6_k3_s2_c512'],
    ['dsa_r2_k3_s2_c1024'],
  ],
  stem: 32,
  features: 0,
  activation: 'relu6',
} as const satisfies MobileNetwork;

export const mobilenetV1s = family<MobileNetwork>(
  'MobileNetV1',
  'Howard et al., arXiv:1704.04861',
  mobileNetwork,
  {
    mobilenetv1_100: V1,
    mobilenetv1_100h: { ...V1, features: 1024 },
    mobilenetv1_125: { ...V1, width: 1.25 },
  },
);

const V2 = {
  stages: [
    ['ds_r1_k3_s1_c16'],
    ['ir_r2_k3_s2_e6_c24'],
    ['ir_r3_k3_s2_e6_c32'],
    ['ir_r4_k3_s2_e6_c64'],
    ['ir_r3_k3_s1_e6_c96'],
    ['ir_r3_k3_s2_e6_c160'],
    ['ir_r1_k3_s1_e6_c320'],
  ],
  stem: 32,
  features: 1280,
  activation: 'relu6',
} as const satisfies MobileNetwork;

export const mobilenetV2s = family<MobileNetwork>(
  'MobileNetV2',
  'Sandler et al., arXiv:1801.04381',
  mobileNetwork,
  {
    mobilenetv2_035: { ...V2, width: 0.35 },
    mobilenetv2_050: { ...V2, width: 0.5 },
    mobilenetv2_075: { ...V2, width: 0.75 },
    mobilenetv2_100: V2,
    mobilenetv2_110d: { ...V2, width: 1.1, depth: 1.2, fixStem: true, fixEnds: true },
    mobilenetv2_120d: { ...V2, width: 1.2, depth: 1.4, fixStem: true, fixEnds: true },
    mobilenetv2_140: { ...V2, width: 1.4, features: makeDivisible(1280 * 1.4) },
  },
);

const V3_STYLE = {
  efficientHead: true,
  activation: 'hardSwish',
  squeezeExcite: { gate: 'hardSigmoid', activation: 'relu', ofExpanded: true, divisible: true },
} as const;
const LARGE = {
  ...V3_STYLE,
  stages: [
    ['ds_r1_k3_s1_e1_c16_nre'],
    ['ir_r1_k3_s2_e4_c24_nre', 'ir_r1_k3_s1_e3_c24_nre'],
    ['ir_r3_k5_s2_e3_c40_se0.25_nre'],
    ['ir_r1_k3_s2_e6_c80', 'ir_r1_k3_s1_e2.5_c80', 'ir_r2_k3_s1_e2.3_c80'],
    ['ir_r2_k3_s1_e6_c112_se0.25'],
    ['ir_r3_k5_s2_e6_c160_se0.25'],
    ['cn_r1_k1_s1_c960'],
  ],
  stem: 16,
  features: 1280,
} as const satisfies MobileNetwork;
const SMALL = {
  ...V3_STYLE,
  stages: [
    ['ds_r1_k3_s2_e1_c16_se0.25_nre'],
    ['ir_r1_k3_s2_e4.5_c24_nre', 'ir_r1_k3_s1_e3.67_c24_nre'],
    ['ir_r1_k5_s2_e4_c40_se0.25', 'ir_r2_k5_s1_e6_c40_se0.25'],
    ['ir_r2_k5_s1_e3_c48_se0.25'],
    ['ir_r3_k5_s2_e6_c96_se0.25'],
    ['cn_r1_k1_s1_c576'],
  ],
  stem: 16,
  features: 1024,
} as const satisfies MobileNetwork;
/** Without squeeze-excite, hard swish and 5×5 kernels. */
const minimal = (network: MobileNetwork): MobileNetwork => ({
  ...network,
  activation: 'relu',
  stages: network.stages.map((line) => line.map((block) => block.replace('_se0.25', '').replace('k5', 'k3'))),
});

export const mobilenetV3s = family<MobileNetwork>(
  'MobileNetV3',
  'Howard et al., arXiv:1905.02244',
  mobileNetwork,
  {
    mobilenetv3_large_075: { ...LARGE, width: 0.75 },
    mobilenetv3_large_100: LARGE,
    mobilenetv3_large_150d: { ...LARGE, width: 1.5, depth: 1.2, imageSize: 256 },
    mobilenetv3_rw: { ...LARGE, headBias: false, squeezeExcite: { gate: 'hardSigmoid', ofExpanded: true } },
    mobilenetv3_small_050: { ...SMALL, width: 0.5, fixStem: true },
    mobilenetv3_small_075: { ...SMALL, width: 0.75 },
    mobilenetv3_small_100: SMALL,
    tf_mobilenetv3_large_075: samePadded({ ...LARGE, width: 0.75 }),
    tf_mobilenetv3_large_100: samePadded(LARGE),
    tf_mobilenetv3_large_minimal_100: samePadded(minimal(LARGE)),
    tf_mobilenetv3_small_075: samePadded({ ...SMALL, width: 0.75 }),
    tf_mobilenetv3_small_100: samePadded(SMALL),
    tf_mobilenetv3_small_minimal_100: samePadded(minimal(SMALL)),
  },
);

const LC = {
  stages: [
    ['dsa_r1_k3_s1_c32'],
    ['dsa_r2_k3_s2_c64'],
    ['dsa_r2_k3_s2_c128'],
    ['dsa_r1_k3_s2_c256', 'dsa_r1_k5_s1_c256'],
    ['dsa_r4_k5_s1_c256'],
    ['dsa_r2_k5_s2_c512_se0.25'],
  ],
  stem: 16,
  features: 1280,
  efficientHead: true,
  activation: 'hardSwish',
  squeezeExcite: { gate: 'hardSigmoid', activation: 'relu', ofExpanded: true },
} as const satisfies MobileNetwork;

export const lcnets = family<MobileNetwork>('PP-LCNet', 'Cui et al., arXiv:2109.15099', mobileNetwork, {
  lcnet_035: { ...LC, width: 0.35 },
  lcnet_050: { ...LC, width: 0.5 },
  lcnet_075: { ...LC, width: 0.75 },
  lcnet_100: LC,
  lcnet_150: { ...LC, width: 1.5 },
});
