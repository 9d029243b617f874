import { InputError, quote } from '../../base/errors.js';
import type { OperatorGraph } from '../graph.js';
import { makeDivisible } from './channel-rounding.js';
import { type ActivationKind, NetworkBuilder, type NormalisedOptions } from './network-builder.js';

/**
 * Blocks of a mobile network in the notation of the MnasNet reference implementation: `ir_r2_k3_s2_e6_c24_se0.25`
 * is two inverted residuals with a 3×3 kernel, stride 2 in the first, expansion 6, 24 channels out, and
 * squeeze-excite. Types: `ds` depthwise-separable, `dsa` with an activation at its end, `ir` inverted residual,
 * `er` fused (edge) residual, `cn` convolution. `k3.5` mixes kernels, `a1.1` and `p1.1` split the pointwise
 * convolutions, `gs64` groups, `fc24` expands from 24 channels, `nre` / `nsw` name the activation.
 */
export interface MobileNetwork {
  /** Lines of block notations, one per stage. */
  readonly stages: readonly (readonly string[])[];
  readonly stem: number;
  readonly stemKernel?: number;
  /** Whether the stem (with `fixEnds`, also the depth of the first and last stage) is not scaled. */
  readonly fixStem?: boolean;
  readonly fixEnds?: boolean;
  /** Channels before the classifier; 0 omits its convolution. */
  readonly features: number;
  /** Whether the convolution to `features` comes after the pooling, as in MobileNetV3. */
  readonly efficientHead?: boolean;
  readonly headBias?: boolean;
  readonly width?: number;
  /** Factor for the repeats, of all stages or of each. */
  readonly depth?: number | readonly number[];
  readonly depthRounding?: 'ceil' | 'round';
  readonly roundLimit?: number;
  readonly activation?: ActivationKind;
  readonly squeezeExcite?: SqueezeExciteStyle;
  readonly padding?: 'same';
  readonly imageSize?: number;
}

interface SqueezeExciteStyle {
  readonly gate?: ActivationKind;
  readonly activation?: ActivationKind;
  /** Whether the squeezed width is relative to the expanded channels, not to the block's input. */
  readonly ofExpanded?: boolean;
  readonly divisible?: boolean;
  readonly roundLimit?: number;
}

type BlockType = 'ds' | 'dsa' | 'ir' | 'er' | 'cn';

interface Block {
  readonly type: BlockType;
  readonly repeats: number;
  readonly kernels: readonly number[];
  readonly expandKernels: readonly number[];
  readonly projectKernels: readonly number[];
  readonly stride: number;
  readonly expansion: number;
  readonly channels: number;
  readonly squeeze: number;
  readonly groupWidth: number;
  readonly expandFrom: number;
  readonly skip: boolean;
  readonly activation?: ActivationKind;
}

const ACTIVATIONS: Readonly<Record<string, ActivationKind>> = {
  re: 'relu',
  r6: 'relu6',
  sw: 'swish',
  hs: 'hardSwish',
};

/** A network padded as in TensorFlow. */
export const samePadded = (network: MobileNetwork, imageSize = network.imageSize): MobileNetwork => ({
  ...network,
  padding: 'same',
  imageSize,
});

/**
 * The graph of a network in this notation.
 *
 * @param imageSize height and width in pixels
 * @throws InputError if a block is malformed
 */
export function mobileNetwork(network: MobileNetwork, imageSize: number): OperatorGraph {
  const { width = 1, roundLimit = 0.9, features, activation = 'relu', padding } = network;
  const scaled = (channels: number) =>
    width === 1 || channels === 0 ? channels : makeDivisible(channels * width, 8, roundLimit);
  const builder = new NetworkBuilder(activation);
  const stem = network.fixStem ? network.stem : scaled(network.stem);
  let x = builder.scope('stem', () =>
    builder.convNormAct(builder.image(imageSize), stem, network.stemKernel ?? 3, { stride: 2, padding }),
  );
  for (const [stage, line] of network.stages.entries()) {
    const isEnd = stage === 0 || stage === network.stages.length - 1;
    const factor = typeof network.depth === 'object' ? network.depth[stage] : (network.depth ?? 1);
    const depth = network.fixEnds && isEnd ? 1 : factor;
    let index = 0;
    for (const block of scaledDepth(line.map(parseBlock), depth, network.depthRounding ?? 'ceil')) {
      for (let repeat = 0; repeat < block.repeats; repeat++) {
        const stride = repeat === 0 ? block.stride : 1;
        x = builder.scope(`stage${stage + 1}.block${++index}`, () =>
          mobileBlock(
            builder,
            x,
            { ...block, stride, channels: scaled(block.channels), expandFrom: scaled(block.expandFrom) },
            network,
          ),
        );
      }
    }
  }
  if (features === 0) return builder.classify(x);
  if (!network.efficientHead)
    return builder.classify(builder.scope('head', () => builder.convNormAct(x, features, 1, { padding })));
  return builder.scope('head', () => {
    const pooled = builder.act(
      builder.conv(builder.globalAvgPool(x), features, 1, { bias: network.headBias ?? true }),
    );
    return builder.finish(builder.linear(builder.add({ kind: 'flatten' }, [pooled]), 1000));
  });
}

/** Scales the repeats of a stage's blocks together, and distributes them from the last block on. */
function scaledDepth(blocks: readonly Block[], depth: number, rounding: 'ceil' | 'round'): readonly Block[] {
  let left = blocks.reduce((sum, { repeats }) => sum + repeats, 0);
  let scaledLeft = rounding === 'ceil' ? Math.ceil(left * depth) : Math.max(1, Math.round(left * depth));
  return blocks
    .toReversed()
    .map((block) => {
      const repeats = Math.max(1, Math.round((block.repeats / left) * scaledLeft));
      left -= block.repeats;
      scaledLeft -= repeats;
      return { ...block, repeats };
    })
    .reverse();
}

function mobileBlock(builder: NetworkBuilder, x: string, block: Block, network: MobileNetwork): string {
  const { type, stride, channels, expansion, skip } = block;
  const activation = block.activation ?? builder.activation;
  const options: NormalisedOptions = { activation, padding: network.padding };
  const entering = builder.channels(x);
  const expanded = makeDivisible((block.expandFrom || entering) * expansion);
  let y = x;
  switch (type) {
    case 'cn':
      y = builder.convNormAct(y, channels, block.kernels[0], { ...options, stride });
      break;
    case 'er':
      y = builder.convNormAct(y, expanded, block.kernels[0], {
        ...options,
        stride,
        groups: block.groupWidth > 0 ? expanded / block.groupWidth : 1,
      });
      y = squeeze(builder, y, block, activation, network.squeezeExcite);
      y = builder.convNorm(y, channels, 1, options);
      break;
    case 'ir':
      y = builder.act(builder.norm(mixed(builder, y, expanded, block.expandKernels, 1, options)), activation);
      y = builder.act(
        builder.norm(mixed(builder, y, 'depthwise', block.kernels, stride, options)),
        activation,
      );
      y = squeeze(builder, y, block, activation, network.squeezeExcite);
      y = builder.norm(mixed(builder, y, channels, block.projectKernels, 1, options));
      break;
    default:
      y = builder.depthwise(y, block.kernels[0], { ...options, stride });
      y = squeeze(builder, y, block, activation, network.squeezeExcite);
      y = builder.convNormAct(y, channels, 1, {
        ...options,
        activation: type === 'dsa' ? activation : 'none',
      });
  }
  return skip && stride === 1 && entering === channels ? builder.plus(y, x) : y;
}

function squeeze(
  builder: NetworkBuilder,
  x: string,
  { squeeze, expansion, type }: Block,
  activation: ActivationKind,
  style: SqueezeExciteStyle = {},
): string {
  if (squeeze === 0) return x;
  const expanded = builder.channels(x);
  const inner = type === 'ds' || type === 'dsa' || type === 'cn' ? 1 : expansion;
  const wanted = style.ofExpanded ? expanded * squeeze : (expanded * squeeze) / inner;
  const reduced = style.divisible ? makeDivisible(wanted, 8, style.roundLimit) : Math.round(wanted);
  return builder.squeezeExcite(x, reduced, { gate: style.gate, activation: style.activation ?? activation });
}

/** A convolution whose channels are divided among kernels of different sizes (Tan & Le, arXiv:1907.09595). */
function mixed(
  builder: NetworkBuilder,
  x: string,
  out: number | 'depthwise',
  kernels: readonly number[],
  stride: number,
  { padding }: NormalisedOptions,
): string {
  const parts = (total: number) => {
    const part = Math.floor(total / kernels.length);
    return kernels.map((_, i) => (i === 0 ? total - part * (kernels.length - 1) : part));
  };
  const entering = parts(builder.channels(x));
  const leaving = out === 'depthwise' ? entering : parts(out);
  const inputs = kernels.length === 1 ? [x] : builder.split(x, entering);
  return builder.concat(
    inputs.map((part, i) =>
      builder.conv(part, leaving[i], kernels[i], {
        stride,
        groups: out === 'depthwise' ? entering[i] : 1,
        padding,
      }),
    ),
  );
}

function parseBlock(notation: string): Block {
  const [type, ...fields] = notation.split('_');
  const values = new Map<string, string>();
  for (const field of fields) {
    const [, key, value] = /^([a-z]+)(.*)$/.exec(field) ?? [];
    if (key === undefined) throw new InputError(`block ${quote(notation)}: no field ${quote(field)}`);
    values.set(
      key.startsWith('n') && key !== 'noskip' ? 'n' : key,
      key.startsWith('n') ? key.slice(1) + value : value,
    );
  }
  const number = (key: string, fallback: number) => (values.has(key) ? Number(values.get(key)) : fallback);
  const kernels = (key: string) => (values.get(key) ?? '1').split('.').map(Number);
  return {
    type: type as BlockType,
    repeats: number('r', 1),
    kernels: kernels('k'),
    expandKernels: kernels('a'),
    projectKernels: kernels('p'),
    stride: number('s', 1),
    expansion: number('e', 1),
    channels: number('c', 0),
    squeeze: number('se', 0),
    groupWidth: number('gs', 0),
    expandFrom: number('fc', 0),
    skip: type === 'cn' ? values.has('skip') : !values.has('noskip'),
    activation: values.has('n') ? ACTIVATIONS[values.get('n') as string] : undefined,
  };
}
