import { family } from '../published.js';
import { type VitConfiguration, visionTransformer } from '../vision-transformer.js';

const TINY = { width: 192, depth: 12, heads: 3 };
const SMALL = { width: 384, depth: 12, heads: 6 };
const MEDIUM = { width: 512, depth: 12, heads: 8 };
const BETWIXT = { width: 640, depth: 12, heads: 10 };
const BASE = { width: 768, depth: 12, heads: 12 };
const LARGE = { width: 1024, depth: 24, heads: 16 };
const HUGE = { width: 1280, depth: 32, heads: 16 };
const GIANT = { width: 1408, depth: 40, heads: 16, mlpRatio: 48 / 11 };
const GIGANTIC = { width: 1664, depth: 48, heads: 16, mlpRatio: 64 / 13 };
const SO400M = { width: 1152, depth: 27, heads: 16, mlpRatio: 3.7362 };
const NO_TOKEN = { tokens: 0, average: 'then-normalise' } as const;
const registers = (tokens: number) =>
  ({ tokens, patchPositions: true, average: 'then-normalise', layerScale: true }) as const;

export const vits = family<VitConfiguration>(
  'ViT',
  'Dosovitskiy et al., arXiv:2010.11929',
  visionTransformer,
  {
    vit_tiny_patch16_224: { patch: 16, ...TINY },
    vit_tiny_patch16_384: { patch: 16, ...TINY, imageSize: 384 },
    vit_small_patch32_224: { patch: 32, ...SMALL },
    vit_small_patch32_384: { patch: 32, ...SMALL, imageSize: 384 },
    vit_small_patch16_224: { patch: 16, ...SMALL },
    vit_small_patch16_384: { patch: 16, ...SMALL, imageSize: 384 },
    vit_small_patch8_224: { patch: 8, ...SMALL, classes: 0 },
    vit_base_patch32_224: { patch: 32, ...BASE },
    vit_base_patch32_384: { patch: 32, ...BASE, imageSize: 384 },
    vit_base_patch16_224: { patch: 16, ...BASE },
    vit_base_patch16_384: { patch: 16, ...BASE, imageSize: 384 },
    vit_base_patch8_224: { patch: 8, ...BASE },
    vit_large_patch32_224: { patch: 32, ...LARGE, classes: 0 },
    vit_large_patch32_384: { patch: 32, ...LARGE, imageSize: 384 },
    vit_large_patch16_224: { patch: 16, ...LARGE },
    vit_large_patch16_384: { patch: 16, ...LARGE, imageSize: 384 },
    vit_large_patch14_224: { patch: 14, ...LARGE },
    vit_huge_patch14_224: { patch: 14, ...HUGE, classes: 0 },
    vit_giant_patch14_224: { patch: 14, ...GIANT },
    vit_gigantic_patch14_224: { patch: 14, ...GIGANTIC },
    vit_huge_patch14_gap_224: { patch: 14, ...HUGE, ...NO_TOKEN, classes: 0 },
    vit_huge_patch16_gap_448: { patch: 16, ...HUGE, ...NO_TOKEN, classes: 0, imageSize: 448 },
    vit_giant_patch16_gap_224: { patch: 16, ...GIANT, ...NO_TOKEN, classes: 0 },
    vit_medium_patch16_gap_256: {
      patch: 16,
      ...MEDIUM,
      ...NO_TOKEN,
      qkvBias: false,
      layerScale: true,
      imageSize: 256,
    },
    vit_medium_patch16_gap_384: {
      patch: 16,
      ...MEDIUM,
      ...NO_TOKEN,
      qkvBias: false,
      layerScale: true,
      imageSize: 384,
    },
    vit_base_patch16_plus_240: {
      patch: 16,
      width: 896,
      depth: 12,
      heads: 14,
      layerScale: true,
      imageSize: 240,
    },
    vit_base_patch32_plus_256: {
      patch: 32,
      width: 896,
      depth: 12,
      heads: 14,
      layerScale: true,
      imageSize: 256,
    },
    vit_small_patch16_36x1_224: { patch: 16, ...SMALL, depth: 36, layerScale: true },
    vit_small_patch16_18x2_224: { patch: 16, ...SMALL, depth: 18, layerScale: true, parallel: 2 },
    vit_base_patch16_18x2_224: { patch: 16, ...BASE, depth: 18, layerScale: true, parallel: 2 },
    flexivit_small: { patch: 16, ...SMALL, patchPositions: true, imageSize: 240 },
    flexivit_base: { patch: 16, ...BASE, patchPositions: true, imageSize: 240 },
    flexivit_large: { patch: 16, ...LARGE, patchPositions: true, imageSize: 240 },
  },
);

const DINO = { patch: 14, layerScale: true, classes: 0, imageSize: 518 };
const DINO_REGISTERS = { ...DINO, tokens: 5, patchPositions: true };
const GIANT_GATED = { width: 1536, depth: 40, heads: 24, mlpRatio: 2.66667 * 2, gated: true };

export const registerVits = family<VitConfiguration>(
  'ViT with registers, DINOv2',
  'arXiv:2304.07193; arXiv:2309.16588',
  visionTransformer,
  {
    vit_small_patch14_dinov2: { ...DINO, ...SMALL },
    vit_base_patch14_dinov2: { ...DINO, ...BASE },
    vit_large_patch14_dinov2: { ...DINO, ...LARGE },
    vit_giant_patch14_dinov2: { ...DINO, ...GIANT_GATED },
    vit_small_patch14_reg4_dinov2: { ...DINO_REGISTERS, ...SMALL },
    vit_base_patch14_reg4_dinov2: { ...DINO_REGISTERS, ...BASE },
    vit_large_patch14_reg4_dinov2: { ...DINO_REGISTERS, ...LARGE },
    vit_giant_patch14_reg4_dinov2: { ...DINO_REGISTERS, ...GIANT_GATED },
    vit_wee_patch16_reg1_gap_256: {
      patch: 16,
      width: 256,
      depth: 14,
      heads: 4,
      mlpRatio: 5,
      ...registers(1),
      imageSize: 256,
    },
    vit_little_patch16_reg1_gap_256: {
      patch: 16,
      width: 320,
      depth: 14,
      heads: 5,
      mlpRatio: 5.6,
      ...registers(1),
      imageSize: 256,
    },
    vit_little_patch16_reg4_gap_256: {
      patch: 16,
      width: 320,
      depth: 14,
      heads: 5,
      mlpRatio: 5.6,
      ...registers(4),
      imageSize: 256,
    },
    vit_medium_patch16_reg1_gap_256: { patch: 16, ...MEDIUM, ...registers(1), imageSize: 256 },
    vit_medium_patch16_reg4_gap_256: { patch: 16, ...MEDIUM, ...registers(4), imageSize: 256 },
    vit_mediumd_patch16_reg4_gap_256: { patch: 16, ...MEDIUM, depth: 20, ...registers(4), imageSize: 256 },
    vit_mediumd_patch16_reg4_gap_384: { patch: 16, ...MEDIUM, depth: 20, ...registers(4), imageSize: 384 },
    vit_betwixt_patch16_reg1_gap_256: { patch: 16, ...BETWIXT, ...registers(1), imageSize: 256 },
    vit_betwixt_patch16_reg4_gap_256: { patch: 16, ...BETWIXT, ...registers(4), imageSize: 256 },
    vit_betwixt_patch16_reg4_gap_384: { patch: 16, ...BETWIXT, ...registers(4), imageSize: 384 },
    vit_base_patch16_reg4_gap_256: { patch: 16, ...BASE, ...registers(4), layerScale: false, imageSize: 256 },
    vit_so150m_patch16_reg4_gap_256: {
      patch: 16,
      width: 896,
      depth: 18,
      heads: 14,
      mlpRatio: 2.572,
      ...registers(4),
      average: 'normalised',
      layerScale: false,
      imageSize: 256,
    },
  },
);

const CLIP = { preNorm: true } as const;
const QUICK = { preNorm: true, activation: 'swish' } as const;
const SIGLIP = { tokens: 0, average: 'normalised', classes: 0 } as const;

export const clipVits = family<VitConfiguration>(
  'ViT of CLIP and SigLIP',
  'arXiv:2103.00020; arXiv:2303.15343',
  visionTransformer,
  {
    vit_xsmall_patch16_clip_224: { patch: 16, width: 256, depth: 10, heads: 4, ...CLIP, classes: 512 },
    vit_medium_patch16_clip_224: { patch: 16, ...MEDIUM, ...CLIP, classes: 512 },
    vit_medium_patch32_clip_224: { patch: 32, ...MEDIUM, ...CLIP, classes: 512 },
    vit_betwixt_patch32_clip_224: { patch: 32, ...BETWIXT, ...CLIP, classes: 512 },
    vit_base_patch32_clip_224: { patch: 32, ...BASE, ...CLIP },
    vit_base_patch32_clip_256: { patch: 32, ...BASE, ...CLIP, classes: 512, imageSize: 256 },
    vit_base_patch32_clip_384: { patch: 32, ...BASE, ...CLIP, imageSize: 384 },
    vit_base_patch32_clip_448: { patch: 32, ...BASE, ...CLIP, imageSize: 448 },
    vit_base_patch16_clip_224: { patch: 16, ...BASE, ...CLIP },
    vit_base_patch16_clip_384: { patch: 16, ...BASE, ...CLIP, imageSize: 384 },
    vit_large_patch14_clip_224: { patch: 14, ...LARGE, ...CLIP },
    vit_large_patch14_clip_336: { patch: 14, ...LARGE, ...CLIP, imageSize: 336 },
    vit_huge_patch14_clip_224: { patch: 14, ...HUGE, ...CLIP },
    vit_huge_patch14_clip_336: { patch: 14, ...HUGE, ...CLIP, imageSize: 336 },
    vit_giant_patch14_clip_224: { patch: 14, ...GIANT, ...CLIP, classes: 1024 },
    vit_gigantic_patch14_clip_224: { patch: 14, ...GIGANTIC, ...CLIP, classes: 1280 },
    vit_base_patch32_clip_quickgelu_224: { patch: 32, ...BASE, ...QUICK, classes: 512 },
    vit_base_patch16_clip_quickgelu_224: { patch: 16, ...BASE, ...QUICK, classes: 512 },
    vit_large_patch14_clip_quickgelu_224: { patch: 14, ...LARGE, ...QUICK, classes: 768 },
    vit_large_patch14_clip_quickgelu_336: { patch: 14, ...LARGE, ...QUICK, classes: 768, imageSize: 336 },
    vit_huge_patch14_clip_quickgelu_224: { patch: 14, ...HUGE, ...QUICK, classes: 1024 },
    vit_base_patch16_siglip_gap_224: { patch: 16, ...BASE, ...SIGLIP },
    vit_base_patch16_siglip_gap_256: { patch: 16, ...BASE, ...SIGLIP, imageSize: 256 },
    vit_base_patch16_siglip_gap_384: { patch: 16, ...BASE, ...SIGLIP, imageSize: 384 },
    vit_base_patch16_siglip_gap_512: { patch: 16, ...BASE, ...SIGLIP, imageSize: 512 },
    vit_large_patch16_siglip_gap_256: { patch: 16, ...LARGE, ...SIGLIP, imageSize: 256 },
    vit_large_patch16_siglip_gap_384: { patch: 16, ...LARGE, ...SIGLIP, imageSize: 384 },
    vit_so400m_patch14_siglip_gap_224: { patch: 14, ...SO400M, ...SIGLIP },
    vit_so400m_patch14_siglip_gap_384: { patch: 14, ...SO400M, ...SIGLIP, imageSize: 384 },
    vit_so400m_patch14_siglip_gap_448: { patch: 14, ...SO400M, ...SIGLIP, imageSize: 448 },
  },
);

const DISTILLED = { tokens: 2, classifiers: 2 } as const;
const DEIT3 = { patchPositions: true, layerScale: true } as const;

export const deits = family<VitConfiguration>(
  'DeiT',
  'Touvron et al., arXiv:2012.12877; arXiv:2204.07118',
  visionTransformer,
  {
    deit_tiny_patch16_224: { patch: 16, ...TINY },
    deit_small_patch16_224: { patch: 16, ...SMALL },
    deit_base_patch16_224: { patch: 16, ...BASE },
    deit_base_patch16_384: { patch: 16, ...BASE, imageSize: 384 },
    deit_tiny_distilled_patch16_224: { patch: 16, ...TINY, ...DISTILLED },
    deit_small_distilled_patch16_224: { patch: 16, ...SMALL, ...DISTILLED },
    deit_base_distilled_patch16_224: { patch: 16, ...BASE, ...DISTILLED },
    deit_base_distilled_patch16_384: { patch: 16, ...BASE, ...DISTILLED, imageSize: 384 },
    deit3_small_patch16_224: { patch: 16, ...SMALL, ...DEIT3 },
    deit3_small_patch16_384: { patch: 16, ...SMALL, ...DEIT3, imageSize: 384 },
    deit3_medium_patch16_224: { patch: 16, ...MEDIUM, ...DEIT3 },
    deit3_base_patch16_224: { patch: 16, ...BASE, ...DEIT3 },
    deit3_base_patch16_384: { patch: 16, ...BASE, ...DEIT3, imageSize: 384 },
    deit3_large_patch16_224: { patch: 16, ...LARGE, ...DEIT3 },
    deit3_large_patch16_384: { patch: 16, ...LARGE, ...DEIT3, imageSize: 384 },
    deit3_huge_patch14_224: { patch: 14, ...HUGE, ...DEIT3 },
  },
);
