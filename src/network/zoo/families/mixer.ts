import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface MixerConfiguration {
  readonly patch: number;
  readonly width: number;
  readonly depth: number;
  readonly block: (builder: NetworkBuilder, x: string) => string;
  readonly affine?: boolean;
}

function mixer(
  { patch, width, depth, block, affine: isAffine }: MixerConfiguration,
  imageSize: number,
): OperatorGraph {
  const builder = new NetworkBuilder('gelu');
  let x = builder.scope('embedding', () =>
    builder.tokens(
      builder.conv(builder.image(imageSize), width, patch, { stride: patch, padding: 0, bias: true }),
    ),
  );
  for (let i = 1; i <= depth; i++) x = builder.scope(`block${i}`, () => block(builder, x));
  return builder.scope('head', () => {
    const normalised = isAffine ? affine(builder, x) : builder.layerNorm(x);
    const pooled = builder.add({ kind: 'reduceMean', axes: [0], keepDimensions: false }, [normalised]);
    return builder.finish(builder.linear(pooled, 1000));
  });
}

const swapped = (builder: NetworkBuilder, x: string, over: (transposed: string) => string) =>
  builder.transpose(over(builder.transpose(x, [1, 0])), [1, 0]);

/** One MLP over the tokens, then one over the features. */
const mlps = (tokens: number, features: number) => (builder: NetworkBuilder, x: string) => {
  const y = builder.plus(
    x,
    swapped(builder, builder.layerNorm(x), (z) => builder.mlp(z, tokens)),
  );
  return builder.plus(y, builder.mlp(builder.layerNorm(y), features));
};

/** The same with gated linear units. */
const gatedMlps = (tokens: number, features: number) => (builder: NetworkBuilder, x: string) => {
  const y = builder.plus(
    x,
    swapped(builder, builder.layerNorm(x), (z) => glu(builder, z, tokens)),
  );
  return builder.plus(y, glu(builder, builder.layerNorm(y), features));
};

function glu(builder: NetworkBuilder, x: string, hidden: number): string {
  const [value, gate] = builder.split(builder.linear(x, hidden), [hidden / 2, hidden / 2], 1);
  return builder.linear(builder.times(value, builder.act(gate, 'swish')), builder.shape(x)[1]);
}

/** A learned scale and shift per feature. */
function affine(builder: NetworkBuilder, x: string): string {
  return builder.plus(builder.scaleFeatures(x), builder.parameter([builder.shape(x)[1]], 'beta'));
}

/** ResMLP: one linear layer over the tokens, no normalisation. */
const residualMlp = (builder: NetworkBuilder, x: string) => {
  const mixed = swapped(builder, affine(builder, x), (z) => builder.linear(z, builder.shape(z)[1]));
  const y = builder.plus(x, builder.scaleFeatures(mixed));
  return builder.plus(y, builder.scaleFeatures(builder.mlp(affine(builder, y), 4 * builder.shape(y)[1])));
};

/** gMLP: half of the features, mixed over the tokens, gate the other half. */
const spatialGating = (hidden: number) => (builder: NetworkBuilder, x: string) => {
  const expanded = builder.act(builder.linear(builder.layerNorm(x), hidden));
  const [u, v] = builder.split(expanded, [hidden / 2, hidden / 2], 1);
  const gate = swapped(builder, builder.layerNorm(v), (z) => builder.linear(z, builder.shape(z)[1]));
  return builder.plus(x, builder.linear(builder.times(u, gate), builder.shape(x)[1]));
};

const S = { width: 512, depth: 8, block: mlps(256, 2048) };
const B = { width: 768, depth: 12, block: mlps(384, 3072) };
const L = { width: 1024, depth: 24, block: mlps(512, 4096) };

export const mixers = family<MixerConfiguration>('MLP-Mixer', 'Tolstikhin et al., arXiv:2105.01601', mixer, {
  mixer_s32_224: { patch: 32, ...S },
  mixer_s16_224: { patch: 16, ...S },
  mixer_b32_224: { patch: 32, ...B },
  mixer_b16_224: { patch: 16, ...B },
  mixer_l32_224: { patch: 32, ...L },
  mixer_l16_224: { patch: 16, ...L },
  gmixer_12_224: { patch: 16, width: 384, depth: 12, block: gatedMlps(384, 1536) },
  gmixer_24_224: { patch: 16, width: 384, depth: 24, block: gatedMlps(384, 1536) },
});

export const resMlps = family<MixerConfiguration>('ResMLP', 'Touvron et al., arXiv:2105.03404', mixer, {
  resmlp_12_224: { patch: 16, width: 384, depth: 12, block: residualMlp, affine: true },
  resmlp_24_224: { patch: 16, width: 384, depth: 24, block: residualMlp, affine: true },
  resmlp_36_224: { patch: 16, width: 384, depth: 36, block: residualMlp, affine: true },
  resmlp_big_24_224: { patch: 8, width: 768, depth: 24, block: residualMlp, affine: true },
});

export const gMlps = family<MixerConfiguration>('gMLP', 'Liu et al., arXiv:2105.08050', mixer, {
  gmlp_ti16_224: { patch: 16, width: 128, depth: 30, block: spatialGating(768) },
  gmlp_s16_224: { patch: 16, width: 256, depth: 30, block: spatialGating(1536) },
  gmlp_b16_224: { patch: 16, width: 512, depth: 30, block: spatialGating(3072) },
});
