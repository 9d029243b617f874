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
  /** A learned scale and shift behind each activation. */
  readonly affine?: boolean;
}

function hgnet(configuration: HgNetConfiguration, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder('relu');
  const unit = (x: string, channels: number, kernel: number, stride = 1, padding?: number) => {
    const y = builder.convNormAct(x, channels, kernel, { stride, padding });
    return configuration.affine ? affine(builder, y) : y;
  };
  const { stem } = configuration;
  let x = builder.scope('stem', () => {
    if (configuration.version === 1) {
      const y = stem.reduce(
        (z, channels, i) => unit(z, channels, 3, i === 0 ? 2 : 1),
        builder.image(imageSize),
      );
      return builder.pool('maxPool', y, 3, 2, 1);
    }
    const padded = (y: string) => builder.add({ kind: 'pad', padding: [0, 0, 1, 1] }, [y]);
    const y = padded(unit(builder.image(imageSize), stem[0], 3, 2));
    const convolved = unit(padded(unit(y, stem[0] / 2, 2, 1, 0)), stem[0], 2, 1, 0);
    const joined = builder.concat([builder.pool('maxPool', y, 2, 1, 0, true), convolved]);
    return unit(unit(joined, stem[0], 3, 2), stem[1], 1);
  });
  for (const [
    i,
    [width, channels, blocks, downsample, light, kernel, layers],
  ] of configuration.stages.entries()) {
    if (downsample) x = builder.depthwise(x, 3, { stride: 2, activation: 'none' });
    for (let block = 0; block < blocks; block++) {
      x = builder.scope(`stage${i + 1}.block${block + 1}`, () => {
        const outputs = [x];
        for (let layer = 0; layer < layers; layer++) {
          const input = outputs[layer];
          if (light) {
            const spatial = builder.depthwise(builder.convNorm(input, width, 1), kernel);
            outputs.push(configuration.affine ? affine(builder, spatial) : spatial);
          } else outputs.push(unit(input, width, kernel));
        }
        let y = builder.concat(outputs);
        if (configuration.version === 1) {
          y = unit(y, channels, 1);
          const gate = builder.conv(builder.globalAvgPool(y), channels, 1, { bias: true });
          y = builder.times(y, builder.act(gate, 'sigmoid'));
        } else y = unit(unit(y, channels / 2, 1), channels, 1);
        return block > 0 ? builder.plus(y, x) : y;
      });
    }
  }
  return builder.scope('head', () => {
    let y = builder.act(builder.conv(builder.globalAvgPool(x), 2048, 1));
    if (configuration.affine) y = affine(builder, y);
    return builder.finish(builder.linear(builder.add({ kind: 'flatten' }, [y]), 1000));
  });
}

function affine(builder: NetworkBuilder, x: string): string {
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
