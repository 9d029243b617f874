import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface VggConfiguration {
  /** Number of 3×3 convolutions per stage; each stage ends with max-pooling. */
  readonly layers: readonly number[];
  readonly norm: boolean;
}

const CHANNELS = [64, 128, 256, 512, 512];

/** The fully connected layers are convolutions, the first 7×7 without padding, so that other image sizes work. */
function vgg({ layers, norm }: VggConfiguration, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder();
  const options = { bias: true, norm: norm ? 'batchNorm' : 'none' } as const;
  let x = builder.image(imageSize);
  for (const [stage, count] of layers.entries()) {
    x = builder.scope(`stage${stage + 1}`, () => {
      let y = x;
      for (let i = 0; i < count; i++) y = builder.convNormAct(y, CHANNELS[stage], 3, options);
      return builder.pool('maxPool', y, 2, 2);
    });
  }
  x = builder.convNormAct(x, 4096, 7, { bias: true, norm: 'none', padding: 0 });
  x = builder.convNormAct(x, 4096, 1, { bias: true, norm: 'none' });
  return builder.classify(x);
}

const [V11, V13, V16, V19] = [
  [1, 1, 2, 2, 2],
  [2, 2, 2, 2, 2],
  [2, 2, 3, 3, 3],
  [2, 2, 4, 4, 4],
];

export const vggs = family<VggConfiguration>('VGG', 'Simonyan & Zisserman, arXiv:1409.1556', vgg, {
  vgg11: { layers: V11, norm: false },
  vgg11_bn: { layers: V11, norm: true },
  vgg13: { layers: V13, norm: false },
  vgg13_bn: { layers: V13, norm: true },
  vgg16: { layers: V16, norm: false },
  vgg16_bn: { layers: V16, norm: true },
  vgg19: { layers: V19, norm: false },
  vgg19_bn: { layers: V19, norm: true },
});
