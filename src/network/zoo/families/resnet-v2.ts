import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface ResNetV2Configuration {
  readonly layers: readonly number[];
  /** Three 3×3 convolutions in the stem, and averaging shortcuts. */
  readonly d?: boolean;
  readonly stem?: readonly number[];
}

/** Normalisation and activation come before the convolutions (He et al., arXiv:1603.05027). */
function resnetV2(
  { layers, d = false, stem = [32, 32, 64] }: ResNetV2Configuration,
  imageSize: number,
): OperatorGraph {
  const builder = new NetworkBuilder('relu');
  let x = builder.scope('stem', () => {
    const image = builder.image(imageSize);
    let y: string;
    if (d) {
      y = builder.convNormAct(image, stem[0], 3, { stride: 2 });
      y = builder.conv(builder.convNormAct(y, stem[1], 3), stem[2], 3);
    } else y = builder.conv(image, 64, 7, { stride: 2 });
    return builder.pool('maxPool', y, 3, 2, 1);
  });
  for (const [stage, blocks] of layers.entries()) {
    const out = 256 * 2 ** stage;
    for (let block = 0; block < blocks; block++) {
      x = builder.scope(`stage${stage + 1}.block${block + 1}`, () => {
        const stride = stage > 0 && block === 0 ? 2 : 1;
        const activated = builder.act(builder.norm(x));
        let shortcut = x;
        if (block === 0) {
          const averaged =
            d && stride > 1 ? builder.pool('avgPool', activated, 2, stride, 0, true) : activated;
          shortcut = builder.conv(averaged, out, 1, { stride: d ? 1 : stride });
        }
        let y = builder.conv(activated, out / 4, 1);
        y = builder.conv(builder.act(builder.norm(y)), out / 4, 3, { stride });
        y = builder.conv(builder.act(builder.norm(y)), out, 1);
        return builder.plus(y, shortcut);
      });
    }
  }
  return builder.classify(builder.act(builder.norm(x)));
}

export const resnetV2s = family<ResNetV2Configuration>('ResNet V2', 'He et al., arXiv:1603.05027', resnetV2, {
  resnetv2_50: { layers: [3, 4, 6, 3] },
  resnetv2_50d: { layers: [3, 4, 6, 3], d: true },
  resnetv2_50t: { layers: [3, 4, 6, 3], d: true, stem: [24, 32, 64] },
  resnetv2_101: { layers: [3, 4, 23, 3] },
  resnetv2_101d: { layers: [3, 4, 23, 3], d: true },
  resnetv2_152: { layers: [3, 8, 36, 3] },
  resnetv2_152d: { layers: [3, 8, 36, 3], d: true },
});
