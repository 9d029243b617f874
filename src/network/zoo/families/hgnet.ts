import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

type Stage = readonly [
  width: number,
  channels: number,
  blocks: number,
  downsample: boolean,
  light: boolean,
  kernel: number,
  layers: number,
];

interface HgNetConfiguration {
  readonly version: 1 | 2;
  readonly stem: readonly number[];
  readonly stages: readonly Stage[];
  /** A learned scale and shift after each activation. */
  readonly affine?: boolean;
}

function hgnet(configuration: HgNetConfiguration, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder('relu');
  let x = builder.scope('stem', () => stem(builder, imageSize, configuration));
  for (const [i, stage] of configuration.stages.entries()) {
    const [, , blocks, downsample] = stage;
    if (downsample) x = builder.depthwise(x, 3, { stride: 2, activation: 'none' });
    for (let index = 0; index < blocks; index++) {
      x = builder.scope(`stage${i + 1}.block${index + 1}`, () => {
        const y = block(builder, x, stage, configuration);
        return index > 0 ? builder.plus(y, x) : y;
      });
    }
  }
  return builder.scope('head', () => {
    const y = scaled(builder, builder.act(builder.conv(builder.globalAvgPool(x), 2048, 1)), configuration);
    return builder.finish(builder.linear(builder.add({ kind: 'flatten' }, [y]), 1000));
  });
}

function stem(builder: NetworkBuilder, imageSize: number, configuration: HgNetConfiguration): string {
  const image = builder.image(imageSize);
  const { version, stem } = configuration;
  const unit = (x: string, channels: number, kernel: number, stride = 1, padding?: number) =>
    scaled(builder, builder.convNormAct(x, channels, kernel, { stride, padding }), configuration);
  if (version === 1) {
    const y = stem.reduce((x, channels, i) => unit(x, channels, 3, i === 0 ? 2 : 1), image);
    return builder.pool('maxPool', y, 3, 2, 1);
  }
  const padded = (x: string) => builder.add({ kind: 'pad', padding: [0, 0, 1, 1] }, [x]);
  const y = padded(unit(image, stem[0], 3, 2));
  const convolved = unit(padded(unit(y, stem[0] / 2, 2, 1, 0)), stem[0], 2, 1, 0);
  const joined = builder.concat([builder.pool('maxPool', y, 2, 1, 0, true), convolved]);
  return unit(unit(joined, stem[0], 3, 2), stem[1], 1);
}

/** Consecutive layers, whose outputs are aggregated by 1×1 convolutions. */
function block(
  builder: NetworkBuilder,
  x: string,
  [width, channels, , , light, kernel, layers]: Stage,
  configuration: HgNetConfiguration,
): string {
  const unit = (y: string, channels: number, kernel: number) =>
    scaled(builder, builder.convNormAct(y, channels, kernel), configuration);
  const outputs = [x];
  for (let layer = 0; layer < layers; layer++) {
    const input = outputs[layer];
    outputs.push(
      light
        ? scaled(builder, builder.depthwise(builder.convNorm(input, width, 1), kernel), configuration)
        : unit(input, width, kernel),
    );
  }
  const all = builder.concat(outputs);
  if (configuration.version === 2) return unit(unit(all, channels / 2, 1), channels, 1);
  const y = unit(all, channels, 1);
  const gate = builder.conv(builder.globalAvgPool(y), channels, 1, { bias: true });
  return builder.times(y, builder.act(gate, 'sigmoid'));
}

/** A learned scale and shift for all channels, if configured. */
function scaled(builder: NetworkBuilder, x: string, { affine }: HgNetConfiguration): string {
  if (!affine) return x;
  return builder.plus(builder.times(x, builder.parameter([1], 'scale')), builder.parameter([1], 'shift'));
}

export const hgnets = family<HgNetConfiguration>('PP-HGNet', 'Baidu, PaddleClas', hgnet, {
  hgnet_tiny: {
    version: 1,
    stem: [48, 48, 96],
    stages: [
      [96, 224, 1, false, false, 3, 5],
      [128, 448, 1, true, false, 3, 5],
      [160, 512, 2, true, false, 3, 5],
      [192, 768, 1, true, false, 3, 5],
    ],
  },
  hgnet_small: {
    version: 1,
    stem: [64, 64, 128],
    stages: [
      [128, 256, 1, false, false, 3, 6],
      [160, 512, 1, true, false, 3, 6],
      [192, 768, 2, true, false, 3, 6],
      [224, 1024, 1, true, false, 3, 6],
    ],
  },
  hgnet_base: {
    version: 1,
    stem: [96, 96, 160],
    stages: [
      [192, 320, 1, false, false, 3, 7],
      [224, 640, 2, true, false, 3, 7],
      [256, 960, 3, true, false, 3, 7],
      [288, 1280, 2, true, false, 3, 7],
    ],
  },
  hgnetv2_b0: {
    version: 2,
    stem: [16, 16],
    stages: [
      [16, 64, 1, false, false, 3, 3],
      [32, 256, 1, true, false, 3, 3],
      [64, 512, 2, true, true, 5, 3],
      [128, 1024, 1, true, true, 5, 3],
    ],
    affine: true,
  },
  hgnetv2_b1: {
    version: 2,
    stem: [24, 32],
    stages: [
      [32, 64, 1, false, false, 3, 3],
      [48, 256, 1, true, false, 3, 3],
      [96, 512, 2, true, true, 5, 3],
      [192, 1024, 1, true, true, 5, 3],
    ],
    affine: true,
  },
  hgnetv2_b2: {
    version: 2,
    stem: [24, 32],
    stages: [
      [32, 96, 1, false, false, 3, 4],
      [64, 384, 1, true, false, 3, 4],
      [128, 768, 3, true, true, 5, 4],
      [256, 1536, 1, true, true, 5, 4],
    ],
    affine: true,
  },
  hgnetv2_b3: {
    version: 2,
    stem: [24, 32],
    stages: [
      [32, 128, 1, false, false, 3, 5],
      [64, 512, 1, true, false, 3, 5],
      [128, 1024, 3, true, true, 5, 5],
      [256, 2048, 1, true, true, 5, 5],
    ],
    affine: true,
  },
  hgnetv2_b4: {
    version: 2,
    stem: [32, 48],
    stages: [
      [48, 128, 1, false, false, 3, 6],
      [96, 512, 1, true, false, 3, 6],
      [192, 1024, 3, true, true, 5, 6],
      [384, 2048, 1, true, true, 5, 6],
    ],
  },
  hgnetv2_b5: {
    version: 2,
    stem: [32, 64],
    stages: [
      [64, 128, 1, false, false, 3, 6],
      [128, 512, 2, true, false, 3, 6],
      [256, 1024, 5, true, true, 5, 6],
      [512, 2048, 2, true, true, 5, 6],
    ],
  },
  hgnetv2_b6: {
    version: 2,
    stem: [48, 96],
    stages: [
      [96, 192, 2, false, false, 3, 6],
      [192, 512, 3, true, false, 3, 6],
      [384, 1024, 6, true, true, 5, 6],
      [768, 2048, 3, true, true, 5, 6],
    ],
  },
});
