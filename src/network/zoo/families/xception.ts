import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

/** The separable convolutions of a block: their channels, and the stride of the last one. */
interface Block {
  readonly channels: readonly [number, number, number];
  readonly stride?: number;
  /** Whether the block has no shortcut, and its activations come after the convolutions, not before. */
  readonly exit?: boolean;
}

interface XceptionConfiguration {
  readonly blocks: readonly Block[];
  readonly imageSize: number;
}

const middle = (count: number): Block[] =>
  Array.from({ length: count }, () => ({ channels: [728, 728, 728] }));
const EXIT: readonly Block[] = [
  { channels: [728, 1024, 1024], stride: 2 },
  { channels: [1536, 1536, 2048], exit: true },
];
const three = (channels: number): readonly [number, number, number] => [channels, channels, channels];

/** The modified aligned Xception of DeepLab v3+ (Chen et al., arXiv:1802.02611, figure 4). */
function xception({ blocks }: XceptionConfiguration, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder('relu');
  let x = builder.convNormAct(builder.image(imageSize), 32, 3, { stride: 2 });
  x = builder.convNormAct(x, 64, 3);
  for (const [i, { channels, stride = 1, exit = false }] of blocks.entries()) {
    x = builder.scope(`block${i + 1}`, () => {
      const out = channels[2];
      let y = x;
      for (const [j, width] of channels.entries()) {
        if (!exit) y = builder.act(y);
        const activation = exit ? 'relu' : 'none';
        y = builder.depthwise(y, 3, { stride: j === 2 ? stride : 1, activation });
        y = builder.convNormAct(y, width, 1, { activation });
      }
      if (exit) return y;
      const changes = stride !== 1 || builder.channels(x) !== out;
      return builder.plus(y, changes ? builder.convNorm(x, out, 1, { stride }) : x);
    });
  }
  return builder.classify(x);
}

const ENTRY: readonly Block[] = [
  { channels: three(128), stride: 2 },
  { channels: three(256), stride: 2 },
  { channels: three(728), stride: 2 },
];

export const xceptions = family<XceptionConfiguration>(
  'Xception',
  'arXiv:1610.02357; arXiv:1802.02611',
  xception,
  {
    xception41: { blocks: [...ENTRY, ...middle(8), ...EXIT], imageSize: 299 },
    xception65: { blocks: [...ENTRY, ...middle(16), ...EXIT], imageSize: 299 },
    xception71: {
      blocks: [
        { channels: three(128), stride: 2 },
        { channels: three(256) },
        { channels: three(256), stride: 2 },
        { channels: three(728) },
        { channels: three(728), stride: 2 },
        ...middle(16),
        ...EXIT,
      ],
      imageSize: 299,
    },
  },
);
