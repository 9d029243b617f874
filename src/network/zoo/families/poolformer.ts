import type { OperatorGraph } from '../../graph.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface PoolFormerConfiguration {
  readonly depths: readonly number[];
  readonly widths: readonly number[];
}

/** Mixes tokens by pooling instead of attention (Yu et al., arXiv:2111.11418). */
function poolformer({ depths, widths }: PoolFormerConfiguration, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder('gelu');
  let x = builder.conv(builder.image(imageSize), widths[0], 7, { stride: 4, padding: 2, bias: true });
  for (const [stage, depth] of depths.entries()) {
    if (stage > 0) x = builder.conv(x, widths[stage], 3, { stride: 2, padding: 1, bias: true });
    for (let i = 1; i <= depth; i++) {
      x = builder.scope(`stage${stage + 1}.block${i}`, () => {
        const branch = (y: string, added: string) => builder.plus(y, builder.scaleChannels(added));
        const normalised = groupNorm(builder, x);
        const mixed = builder.add({ kind: 'subtract' }, [
          builder.pool('avgPool', normalised, 3, 1, 1),
          normalised,
        ]);
        const y = branch(x, mixed);
        const hidden = builder.act(builder.conv(groupNorm(builder, y), 4 * widths[stage], 1, { bias: true }));
        return branch(y, builder.conv(hidden, widths[stage], 1, { bias: true }));
      });
    }
  }
  return builder.scope('head', () => {
    const pooled = builder.meanFeatures(x);
    return builder.finish(builder.linear(builder.layerNorm(pooled), 1000));
  });
}

const groupNorm = (builder: NetworkBuilder, x: string) => builder.add({ kind: 'groupNorm', groups: 1 }, [x]);

const NARROW = [64, 128, 320, 512];
const WIDE = [96, 192, 384, 768];

export const poolformers = family<PoolFormerConfiguration>(
  'PoolFormer',
  'Yu et al., arXiv:2111.11418',
  poolformer,
  {
    poolformer_s12: { depths: [2, 2, 6, 2], widths: NARROW },
    poolformer_s24: { depths: [4, 4, 12, 4], widths: NARROW },
    poolformer_s36: { depths: [6, 6, 18, 6], widths: NARROW },
    poolformer_m36: { depths: [6, 6, 18, 6], widths: WIDE },
    poolformer_m48: { depths: [8, 8, 24, 8], widths: WIDE },
  },
);
