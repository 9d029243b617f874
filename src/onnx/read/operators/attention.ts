import { elements } from '../constants.js';
import type { NodeFacts } from './node-facts.js';
import type { OperatorRow, OperatorRows } from './operator-row.js';

/** Both products of attention: of each query with each key, and of the weights that follow with the values. */
interface Products {
  /** Of all sequences. */
  readonly queries: number;
  /** Per query: those of its sequence, kept ones too. */
  readonly keys: number;
  /** Of all heads: what a query and a key have. */
  readonly features: number;
  /** Of all heads: what a value has. */
  readonly valueFeatures: number;
}

const products = ({ queries, keys, features, valueFeatures }: Products): number =>
  queries * keys * (features + valueFeatures);

/** Steps that are kept in `[batch, heads, steps, features]`; 0 where there are none. */
const kept = (node: NodeFacts, input: number): number => node.shape(input).at(-2) ?? 0;

/** ONNX's own, of `[batch, heads, tokens, features]`, or with heads and features in one. */
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
    const [query, key] = [node.shape(0), node.shape(1)];
    if (query.length !== 4 || query[3] === key[3]) return undefined;
    return `its queries have ${query[3]} features, and its keys ${key[3]}`;
  },
};

/** `[batch, tokens, features]` through a weight for queries, keys and values at once, and their attention. */
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

/** Of queries, keys and values as `[batch, tokens, features]`; keys and values with heads of their own, or packed. */
const multiHead: OperatorRow = {
  macs: (node) => {
    const [query, key, value] = [node.shape(0), node.shape(1), node.shape(2)];
    const [batch, tokens] = query;
    const features = query.length === 5 ? query[2] * query[4] : query[2];
    const valueFeatures = node.output.shape[2];
    const fresh = key.length === 0 ? tokens : key.length === 4 ? key[2] : key[1];
    const biases = node.has(3)
      ? batch * (tokens * features + fresh * (elements(node.shape(3)) - features))
      : 0;
    const queries = batch * tokens;
    const keys = fresh + kept(node, 6);
    return (
      biases + products({ queries, keys, features, valueFeatures: value.length ? valueFeatures : features })
    );
  },
  weights: [3],
};

/** Queries have more heads than keys and values; the three may be packed in the first input. */
const grouped: OperatorRow = {
  macs: (node) => {
    const [batch, tokens] = node.shape(0);
    const features = node.output.shape[2];
    const present = node.outputs[1]?.shape.at(-2);
    const keys = present ?? tokens + kept(node, 3);
    return products({ queries: batch * tokens, keys, features, valueFeatures: features });
  },
};

export const ATTENTION: OperatorRows = { Attention: standard };

/** Of onnxruntime's own domain. */
export const RUNTIME_ATTENTION: OperatorRows = {
  Attention: projected(4),
  QAttention: { ...projected(8), settings: [3, 4, 6, 7] },
  MultiHeadAttention: multiHead,
  GroupQueryAttention: grouped,
};
