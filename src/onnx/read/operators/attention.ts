import { elements } from '../../../base/elements.js';
import type { NodeFacts } from './node-facts.js';
import type { OperatorRow, OperatorRows } from './operator-row.js';

/** The sizes of both products of attention: of queries with keys, and of the resulting weights with values. */
interface Products {
  /** Over all sequences. */
  readonly queries: number;
  /** Per query: keys of the same sequence, including cached ones. */
  readonly keys: number;
  /** Features of a query or key, over all heads. */
  readonly features: number;
  /** Features of a value, over all heads. */
  readonly valueFeatures: number;
}

const products = ({ queries, keys, features, valueFeatures }: Products): number =>
  queries * keys * (features + valueFeatures);

/** Cached steps, from an input `[batch, heads, steps, features]`; 0 if there are none. */
const kept = (node: NodeFacts, input: number): number => node.shape(input).at(-2) ?? 0;

/** ONNX's own operator, for `[batch, heads, tokens, features]` or with heads and features in one dimension. */
const standard: OperatorRow = {
  macs: (node) => {
    const query = node.shape(0);
    const heads = query.length === 4 ? query[1] : node.int('q_num_heads', 1);
    const keyHeads = query.length === 4 ? node.shape(1)[1] : node.int('kv_num_heads', heads);
    const ofHead = (shape: readonly number[], own: number) =>
      shape.length === 4 ? shape[3] : (shape.at(-1) ?? 0) / own;
    return products({
      queries: query[0] * (query.at(-2) ?? 1),
      keys: (node.shape(1).at(-2) ?? 1) + kept(node, 4),
      features: heads * ofHead(query, heads),
      valueFeatures: heads * ofHead(node.shape(2), keyHeads),
    });
  },
  misfit: (node) => {
    const [query, key, value] = [node.shape(0), node.shape(1), node.shape(2)];
    if (query[0] !== key[0] || query[0] !== value[0])
      return `its queries, keys and values are of ${query[0]}, ${key[0]} and ${value[0]} sequences`;
    if (key.at(-2) !== value.at(-2)) return `it has ${key.at(-2)} keys and ${value.at(-2)} values`;
    const isSplit = query.length === 4;
    const heads = isSplit ? query[1] : node.int('q_num_heads', 0);
    const keyHeads = isSplit ? key[1] : node.int('kv_num_heads', 0);
    if (!(heads >= 1 && keyHeads >= 1) || heads % keyHeads !== 0)
      return `its ${heads} heads of queries are no multiple of its ${keyHeads} heads of keys`;
    const [queryFeatures, keyFeatures, valueFeatures] = isSplit
      ? [query[3], key[3], value[3]]
      : [query[2] / heads, key[2] / keyHeads, value[2] / keyHeads];
    if (queryFeatures !== keyFeatures)
      return `its queries have ${queryFeatures} features, and its keys ${keyFeatures}`;
    if (Number.isInteger(queryFeatures) && Number.isInteger(valueFeatures)) return undefined;
    return `its heads do not divide its features [${query[2]}, ${key[2]}, ${value[2]}]`;
  },
};

/** `[batch, tokens, features]`, multiplied by one weight for queries, keys and values, followed by their attention. */
const projected = (past: number): OperatorRow => ({
  macs: (node) => {
    const [batch, tokens, features] = node.shape(0);
    const all = node.shape(1)[1];
    const [keyFeatures = all / 3, , valueFeatures = all / 3] = node.ints('qkv_hidden_sizes', []);
    const projection = batch * tokens * all * (features + (node.has(2) ? 1 : 0));
    const keys = tokens + kept(node, past);
    return projection + products({ queries: batch * tokens, keys, features: keyFeatures, valueFeatures });
  },
  weights: [1, 2],
  misfit: (node) => {
    const [features, rows] = [node.shape(0)[2], node.shape(1)[0]];
    return features === rows ? undefined : `its weight takes ${rows} features, and its input has ${features}`;
  },
});

/**
 * Queries, keys and values are `[batch, tokens, features]`; keys and values may have separate heads, or be
 * packed. `bias` and `past` are the inputs with the biases of all three, and with the cached keys.
 */
const multiHead = (bias: number, past: number): OperatorRow => ({
  macs: (node) => {
    const [query, key, value] = [node.shape(0), node.shape(1), node.shape(2)];
    const [batch, tokens] = query;
    const features = query.length === 5 ? query[2] * query[4] : query[2];
    const valueFeatures = node.output.shape[2];
    const fresh = key.length === 0 ? tokens : key.length === 4 ? key[2] : key[1];
    const biases = node.has(bias)
      ? batch * (tokens * features + fresh * (elements(node.shape(bias)) - features))
      : 0;
    const queries = batch * tokens;
    const keys = fresh + kept(node, past);
    return (
      biases + products({ queries, keys, features, valueFeatures: value.length ? valueFeatures : features })
    );
  },
  weights: [bias],
});

/** There are more heads of queries than of keys and values. All three may be packed in the first input. */
const grouped: OperatorRow = {
  macs: (node) => {
    const [batch, tokens] = node.shape(0);
    const features = node.output.shape[2];
    const present = node.outputs[1]?.shape.at(-2);
    const keys = present ?? tokens + kept(node, 3);
    return products({ queries: batch * tokens, keys, features, valueFeatures: features });
  },
  misfit: (node) => {
    const [query, key] = [node.shape(0), node.shape(1)];
    const [heads, keyHeads] = [node.int('num_heads', 0), node.int('kv_num_heads', 0)];
    if (!(heads >= 1 && keyHeads >= 1) || heads % keyHeads !== 0)
      return `its ${heads} heads of queries are no multiple of its ${keyHeads} heads of keys`;
    if (!node.has(1)) return undefined;
    if (query[0] !== key[0]) return `its queries are of ${query[0]} sequences, and its keys of ${key[0]}`;
    if (key.length !== 3) return undefined;
    const [features, keyFeatures] = [query[2] / heads, key[2] / keyHeads];
    return features === keyFeatures && Number.isInteger(features)
      ? undefined
      : `its queries have ${features} features per head, and its keys ${keyFeatures}`;
  },
};

/** Angles `[positions, features]`; cosines and sines are these inputs. */
const rotary = (cosines: number, sines: number): OperatorRow => ({
  misfit: (node) => {
    const [first, second] = [node.shape(cosines), node.shape(sines)];
    if (first.join() === second.join()) return undefined;
    return `its cosines are [${first.join(', ')}], and its sines [${second.join(', ')}]`;
  },
});

export const ATTENTION: OperatorRows = { Attention: standard, RotaryEmbedding: rotary(1, 2) };

/** Operators of onnxruntime's own domain. */
export const RUNTIME_ATTENTION: OperatorRows = {
  Attention: projected(4),
  QAttention: { ...projected(8), settings: [3, 4, 6, 7] },
  MultiHeadAttention: multiHead(3, 6),
  DecoderMaskedMultiHeadAttention: multiHead(10, 5),
  GroupQueryAttention: grouped,
  RotaryEmbedding: rotary(2, 3),
};
