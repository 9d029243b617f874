import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface DenseNetConfiguration {
  readonly layers: readonly number[];
  readonly growth?: number;
  readonly stem?: number;
  /** Three 3×3 convolutions instead of one 7×7. */
  readonly deepStem?: boolean;
}

function densenet(configuration: DenseNetConfiguration, imageSize: number): OperatorGraph {
  const { layers, growth = 32, stem = 64, deepStem = false } = configuration;
  const builder = new NetworkBuilder();
  let x = builder.scope('stem', () => {
    let y = builder.image(imageSize);
    if (deepStem) {
      y = builder.convNormAct(y, stem / 2, 3, { stride: 2 });
      y = builder.convNormAct(y, stem / 2, 3);
      y = builder.convNormAct(y, stem, 3);
    } else y = builder.convNormAct(y, stem, 7, { stride: 2 });
    return builder.pool('maxPool', y, 3, 2, 1);
  });
  for (const [stage, count] of layers.entries()) {
    for (let layer = 0; layer < count; layer++) {
      x = builder.scope(`block${stage + 1}.layer${layer + 1}`, () => {
        const bottleneck = builder.convNormAct(builder.act(builder.norm(x)), 4 * growth, 1);
        return builder.concat([x, builder.conv(bottleneck, growth, 3)]);
      });
    }
    x = builder.act(builder.norm(x));
    if (stage < layers.length - 1) {
      x = builder.scope(`transition${stage + 1}`, () =>
        builder.pool('avgPool', builder.conv(x, Math.floor(builder.channels(x) / 2), 1), 2, 2),
      );
    }
  }
  return builder.classify(x);
}

export const densenets = family<DenseNetConfiguration>(
  'DenseNet',
  'Huang et al., arXiv:1608.06993',
  densenet,
  {
    densenet121: { layers: [6, 12, 24, 16] },
    densenet161: { layers: [6, 12, 36, 24], growth: 48, stem: 96 },
    densenet169: { layers: [6, 12, 32, 32] },
    densenet201: { layers: [6, 12, 48, 32] },
    densenet264d: { layers: [6, 12, 64, 48], growth: 48, stem: 96, deepStem: true },
  },
);
