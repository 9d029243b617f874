import type { OperatorGraph } from '../graph.js';
import { selfAttention } from './attention.js';
import { type ActivationKind, NetworkBuilder } from './network-builder.js';

/** The differences between vision transformers. */
export interface VitConfiguration {
  /** Side of the square patches in pixels. */
  readonly patch: number;
  /** Features per token. */
  readonly width: number;
  /** Number of blocks. */
  readonly depth: number;
  readonly heads: number;
  readonly mlpRatio?: number;
  /** Additional tokens before those of the patches: for the class, for distillation, registers. */
  readonly tokens?: number;
  /** Whether only patches have position embeddings. */
  readonly patchPositions?: boolean;
  /** Classifies the mean of the patches instead of the first token, normalised after or before averaging. */
  readonly average?: 'then-normalise' | 'normalised';
  /**
   * Number of classifiers, each on one of the first tokens. Their scores are added; the factor of the average
   * is included in the weights.
   */
  readonly classifiers?: number;
  /** 0 omits the classifier: the result is the network's features. */
  readonly classes?: number;
  readonly qkvBias?: boolean;
  /** Whether to normalise before the first block and embed patches without bias, as CLIP does. */
  readonly preNorm?: boolean;
  /** Whether each branch has a learned scale per feature. */
  readonly layerScale?: boolean;
  /** CLIP's `x · sigmoid(1.702 x)` is represented as swish. */
  readonly activation?: ActivationKind;
  /** Whether half of the MLP's hidden features gate the other half: SwiGLU. */
  readonly gated?: boolean;
  /** Number of parallel attentions (and MLPs) per block (Touvron et al., arXiv:2203.09795). */
  readonly parallel?: number;
  readonly imageSize?: number;
}

/**
 * A vision transformer (Dosovitskiy et al., arXiv:2010.11929): the patches of an image as tokens, blocks of
 * attention and MLP, and a classifier on the first token or on the mean of the patches.
 *
 * @param imageSize height and width in pixels
 */
export function visionTransformer(configuration: VitConfiguration, imageSize: number): OperatorGraph {
  const { patch, width, depth, tokens = 1, preNorm = false, classes = 1000 } = configuration;
  const builder = new NetworkBuilder(configuration.activation ?? 'gelu');
  let x = builder.scope('embedding', () => {
    const image = builder.image(imageSize);
    const patches = builder.tokens(
      builder.conv(image, width, patch, { stride: patch, padding: 0, bias: !preNorm }),
    );
    return embedPositions(builder, patches, tokens, configuration.patchPositions ?? tokens === 0);
  });
  if (preNorm) x = builder.layerNorm(x);
  for (let i = 1; i <= depth; i++) x = builder.scope(`block${i}`, () => block(builder, x, configuration));
  return builder.scope('head', () => {
    const features = pool(builder, x, configuration);
    if (classes === 0) return builder.finish(features[0]);
    const scores = features.map((token) => builder.linear(token, classes));
    return builder.finish(scores.length === 1 ? scores[0] : builder.plus(...scores));
  });
}

function embedPositions(
  builder: NetworkBuilder,
  patches: string,
  tokens: number,
  onlyPatches: boolean,
): string {
  const width = builder.shape(patches)[1];
  const positioned = (x: string) => builder.plus(x, builder.parameter(builder.shape(x), 'positions'));
  if (tokens === 0) return positioned(patches);
  const first = builder.parameter([tokens, width], 'tokens');
  return onlyPatches
    ? builder.concat([first, positioned(patches)])
    : positioned(builder.concat([first, patches]));
}

function block(builder: NetworkBuilder, x: string, configuration: VitConfiguration): string {
  const { heads, mlpRatio = 4, qkvBias = true, layerScale, gated, parallel = 1 } = configuration;
  const width = configuration.width;
  const scaled = (y: string) => (layerScale ? builder.scaleFeatures(y) : y);
  const branches = (x: string, branch: (normalised: string) => string) =>
    builder.plus(x, ...Array.from({ length: parallel }, () => scaled(branch(builder.layerNorm(x)))));
  const attended = branches(x, (y) => selfAttention(builder, y, { heads, qkvBias }));
  return branches(attended, (y) =>
    gated
      ? gatedMlp(builder, y, Math.trunc(width * mlpRatio))
      : builder.mlp(y, Math.trunc(width * mlpRatio), { activation: builder.activation }),
  );
}

/** An MLP in which one half of the `hidden` features gates the other (Shazeer, arXiv:2002.05202). */
function gatedMlp(builder: NetworkBuilder, x: string, hidden: number): string {
  return builder.scope('mlp', () => {
    const [gate, value] = builder.split(builder.linear(x, hidden), [hidden / 2, hidden / 2], 1);
    return builder.linear(builder.times(builder.act(gate, 'swish'), value), builder.shape(x)[1]);
  });
}

/** The features to classify: the first tokens, or the mean of the patches. */
function pool(
  builder: NetworkBuilder,
  x: string,
  { average, tokens = 1, classifiers = 1 }: VitConfiguration,
): string[] {
  const [count] = builder.shape(x);
  const patches = (y: string) =>
    tokens === 0 ? y : builder.add({ kind: 'slice', axis: 0, start: tokens, end: count }, [y]);
  const mean = (y: string) =>
    builder.add({ kind: 'reduceMean', axes: [0], keepDimensions: false }, [patches(y)]);
  if (average === 'then-normalise') return [builder.layerNorm(mean(x))];
  const normalised = builder.layerNorm(x);
  if (average === 'normalised') return [mean(normalised)];
  return Array.from({ length: classifiers }, (_, i) =>
    builder.add({ kind: 'flatten' }, [
      builder.add({ kind: 'slice', axis: 0, start: i, end: i + 1 }, [normalised]),
    ]),
  );
}
