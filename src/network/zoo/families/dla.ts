import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';
import { multiScale } from './res2net.js';

interface DlaConfiguration {
  /** Number of convolutions in the first two levels, and depth of the trees in the other four. */
  readonly levels: readonly number[];
  /** Channels by level. */
  readonly channels: readonly number[];
  readonly block?: 'basic' | 'bottleneck' | 'res2net';
  readonly groups?: number;
  readonly groupWidth?: number;
  /** Whether the aggregation is added to its first input. */
  readonly rootShortcut?: boolean;
}

function dla(configuration: DlaConfiguration, imageSize: number): OperatorGraph {
  const { levels, channels } = configuration;
  const builder = new NetworkBuilder('relu');
  let x = builder.convNormAct(builder.image(imageSize), channels[0], 7);
  for (let level = 0; level < 2; level++) {
    for (let i = 0; i < levels[level]; i++)
      x = builder.convNormAct(x, channels[level], 3, { stride: level === 1 && i === 0 ? 2 : 1 });
  }
  for (let level = 2; level < 6; level++) {
    x = builder.scope(`level${level}`, () =>
      tree(builder, x, configuration, levels[level], channels[level], 2, level > 2, []),
    );
  }
  return builder.classify(x);
}

/** Hierarchical aggregation (Yu et al., arXiv:1707.06484, figure 3): the last root aggregates `children` too. */
function tree(
  builder: NetworkBuilder,
  x: string,
  configuration: DlaConfiguration,
  depth: number,
  channels: number,
  stride: number,
  aggregatesInput: boolean,
  children: readonly string[],
): string {
  const bottom =
    stride > 1 && (depth === 1 || aggregatesInput) ? builder.pool('maxPool', x, stride, stride) : x;
  const inputs = aggregatesInput ? [...children, bottom] : children;
  if (depth > 1) {
    const first = builder.scope('tree1', () =>
      tree(builder, x, configuration, depth - 1, channels, stride, false, []),
    );
    return builder.scope('tree2', () =>
      tree(builder, first, configuration, depth - 1, channels, 1, false, [...inputs, first]),
    );
  }
  const shortcut = builder.channels(bottom) === channels ? bottom : builder.convNorm(bottom, channels, 1);
  const first = builder.scope('block1', () => block(builder, x, shortcut, configuration, channels, stride));
  const second = builder.scope('block2', () => block(builder, first, first, configuration, channels, 1));
  const root = builder.convNorm(builder.concat([second, first, ...inputs]), channels, 1);
  return builder.act(configuration.rootShortcut ? builder.plus(root, second) : root);
}

function block(
  builder: NetworkBuilder,
  x: string,
  shortcut: string,
  { block = 'bottleneck', groups = 1, groupWidth = 64 }: DlaConfiguration,
  channels: number,
  stride: number,
): string {
  const width = Math.trunc((Math.floor(channels * (groupWidth / 64)) * groups) / 2);
  let y: string;
  if (block === 'basic') {
    y = builder.convNorm(builder.convNormAct(x, channels, 3, { stride }), channels, 3);
  } else if (block === 'bottleneck') {
    y = builder.convNormAct(builder.convNormAct(x, width, 1), width, 3, { stride, groups });
    y = builder.convNorm(y, channels, 1);
  } else {
    y = multiScale(builder, builder.convNormAct(x, width * 4, 1), width, 4, groups, stride, stride > 1);
    y = builder.convNorm(y, channels, 1);
  }
  return builder.act(builder.plus(y, shortcut));
}

const WIDE = [16, 32, 128, 256, 512, 1024];
const COMPACT = [16, 32, 64, 64, 128, 256];
const X = { groups: 32, groupWidth: 4 };

export const dlas = family<DlaConfiguration>('DLA', 'Yu et al., arXiv:1707.06484', dla, {
  dla34: { levels: [1, 1, 1, 2, 2, 1], channels: [16, 32, 64, 128, 256, 512], block: 'basic' },
  dla46_c: { levels: [1, 1, 1, 2, 2, 1], channels: COMPACT },
  dla46x_c: { levels: [1, 1, 1, 2, 2, 1], channels: COMPACT, ...X },
  dla60: { levels: [1, 1, 1, 2, 3, 1], channels: WIDE },
  dla60x: { levels: [1, 1, 1, 2, 3, 1], channels: WIDE, ...X },
  dla60x_c: { levels: [1, 1, 1, 2, 3, 1], channels: COMPACT, ...X },
  dla60_res2net: { levels: [1, 1, 1, 2, 3, 1], channels: WIDE, block: 'res2net', groupWidth: 28 },
  dla60_res2next: { levels: [1, 1, 1, 2, 3, 1], channels: WIDE, block: 'res2net', groups: 8, groupWidth: 4 },
  dla102: { levels: [1, 1, 1, 3, 4, 1], channels: WIDE, rootShortcut: true },
  dla102x: { levels: [1, 1, 1, 3, 4, 1], channels: WIDE, ...X, rootShortcut: true },
  dla102x2: { levels: [1, 1, 1, 3, 4, 1], channels: WIDE, groups: 64, groupWidth: 4, rootShortcut: true },
  dla169: { levels: [1, 1, 2, 3, 5, 1], channels: WIDE, rootShortcut: true },
});
