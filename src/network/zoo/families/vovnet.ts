import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface VovNetConfiguration {
  readonly stem: readonly number[];
  /** Channels of the 3×3 convolutions in each stage. */
  readonly widths: readonly number[];
  readonly channels: readonly number[];
  /** Number of convolutions per block. */
  readonly layers: number;
  readonly blocks: readonly number[];
  readonly depthwise?: boolean;
  /** Whether blocks are residual if their sizes allow it (V2). */
  readonly residual?: boolean;
  readonly attention?: 'ese' | 'eca';
}

function vovnet(configuration: VovNetConfiguration, imageSize: number): OperatorGraph {
  const { stem, channels, blocks, depthwise = false } = configuration;
  const builder = new NetworkBuilder('relu');
  let x = builder.scope('stem', () => {
    let y = builder.convNormAct(builder.image(imageSize), stem[0], 3, { stride: 2 });
    y = unit(builder, y, stem[1], 1, depthwise);
    return unit(builder, y, stem[2], 2, depthwise);
  });
  for (const [stage, count] of blocks.entries()) {
    if (stage > 0) x = builder.pool('maxPool', x, 3, 2, 0, true);
    for (let block = 0; block < count; block++) {
      x = builder.scope(`stage${stage + 1}.block${block + 1}`, () =>
        aggregate(
          builder,
          x,
          configuration,
          configuration.widths[stage],
          channels[stage],
          block,
          block === count - 1,
        ),
      );
    }
  }
  return builder.classify(x);
}

function unit(
  builder: NetworkBuilder,
  x: string,
  channels: number,
  stride: number,
  depthwise: boolean,
): string {
  if (!depthwise) return builder.convNormAct(x, channels, 3, { stride });
  const spatial = builder.conv(x, builder.channels(x), 3, { stride, groups: builder.channels(x) });
  return builder.convNormAct(spatial, channels, 1);
}

/** One-shot aggregation: all layers' outputs are concatenated, followed by one 1×1 convolution. */
function aggregate(
  builder: NetworkBuilder,
  x: string,
  { layers, depthwise = false, residual, attention }: VovNetConfiguration,
  width: number,
  channels: number,
  block: number,
  isLast: boolean,
): string {
  const outputs = [x];
  let y = x;
  if (depthwise && builder.channels(x) !== width) y = builder.convNormAct(y, width, 1);
  for (let i = 0; i < layers; i++) {
    y = unit(builder, y, width, 1, depthwise);
    outputs.push(y);
  }
  y = builder.convNormAct(builder.concat(outputs), channels, 1);
  if (isLast && attention === 'ese') {
    const gate = builder.conv(builder.globalAvgPool(y), channels, 1, { bias: true });
    y = builder.times(y, builder.act(gate, 'hardSigmoid'));
  } else if (isLast && attention === 'eca') y = builder.efficientChannelAttention(y);
  return residual && block > 0 ? builder.plus(y, x) : y;
}

const V1 = { stem: [64, 64, 128], widths: [128, 160, 192, 224], channels: [256, 512, 768, 1024], layers: 5 };
const V2 = { ...V1, residual: true, attention: 'ese' } as const;
const SLIM = {
  stem: [64, 64, 128],
  widths: [64, 80, 96, 112],
  channels: [112, 256, 384, 512],
  layers: 3,
  blocks: [1, 1, 1, 1],
  residual: true,
  attention: 'ese',
} as const;

export const vovnets = family<VovNetConfiguration>(
  'VoVNet',
  'Lee et al., arXiv:1904.09730; arXiv:1911.06667',
  vovnet,
  {
    vovnet39a: { ...V1, blocks: [1, 1, 2, 2] },
    vovnet57a: { ...V1, blocks: [1, 1, 4, 3] },
    ese_vovnet19b_slim: SLIM,
    ese_vovnet19b_slim_dw: { ...SLIM, stem: [64, 64, 64], depthwise: true },
    ese_vovnet19b_dw: { ...V2, stem: [64, 64, 64], layers: 3, blocks: [1, 1, 1, 1], depthwise: true },
    ese_vovnet39b: { ...V2, blocks: [1, 1, 2, 2] },
    ese_vovnet57b: { ...V2, blocks: [1, 1, 4, 3] },
    ese_vovnet99b: { ...V2, blocks: [1, 3, 9, 3] },
    eca_vovnet39b: { ...V2, blocks: [1, 1, 2, 2], attention: 'eca' },
  },
);
