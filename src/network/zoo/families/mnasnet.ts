import { type MobileNetwork, mobileNetwork } from '../mobile-notation.js';
import { family } from '../published.js';

const A1 = {
  stages: [
    ['ds_r1_k3_s1_e1_c16_noskip'],
    ['ir_r2_k3_s2_e6_c24'],
    ['ir_r3_k5_s2_e3_c40_se0.25'],
    ['ir_r4_k3_s2_e6_c80'],
    ['ir_r2_k3_s1_e6_c112_se0.25'],
    ['ir_r3_k5_s2_e6_c160_se0.25'],
    ['ir_r1_k3_s1_e6_c320'],
  ],
  stem: 32,
  features: 1280,
} as const satisfies MobileNetwork;
const B1 = {
  stages: [
    ['ds_r1_k3_s1_c16_noskip'],
    ['ir_r3_k3_s2_e3_c24'],
    ['ir_r3_k5_s2_e3_c40'],
    ['ir_r3_k5_s2_e6_c80'],
    ['ir_r2_k3_s1_e6_c96'],
    ['ir_r4_k5_s2_e6_c192'],
    ['ir_r1_k3_s1_e6_c320_noskip'],
  ],
  stem: 32,
  features: 1280,
} as const satisfies MobileNetwork;

export const mnasnets = family<MobileNetwork>('MnasNet', 'Tan et al., arXiv:1807.11626', mobileNetwork, {
  mnasnet_050: { ...B1, width: 0.5 },
  mnasnet_075: { ...B1, width: 0.75 },
  mnasnet_100: B1,
  mnasnet_140: { ...B1, width: 1.4 },
  semnasnet_050: { ...A1, width: 0.5 },
  semnasnet_075: { ...A1, width: 0.75 },
  semnasnet_100: A1,
  semnasnet_140: { ...A1, width: 1.4 },
  mnasnet_small: {
    stages: [
      ['ds_r1_k3_s1_c8'],
      ['ir_r1_k3_s2_e3_c16'],
      ['ir_r2_k3_s2_e6_c16'],
      ['ir_r4_k5_s2_e6_c32_se0.25'],
      ['ir_r3_k3_s1_e6_c32_se0.25'],
      ['ir_r3_k5_s2_e6_c88_se0.25'],
      ['ir_r1_k3_s1_e6_c144'],
    ],
    stem: 8,
    features: 1280,
  },
});

/** Networks found by searches for one phone. */
export const searchedNetworks = family<MobileNetwork>(
  'FBNet and Single-Path NAS',
  'arXiv:1812.03443; arXiv:1904.02877',
  mobileNetwork,
  {
    fbnetc_100: {
      stages: [
        ['ir_r1_k3_s1_e1_c16'],
        ['ir_r1_k3_s2_e6_c24', 'ir_r2_k3_s1_e1_c24'],
        ['ir_r1_k5_s2_e6_c32', 'ir_r1_k5_s1_e3_c32', 'ir_r1_k5_s1_e6_c32', 'ir_r1_k3_s1_e6_c32'],
        ['ir_r1_k5_s2_e6_c64', 'ir_r1_k5_s1_e3_c64', 'ir_r2_k5_s1_e6_c64'],
        ['ir_r3_k5_s1_e6_c112', 'ir_r1_k5_s1_e3_c112'],
        ['ir_r4_k5_s2_e6_c184'],
        ['ir_r1_k3_s1_e6_c352'],
      ],
      stem: 16,
      features: 1984,
    },
    spnasnet_100: {
      stages: [
        ['ds_r1_k3_s1_c16_noskip'],
        ['ir_r3_k3_s2_e3_c24'],
        ['ir_r1_k5_s2_e6_c40', 'ir_r3_k3_s1_e3_c40'],
        ['ir_r1_k5_s2_e6_c80', 'ir_r3_k3_s1_e3_c80'],
        ['ir_r1_k5_s1_e6_c96', 'ir_r3_k5_s1_e3_c96'],
        ['ir_r4_k5_s2_e6_c192'],
        ['ir_r1_k3_s1_e6_c320_noskip'],
      ],
      stem: 32,
      features: 1280,
    },
  },
);

const V3 = {
  features: 1984,
  efficientHead: true,
  headBias: false,
  activation: 'hardSwish',
  squeezeExcite: { gate: 'hardSigmoid', divisible: true, roundLimit: 0.95 },
} as const;

export const fbnetV3 = family<MobileNetwork>('FBNetV3', 'Dai et al., arXiv:2006.02049', mobileNetwork, {
  fbnetv3_b: {
    ...V3,
    stem: 16,
    stages: [
      ['ds_r2_k3_s1_e1_c16'],
      ['ir_r1_k5_s2_e4_c24', 'ir_r3_k5_s1_e2_c24'],
      ['ir_r1_k5_s2_e5_c40_se0.25', 'ir_r4_k5_s1_e3_c40_se0.25'],
      ['ir_r1_k5_s2_e5_c72', 'ir_r4_k3_s1_e3_c72'],
      ['ir_r1_k3_s1_e5_c120_se0.25', 'ir_r5_k5_s1_e3_c120_se0.25'],
      ['ir_r1_k3_s2_e6_c184_se0.25', 'ir_r5_k5_s1_e4_c184_se0.25', 'ir_r1_k5_s1_e6_c224_se0.25'],
      ['cn_r1_k1_s1_c1344'],
    ],
  },
  fbnetv3_d: {
    ...V3,
    stem: 24,
    stages: [
      ['ds_r2_k3_s1_e1_c16'],
      ['ir_r1_k3_s2_e5_c24', 'ir_r5_k3_s1_e2_c24'],
      ['ir_r1_k5_s2_e4_c40_se0.25', 'ir_r4_k3_s1_e3_c40_se0.25'],
      ['ir_r1_k3_s2_e5_c72', 'ir_r4_k3_s1_e3_c72'],
      ['ir_r1_k3_s1_e5_c128_se0.25', 'ir_r6_k5_s1_e3_c128_se0.25'],
      ['ir_r1_k3_s2_e6_c208_se0.25', 'ir_r5_k5_s1_e5_c208_se0.25', 'ir_r1_k5_s1_e6_c240_se0.25'],
      ['cn_r1_k1_s1_c1440'],
    ],
  },
  fbnetv3_g: {
    ...V3,
    stem: 32,
    stages: [
      ['ds_r3_k3_s1_e1_c24'],
      ['ir_r1_k5_s2_e4_c40', 'ir_r4_k5_s1_e2_c40'],
      ['ir_r1_k5_s2_e4_c56_se0.25', 'ir_r4_k5_s1_e3_c56_se0.25'],
      ['ir_r1_k5_s2_e5_c104', 'ir_r4_k3_s1_e3_c104'],
      ['ir_r1_k3_s1_e5_c160_se0.25', 'ir_r8_k5_s1_e3_c160_se0.25'],
      ['ir_r1_k3_s2_e6_c264_se0.25', 'ir_r6_k5_s1_e5_c264_se0.25', 'ir_r2_k5_s1_e6_c288_se0.25'],
      ['cn_r1_k1_s1_c1728'],
    ],
    imageSize: 240,
  },
});
