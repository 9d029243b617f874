import type { OperatorGraph } from '../../graph.js';
import { makeDivisible, roundHalfEven } from '../channel-rounding.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface RexNetConfiguration {
  readonly width: number;
  /** Channels are rounded to multiples of this. */
  readonly divisor?: number;
}

const LAYERS = [1, 2, 2, 3, 3, 5];
const STRIDES = [1, 2, 2, 2, 1, 2];
const FIRST = 16;
const LAST = 180;

/** Channels grow by the same number from block to block (Han et al., arXiv:2007.00992). */
function rexnet({ width, divisor = 1 }: RexNetConfiguration, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder('swish');
  const rounded = (channels: number) => makeDivisible(roundHalfEven(channels), divisor);
  const stem = makeDivisible(roundHalfEven((width < 1 ? 32 / width : 32) * width), divisor);
  let x = builder.scope('stem', () => builder.convNormAct(builder.image(imageSize), stem, 3, { stride: 2 }));
  const blocks = LAYERS.flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => ({ stage, stride: i === 0 ? STRIDES[stage] : 1 })),
  );
  let channels = width < 1 ? FIRST / width : FIRST;
  for (const [i, { stage, stride }] of blocks.entries()) {
    const out = rounded(channels * width);
    x = builder.scope(`block${i + 1}`, () => {
      const entering = builder.channels(x);
      let y = i === 0 ? x : builder.convNormAct(x, makeDivisible(roundHalfEven(entering * 6), divisor), 1);
      y = builder.depthwise(y, 3, { stride, activation: 'none' });
      if (stage >= 2) y = squeezeExcite(builder, y, Math.trunc(builder.channels(y) / 12), divisor);
      y = builder.convNorm(builder.act(y, 'relu6'), out, 1);
      if (stride > 1 || entering > out) return y;
      if (entering === out) return builder.plus(y, x);
      const [shared, rest] = builder.split(y, [entering, out - entering]);
      return builder.concat([builder.plus(shared, x), rest]);
    });
    channels += LAST / blocks.length;
  }
  return builder.classify(builder.convNormAct(x, makeDivisible(1280 * width, divisor), 1));
}

function squeezeExcite(builder: NetworkBuilder, x: string, reduced: number, divisor: number): string {
  const inner = makeDivisible(reduced, divisor);
  const squeezed = builder.convNormAct(builder.globalAvgPool(x), inner, 1, {
    bias: true,
    activation: 'relu',
  });
  const gate = builder.conv(squeezed, builder.channels(x), 1, { bias: true });
  return builder.times(x, builder.act(gate, 'sigmoid'));
}

export const rexnets = family<RexNetConfiguration>('ReXNet', 'Han et al., arXiv:2007.00992', rexnet, {
  rexnet_100: { width: 1 },
  rexnet_130: { width: 1.3 },
  rexnet_150: { width: 1.5 },
  rexnet_200: { width: 2 },
  rexnet_300: { width: 3 },
});
