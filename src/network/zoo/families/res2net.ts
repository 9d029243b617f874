import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';
import { shortcut } from './resnet.js';

interface Res2NetConfiguration {
  readonly layers: readonly number[];
  readonly groupWidth: number;
  readonly scale: number;
  readonly groups?: number;
  readonly deepStem?: boolean;
}

function res2net(configuration: Res2NetConfiguration, imageSize: number): OperatorGraph {
  const { layers, groupWidth, scale, groups = 1, deepStem = false } = configuration;
  const builder = new NetworkBuilder('relu');
  let x = builder.scope('stem', () => {
    let y = builder.image(imageSize);
    if (deepStem) {
      y = builder.convNormAct(y, 32, 3, { stride: 2 });
      y = builder.convNormAct(builder.convNormAct(y, 32, 3), 64, 3);
    } else y = builder.convNormAct(y, 64, 7, { stride: 2 });
    return builder.pool('maxPool', y, 3, 2, 1);
  });
  for (const [stage, blocks] of layers.entries()) {
    const planes = 64 * 2 ** stage;
    const width = Math.floor(planes * (groupWidth / 64)) * groups;
    for (let block = 0; block < blocks; block++) {
      x = builder.scope(`stage${stage + 1}.block${block + 1}`, () => {
        const stride = stage > 0 && block === 0 ? 2 : 1;
        const isFirst = block === 0;
        let y = builder.convNormAct(x, width * scale, 1);
        y = multiScale(builder, y, width, scale, groups, stride, isFirst);
        y = builder.convNorm(y, 4 * planes, 1);
        return builder.act(builder.plus(y, shortcut(builder, x, 4 * planes, stride, deepStem)));
      });
    }
  }
  return builder.classify(x);
}

/**
 * 3×3 convolutions on parts of the channels. Each also reads the result of the one before (Gao et al.,
 * arXiv:1904.01169, figure 2), except in a stage's first block.
 */
export function multiScale(
  builder: NetworkBuilder,
  x: string,
  width: number,
  scale: number,
  groups: number,
  stride: number,
  isFirst: boolean,
): string {
  const parts = builder.split(x, Array(scale).fill(width));
  const outputs: string[] = [];
  for (let i = 0; i < scale - 1; i++) {
    const input = i === 0 || isFirst ? parts[i] : builder.plus(outputs[i - 1], parts[i]);
    outputs.push(builder.convNormAct(input, width, 3, { stride, groups }));
  }
  const last = parts[scale - 1];
  outputs.push(isFirst ? builder.pool('avgPool', last, 3, stride, 1) : last);
  return builder.concat(outputs);
}

const R50 = [3, 4, 6, 3];
const R101 = [3, 4, 23, 3];

export const res2nets = family<Res2NetConfiguration>('Res2Net', 'Gao et al., arXiv:1904.01169', res2net, {
  res2net50_26w_4s: { layers: R50, groupWidth: 26, scale: 4 },
  res2net50_26w_6s: { layers: R50, groupWidth: 26, scale: 6 },
  res2net50_26w_8s: { layers: R50, groupWidth: 26, scale: 8 },
  res2net50_48w_2s: { layers: R50, groupWidth: 48, scale: 2 },
  res2net50_14w_8s: { layers: R50, groupWidth: 14, scale: 8 },
  res2net50d: { layers: R50, groupWidth: 26, scale: 4, deepStem: true },
  res2net101_26w_4s: { layers: R101, groupWidth: 26, scale: 4 },
  res2net101d: { layers: R101, groupWidth: 26, scale: 4, deepStem: true },
  res2next50: { layers: R50, groupWidth: 4, scale: 4, groups: 8 },
});
