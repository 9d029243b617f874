import type { NetworkBuilder } from './network-builder.js';

export interface AttentionOptions {
  readonly heads: number;
  /** Features of one head's queries and keys; by default the width divided by the number of heads. */
  readonly headWidth?: number;
  readonly qkvBias?: boolean;
  /** A tensor to be added to the scores `[…, heads, queries, keys]`. */
  readonly scoreBias?: string;
}

/**
 * Multi-head self-attention (Vaswani et al., arXiv:1706.03762) with its projection, over the last two
 * dimensions of `[…, tokens, features]`. The division by √width is included in the weights.
 */
export function selfAttention(builder: NetworkBuilder, x: string, options: AttentionOptions): string {
  const width = builder.shape(x).at(-1) as number;
  const { heads, headWidth = width / heads, qkvBias = true, scoreBias } = options;
  const inner = heads * headWidth;
  return builder.scope('attention', () => {
    const qkv = builder.linear(x, 3 * inner, qkvBias);
    const [q, k, v] = builder.split(qkv, [inner, inner, inner], builder.shape(qkv).length - 1);
    const attended = attend(builder, q, k, v, heads, scoreBias);
    return builder.linear(attended, width);
  });
}

/** softmax(queries · keys) · values; all three and the result are `[…, tokens, features]`. */
export function attend(
  builder: NetworkBuilder,
  queries: string,
  keys: string,
  values: string,
  heads: number,
  scoreBias?: string,
): string {
  const q = splitHeads(builder, queries, heads);
  const k = splitHeads(builder, keys, heads, true);
  let scores = builder.add({ kind: 'matmul' }, [q, k], 'scores');
  if (scoreBias !== undefined) scores = builder.plus(scores, scoreBias);
  const weights = builder.add({ kind: 'softmax', axis: builder.shape(scores).length - 1 }, [scores]);
  const mixed = builder.add({ kind: 'matmul' }, [weights, splitHeads(builder, values, heads)], 'mixed');
  return joinHeads(builder, mixed);
}

/** `[…, tokens, features]` → `[…, heads, tokens, features / heads]`, with the last two swapped if `transposed`. */
export function splitHeads(builder: NetworkBuilder, x: string, heads: number, transposed = false): string {
  const shape = builder.shape(x);
  const leading = shape.slice(0, -2);
  const [tokens, features] = shape.slice(-2);
  const split = builder.reshape(x, [...leading, tokens, heads, features / heads]);
  const at = leading.length;
  const order = transposed ? [at + 1, at + 2, at] : [at + 1, at, at + 2];
  return builder.transpose(split, [...leading.keys(), ...order]);
}

/** `[…, heads, tokens, features]` → `[…, tokens, heads · features]`. */
export function joinHeads(builder: NetworkBuilder, x: string): string {
  const shape = builder.shape(x);
  const leading = shape.slice(0, -3);
  const [heads, tokens, features] = shape.slice(-3);
  const at = leading.length;
  const swapped = builder.transpose(x, [...leading.keys(), at + 1, at, at + 2]);
  return builder.reshape(swapped, [...leading, tokens, heads * features]);
}

/**
 * A learned bias `[heads, tokens, tokens]` that depends on the offset between two tokens in a `side` × `side`
 * window.
 */
export function relativePositionBias(builder: NetworkBuilder, heads: number, side: number): string {
  const tokens = side * side;
  return builder.parameter([heads, tokens, tokens], 'position_bias', (2 * side - 1) ** 2 * heads);
}
