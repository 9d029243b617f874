import type { OperatorGraph } from '../../graph.js';
import { makeDivisible } from '../channel-rounding.js';
import { type ActivationKind, NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

type Row = readonly [kernel: number, expanded: number, channels: number, squeeze: number, stride: number];

const ROWS: readonly Row[] = [
  [3, 16, 16, 0, 1],
  [3, 48, 24, 0, 2],
  [3, 72, 24, 0, 1],
  [5, 72, 40, 0.25, 2],
  [5, 120, 40, 0.25, 1],
  [3, 240, 80, 0, 2],
  [3, 200, 80, 0, 1],
  [3, 184, 80, 0, 1],
  [3, 184, 80, 0, 1],
  [3, 480, 112, 0.25, 1],
  [3, 672, 112, 0.25, 1],
  [5, 672, 160, 0.25, 2],
  [5, 960, 160, 0, 1],
  [5, 960, 160, 0.25, 1],
  [5, 960, 160, 0, 1],
  [5, 960, 160, 0.25, 1],
];

function ghostnet({ width }: { readonly width: number }, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder('relu');
  const scaled = (channels: number) => makeDivisible(channels * width, 4);
  let x = builder.scope('stem', () =>
    builder.convNormAct(builder.image(imageSize), scaled(16), 3, { stride: 2 }),
  );
  for (const [i, [kernel, expanded, channels, squeeze, stride]] of ROWS.entries()) {
    x = builder.scope(`block${i + 1}`, () => {
      let y = ghost(builder, x, scaled(expanded), 'relu');
      if (stride > 1) y = builder.depthwise(y, kernel, { stride, activation: 'none' });
      if (squeeze > 0)
        y = builder.squeezeExcite(y, makeDivisible(builder.channels(y) * squeeze, 4), {
          gate: 'hardSigmoid',
        });
      y = ghost(builder, y, scaled(channels), 'none');
      if (stride === 1 && builder.channels(x) === scaled(channels)) return builder.plus(y, x);
      const shortcut = builder.depthwise(x, kernel, { stride, activation: 'none' });
      return builder.plus(y, builder.convNorm(shortcut, scaled(channels), 1));
    });
  }
  x = builder.convNormAct(x, scaled(960), 1);
  return builder.scope('head', () => {
    const pooled = builder.act(builder.conv(builder.globalAvgPool(x), 1280, 1, { bias: true }));
    return builder.finish(builder.linear(builder.add({ kind: 'flatten' }, [pooled]), 1000));
  });
}

/** Half of the channels come from a 1×1 convolution, the other half from a depth-wise convolution of these. */
function ghost(
  builder: NetworkBuilder,
  x: string,
  channels: number,
  activation: ActivationKind | 'none',
): string {
  const primary = builder.convNormAct(x, Math.ceil(channels / 2), 1, { activation });
  return builder.concat([primary, builder.depthwise(primary, 3, { activation })]);
}

export const ghostnets = family<{ readonly width: number }>(
  'GhostNet',
  'Han et al., arXiv:1911.11907',
  ghostnet,
  {
    ghostnet_050: { width: 0.5 },
    ghostnet_100: { width: 1 },
    ghostnet_130: { width: 1.3 },
  },
);
