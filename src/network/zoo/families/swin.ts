import type { OperatorGraph } from '../../graph.js';
import { relativePositionBias, selfAttention } from '../attention.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface SwinConfiguration {
  readonly width: number;
  readonly depths: readonly number[];
  readonly heads: readonly number[];
  /** Side of the windows, for all stages or for each. */
  readonly window: number | readonly number[];
  readonly imageSize?: number;
}

/**
 * Windows of tokens that attend to each other, shifted in every second block. Images are `[height, width,
 * channels]`.
 */
function swin({ width, depths, heads, window }: SwinConfiguration, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder('gelu');
  let x = builder.scope('embedding', () => {
    const patches = builder.conv(builder.image(imageSize), width, 4, { stride: 4, padding: 0, bias: true });
    return builder.layerNorm(builder.transpose(patches, [1, 2, 0]));
  });
  for (const [stage, depth] of depths.entries()) {
    if (stage > 0) x = builder.scope(`merge${stage + 1}`, () => mergePatches(builder, x));
    const side = Math.min(typeof window === 'number' ? window : window[stage], builder.shape(x)[0]);
    for (let i = 0; i < depth; i++) {
      const shift = i % 2 === 1 && side < builder.shape(x)[0] ? Math.floor(side / 2) : 0;
      x = builder.scope(`stage${stage + 1}.block${i + 1}`, () =>
        block(builder, x, heads[stage], side, shift),
      );
    }
  }
  return builder.scope('head', () => {
    const pooled = builder.add({ kind: 'reduceMean', axes: [0, 1], keepDimensions: false }, [
      builder.layerNorm(x),
    ]);
    return builder.finish(builder.linear(pooled, 1000));
  });
}

function block(builder: NetworkBuilder, x: string, heads: number, side: number, shift: number): string {
  const [height, width, channels] = builder.shape(x);
  const rolled = roll(builder, builder.layerNorm(x), shift);
  const windows = partition(builder, rolled, side);
  let scoreBias = relativePositionBias(builder, heads, side);
  if (shift > 0) {
    const tokens = side * side;
    const mask = builder.parameter([builder.shape(windows)[0], 1, tokens, tokens], 'mask', 0);
    scoreBias = builder.plus(mask, scoreBias);
  }
  const attended = selfAttention(builder, windows, { heads, scoreBias });
  const merged = unpartition(builder, attended, side, height, width, channels);
  const y = builder.plus(x, roll(builder, merged, -shift));
  return builder.plus(y, builder.mlp(builder.layerNorm(y), 4 * channels));
}

/** `[height, width, channels]` → `[windows, side · side, channels]`. */
function partition(builder: NetworkBuilder, x: string, side: number): string {
  const [height, width, channels] = builder.shape(x);
  const split = builder.reshape(x, [height / side, side, width / side, side, channels]);
  const ordered = builder.transpose(split, [0, 2, 1, 3, 4]);
  return builder.reshape(ordered, [(height / side) * (width / side), side * side, channels]);
}

function unpartition(
  builder: NetworkBuilder,
  x: string,
  side: number,
  height: number,
  width: number,
  channels: number,
): string {
  const split = builder.reshape(x, [height / side, width / side, side, side, channels]);
  return builder.reshape(builder.transpose(split, [0, 2, 1, 3, 4]), [height, width, channels]);
}

/** Shifts an image up and left, cyclically. */
function roll(builder: NetworkBuilder, x: string, shift: number): string {
  if (shift === 0) return x;
  return [0, 1].reduce((y, axis) => {
    const size = builder.shape(y)[axis];
    const at = (shift + size) % size;
    const [first, second] = builder.split(y, [at, size - at], axis);
    return builder.concat([second, first], axis);
  }, x);
}

/** Concatenates the features of four neighbours, normalises them and halves their number. */
function mergePatches(builder: NetworkBuilder, x: string): string {
  const [height, width, channels] = builder.shape(x);
  const split = builder.reshape(x, [height / 2, 2, width / 2, 2, channels]);
  const neighbours = builder.reshape(builder.transpose(split, [0, 2, 3, 1, 4]), [
    height / 2,
    width / 2,
    4 * channels,
  ]);
  return builder.linear(builder.layerNorm(neighbours), 2 * channels, false);
}

const TINY = { width: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24] };
const SMALL = { width: 96, depths: [2, 2, 18, 2], heads: [3, 6, 12, 24] };
const BASE = { width: 128, depths: [2, 2, 18, 2], heads: [4, 8, 16, 32] };
const LARGE = { width: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48] };

export const swins = family<SwinConfiguration>('Swin Transformer', 'Liu et al., arXiv:2103.14030', swin, {
  swin_tiny_patch4_window7_224: { ...TINY, window: 7 },
  swin_small_patch4_window7_224: { ...SMALL, window: 7 },
  swin_base_patch4_window7_224: { ...BASE, window: 7 },
  swin_base_patch4_window12_384: { ...BASE, window: 12, imageSize: 384 },
  swin_large_patch4_window7_224: { ...LARGE, window: 7 },
  swin_large_patch4_window12_384: { ...LARGE, window: 12, imageSize: 384 },
  swin_s3_tiny_224: { ...TINY, window: [7, 7, 14, 7] },
  swin_s3_small_224: { ...SMALL, window: [14, 14, 14, 7] },
  swin_s3_base_224: { ...SMALL, depths: [2, 2, 30, 2], window: [7, 7, 14, 7] },
});
