import type { OperatorGraph } from '../../graph.js';
import { attend, joinHeads, splitHeads } from '../attention.js';
import { NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface CaitConfiguration {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly imageSize?: number;
}

function cait({ width, depth, heads }: CaitConfiguration, imageSize: number): OperatorGraph {
  const builder = new NetworkBuilder('gelu');
  let x = builder.scope('embedding', () => {
    const patches = builder.conv(builder.image(imageSize), width, 16, { stride: 16, padding: 0, bias: true });
    const tokens = builder.tokens(patches);
    return builder.plus(tokens, builder.parameter(builder.shape(tokens), 'positions'));
  });
  const branch = (y: string, added: string) => builder.plus(y, builder.scaleFeatures(added));
  for (let i = 1; i <= depth; i++) {
    x = builder.scope(`block${i}`, () => {
      const y = branch(x, talkingHeads(builder, builder.layerNorm(x), heads));
      return branch(y, builder.mlp(builder.layerNorm(y), 4 * width));
    });
  }
  let token = builder.parameter([1, width], 'token');
  for (let i = 1; i <= 2; i++) {
    token = builder.scope(`class${i}`, () => {
      const all = builder.layerNorm(builder.concat([token, x]));
      const first = builder.add({ kind: 'slice', axis: 0, start: 0, end: 1 }, [all]);
      const [q, k, v] = [first, all, all].map((y) => builder.linear(y, width));
      const y = branch(token, builder.linear(attend(builder, q, k, v, heads), width));
      return branch(y, builder.mlp(builder.layerNorm(y), 4 * width));
    });
  }
  const classToken = builder.add({ kind: 'slice', axis: 0, start: 0, end: 1 }, [
    builder.layerNorm(builder.concat([token, x])),
  ]);
  return builder.finish(builder.linear(builder.add({ kind: 'flatten' }, [classToken]), 1000));
}

/** Attention whose heads are mixed before and after the softmax (Shazeer et al., arXiv:2003.02436). */
function talkingHeads(builder: NetworkBuilder, x: string, heads: number): string {
  const width = builder.shape(x)[1];
  const [q, k, v] = builder.split(builder.linear(x, 3 * width), [width, width, width], 1);
  const mix = (y: string) =>
    builder.transpose(builder.linear(builder.transpose(y, [1, 2, 0]), heads), [2, 0, 1]);
  const scores = builder.add({ kind: 'matmul' }, [
    splitHeads(builder, q, heads),
    splitHeads(builder, k, heads, true),
  ]);
  const weights = mix(builder.add({ kind: 'softmax', axis: 2 }, [mix(scores)]));
  const mixed = builder.add({ kind: 'matmul' }, [weights, splitHeads(builder, v, heads)]);
  return builder.linear(joinHeads(builder, mixed), width);
}

const XXS = { width: 192, heads: 4 };
const S = { width: 384, heads: 8 };

export const caits = family<CaitConfiguration>('CaiT', 'Touvron et al., arXiv:2103.17239', cait, {
  cait_xxs24_224: { ...XXS, depth: 24 },
  cait_xxs24_384: { ...XXS, depth: 24, imageSize: 384 },
  cait_xxs36_224: { ...XXS, depth: 36 },
  cait_xxs36_384: { ...XXS, depth: 36, imageSize: 384 },
  cait_xs24_384: { width: 288, heads: 6, depth: 24, imageSize: 384 },
  cait_s24_224: { ...S, depth: 24 },
  cait_s24_384: { ...S, depth: 24, imageSize: 384 },
  cait_s36_384: { ...S, depth: 36, imageSize: 384 },
  cait_m36_384: { width: 768, heads: 16, depth: 36, imageSize: 384 },
});
