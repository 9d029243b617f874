import type { OperatorGraph } from '../../graph.js';
import { selfAttention } from '../attention.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface PitConfiguration {
  readonly patch: number;
  readonly stride: number;
  readonly headWidths: readonly [number, number, number];
  readonly depths: readonly [number, number, number];
  readonly heads: readonly [number, number, number];
  readonly distilled?: boolean;
}

function pit(configuration: PitConfiguration, imageSize: number): OperatorGraph {
  const { patch, stride, headWidths, depths, heads, distilled = false } = configuration;
  const builder = new NetworkBuilder('gelu');
  const count = distilled ? 2 : 1;
  const widths = heads.map((number, i) => number * headWidths[i]);
  let map = builder.conv(builder.image(imageSize), widths[0], patch, { stride, padding: 0, bias: true });
  map = builder.plus(map, builder.parameter(builder.shape(map), 'positions'));
  let tokens = builder.parameter([count, widths[0]], 'tokens');
  for (const [stage, depth] of depths.entries()) {
    if (stage > 0) {
      // The map is halved and each channel doubled; the class tokens are widened separately.
      const channels = builder.channels(map);
      map = builder.conv(map, widths[stage], 3, { stride: 2, groups: channels, bias: true });
      tokens = builder.linear(tokens, widths[stage]);
    }
    const [channels, height, width] = builder.shape(map);
    let x = builder.concat([tokens, builder.tokens(map)]);
    for (let i = 1; i <= depth; i++) {
      x = builder.scope(`stage${stage + 1}.block${i}`, () => {
        const y = builder.plus(x, selfAttention(builder, builder.layerNorm(x), { heads: heads[stage] }));
        return builder.plus(y, builder.mlp(builder.layerNorm(y), 4 * channels));
      });
    }
    if (stage === depths.length - 1) {
      tokens = builder.add({ kind: 'slice', axis: 0, start: 0, end: count }, [x]);
    } else {
      const [first, rest] = builder.split(x, [count, height * width]);
      tokens = first;
      map = builder.untokens(rest, height, width);
    }
  }
  return classify(builder, tokens, count);
}

function classify(builder: NetworkBuilder, tokens: string, count: number): OperatorGraph {
  const normalised = builder.layerNorm(tokens);
  const scores = Array.from({ length: count }, (_, i) =>
    builder.linear(
      builder.add({ kind: 'flatten' }, [
        builder.add({ kind: 'slice', axis: 0, start: i, end: i + 1 }, [normalised]),
      ]),
      1000,
    ),
  );
  return builder.finish(count === 1 ? scores[0] : builder.plus(...scores));
}

const B: PitConfiguration = {
  patch: 14,
  stride: 7,
  headWidths: [64, 64, 64],
  depths: [3, 6, 4],
  heads: [4, 8, 16],
};
const S: PitConfiguration = {
  patch: 16,
  stride: 8,
  headWidths: [48, 48, 48],
  depths: [2, 6, 4],
  heads: [3, 6, 12],
};
const XS: PitConfiguration = { ...S, heads: [2, 4, 8] };
const TI: PitConfiguration = { ...XS, headWidths: [32, 32, 32] };

export const pits = family<PitConfiguration>('PiT', 'Heo et al., arXiv:2103.16302', pit, {
  pit_b_224: B,
  pit_s_224: S,
  pit_xs_224: XS,
  pit_ti_224: TI,
  pit_b_distilled_224: { ...B, distilled: true },
  pit_s_distilled_224: { ...S, distilled: true },
  pit_xs_distilled_224: { ...XS, distilled: true },
  pit_ti_distilled_224: { ...TI, distilled: true },
});
