import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface ConvNextConfiguration {
  readonly depths: readonly number[];
  readonly widths: readonly number[];
  /** Channels between the two 3×3 convolutions of an overlapping stem; by default the stem cuts 4×4 patches. */
  readonly overlapping?: number;
  /** Global response normalisation instead of a learned scale (V2). */
  readonly responseNorm?: boolean;
  /** Hidden features of the head. */
  readonly headHidden?: number;
  /** Linear layers become 1×1 convolutions on `[channels, height, width]`. */
  readonly convMlp?: boolean;
  readonly imageSize?: number;
}

function convnext(configuration: ConvNextConfiguration, imageSize: number): OperatorGraph {
  const { depths, widths, overlapping, headHidden } = configuration;
  const builder = new NetworkBuilder('gelu');
  let x = builder.scope('stem', () => {
    const image = builder.image(imageSize);
    if (overlapping === undefined)
      return builder.layerNorm2d(builder.conv(image, widths[0], 4, { stride: 4, padding: 0, bias: true }));
    const first = builder.conv(image, overlapping, 3, { stride: 2, padding: 1, bias: true });
    return builder.layerNorm2d(builder.conv(first, widths[0], 3, { stride: 2, padding: 1, bias: true }));
  });
  for (const [stage, depth] of depths.entries()) {
    if (stage > 0) {
      x = builder.scope(`downsample${stage + 1}`, () =>
        builder.conv(builder.layerNorm2d(x), widths[stage], 2, { stride: 2, padding: 0, bias: true }),
      );
    }
    for (let i = 1; i <= depth; i++)
      x = builder.scope(`stage${stage + 1}.block${i}`, () => block(builder, x, configuration));
  }
  return builder.scope('head', () => {
    const pooled = builder.meanFeatures(x);
    let y = builder.layerNorm(pooled);
    if (headHidden !== undefined) y = builder.act(builder.linear(y, headHidden));
    return builder.finish(builder.linear(y, 1000));
  });
}

function block(builder: NetworkBuilder, x: string, { responseNorm, convMlp }: ConvNextConfiguration): string {
  const channels = builder.channels(x);
  const depthwise = builder.conv(x, channels, 7, { groups: channels, bias: true });
  if (convMlp) {
    const hidden = builder.act(builder.conv(builder.layerNorm2d(depthwise), 4 * channels, 1, { bias: true }));
    const normed = responseNorm ? responseNormalise(builder, hidden, [1, 2]) : hidden;
    const y = builder.conv(normed, channels, 1, { bias: true });
    return builder.plus(x, responseNorm ? y : builder.scaleChannels(y));
  }
  const pixels = builder.layerNorm(builder.transpose(depthwise, [1, 2, 0]));
  let hidden = builder.act(builder.linear(pixels, 4 * channels));
  if (responseNorm) hidden = responseNormalise(builder, hidden, [0, 1]);
  const projected = builder.transpose(builder.linear(hidden, channels), [2, 0, 1]);
  return builder.plus(x, responseNorm ? projected : builder.scaleChannels(projected));
}

/** Global response normalisation (Woo et al., arXiv:2301.00808): `x + β + γ · x · ‖x‖ / mean ‖x‖`. */
function responseNormalise(builder: NetworkBuilder, x: string, pixels: readonly [number, number]): string {
  const channelAxis = 3 - pixels[0] - pixels[1];
  const squares = builder.add({ kind: 'reduceSum', axes: pixels, keepDimensions: true }, [
    builder.times(x, x),
  ]);
  const lengths = builder.add({ kind: 'sqrt' }, [squares]);
  const mean = builder.add({ kind: 'reduceMean', axes: [channelAxis], keepDimensions: true }, [lengths]);
  const response = builder.times(x, builder.add({ kind: 'divide' }, [lengths, mean]));
  const shape = [1, 1, 1].with(channelAxis, builder.shape(x)[channelAxis]);
  const scaled = builder.times(response, builder.parameter(shape, 'gamma'));
  return builder.plus(x, scaled, builder.parameter(shape, 'beta'));
}

const ATTO = { depths: [2, 2, 6, 2], widths: [40, 80, 160, 320], convMlp: true };
const FEMTO = { depths: [2, 2, 6, 2], widths: [48, 96, 192, 384], convMlp: true };
const PICO = { depths: [2, 2, 6, 2], widths: [64, 128, 256, 512], convMlp: true };
const NANO = { depths: [2, 2, 8, 2], widths: [80, 160, 320, 640], convMlp: true };
const TINY = { depths: [3, 3, 9, 3], widths: [96, 192, 384, 768] };
const SMALL = { depths: [3, 3, 27, 3], widths: [96, 192, 384, 768] };
const BASE = { depths: [3, 3, 27, 3], widths: [128, 256, 512, 1024] };
const LARGE = { depths: [3, 3, 27, 3], widths: [192, 384, 768, 1536] };
const XLARGE = { depths: [3, 3, 27, 3], widths: [256, 512, 1024, 2048] };

export const convnexts = family<ConvNextConfiguration>('ConvNeXt', 'Liu et al., arXiv:2201.03545', convnext, {
  convnext_atto: ATTO,
  convnext_atto_ols: { ...ATTO, overlapping: 24 },
  convnext_femto: FEMTO,
  convnext_femto_ols: { ...FEMTO, overlapping: 24 },
  convnext_pico: PICO,
  convnext_pico_ols: { ...PICO, overlapping: 32 },
  convnext_nano: NANO,
  convnext_nano_ols: { ...NANO, overlapping: 80 },
  convnext_tiny: TINY,
  convnext_tiny_hnf: { ...TINY, convMlp: true },
  convnext_small: SMALL,
  convnext_base: BASE,
  convnext_large: LARGE,
  convnext_large_mlp: { ...LARGE, headHidden: 1536, imageSize: 256 },
  convnext_xlarge: XLARGE,
  convnext_xxlarge: { depths: [3, 4, 30, 3], widths: [384, 768, 1536, 3072], imageSize: 256 },
});

const V2 = { responseNorm: true, convMlp: false };
export const convnextV2 = family<ConvNextConfiguration>(
  'ConvNeXt V2',
  'Woo et al., arXiv:2301.00808',
  convnext,
  {
    convnextv2_atto: { ...ATTO, responseNorm: true },
    convnextv2_femto: { ...FEMTO, responseNorm: true },
    convnextv2_pico: { ...PICO, ...V2 },
    convnextv2_nano: { ...NANO, ...V2 },
    convnextv2_tiny: { ...TINY, ...V2 },
    convnextv2_small: { ...SMALL, ...V2 },
    convnextv2_base: { ...BASE, ...V2 },
    convnextv2_large: { ...LARGE, ...V2 },
    convnextv2_huge: { depths: [3, 3, 27, 3], widths: [352, 704, 1408, 2816], ...V2 },
  },
);
