import type { OperatorGraph } from '../../graph.js';
import { attend } from '../attention.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface PvtConfiguration {
  readonly depths: readonly number[];
  readonly widths: readonly number[];
  readonly mlpRatios?: readonly number[];
}

const HEADS = [1, 2, 5, 8];
const REDUCTION = [8, 4, 2, 1];

function pvt(configuration: PvtConfiguration, imageSize: number): OperatorGraph {
  const { depths, widths, mlpRatios = [8, 8, 4, 4] } = configuration;
  const builder = new NetworkBuilder('gelu');
  let map = builder.image(imageSize);
  for (const [stage, depth] of depths.entries()) {
    map = builder.scope(`stage${stage + 1}`, () => {
      const [kernel, stride] = stage === 0 ? [7, 4] : [3, 2];
      const embedded = builder.conv(map, widths[stage], kernel, { stride, bias: true });
      const [, height, width] = builder.shape(embedded);
      let x = builder.layerNorm(builder.tokens(embedded));
      for (let i = 1; i <= depth; i++) {
        x = builder.scope(`block${i}`, () => {
          const y = builder.plus(x, attention(builder, builder.layerNorm(x), stage, height, width));
          const hidden = builder.linear(builder.layerNorm(y), mlpRatios[stage] * widths[stage]);
          const image = builder.untokens(hidden, height, width);
          const channels = builder.channels(image);
          const mixed = builder.tokens(builder.conv(image, channels, 3, { groups: channels, bias: true }));
          return builder.plus(y, builder.linear(builder.act(mixed), widths[stage]));
        });
      }
      return builder.untokens(builder.layerNorm(x), height, width);
    });
  }
  return builder.classify(map);
}

/** Attention whose keys and values come from a smaller image (Wang et al., arXiv:2106.13797). */
function attention(builder: NetworkBuilder, x: string, stage: number, height: number, width: number): string {
  const features = builder.shape(x)[1];
  const q = builder.linear(x, features);
  let source = x;
  if (REDUCTION[stage] > 1) {
    const image = builder.untokens(x, height, width);
    const side = REDUCTION[stage];
    source = builder.layerNorm(
      builder.tokens(builder.conv(image, features, side, { stride: side, padding: 0, bias: true })),
    );
  }
  const [k, v] = builder.split(builder.linear(source, 2 * features), [features, features], 1);
  return builder.linear(attend(builder, q, k, v, HEADS[stage]), features);
}

const WIDE = [64, 128, 320, 512];

export const pvts = family<PvtConfiguration>('PVT v2', 'Wang et al., arXiv:2106.13797', pvt, {
  pvt_v2_b0: { depths: [2, 2, 2, 2], widths: [32, 64, 160, 256] },
  pvt_v2_b1: { depths: [2, 2, 2, 2], widths: WIDE },
  pvt_v2_b2: { depths: [3, 4, 6, 3], widths: WIDE },
  pvt_v2_b3: { depths: [3, 4, 18, 3], widths: WIDE },
  pvt_v2_b4: { depths: [3, 8, 27, 3], widths: WIDE },
  pvt_v2_b5: { depths: [3, 6, 40, 3], widths: WIDE, mlpRatios: [4, 4, 4, 4] },
});
