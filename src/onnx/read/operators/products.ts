import { elements } from '../constants.js';
import type { NodeFacts } from './node-facts.js';
import type { OperatorRow, OperatorRows } from './operator-row.js';

/** A product of matrices: an output element takes as many multiply-accumulates as the left one has columns. */
function product(right: number, rest: Partial<OperatorRow> = {}): OperatorRow {
  return { macs: (node) => elements(node.output.shape) * inner(node, right), weights: [0, right], ...rest };
}

/** How many products are summed: the second to last dimension of the right operand, or the only one of a vector. */
function inner(node: NodeFacts, right: number): number {
  const shape = node.shape(right);
  const transposed = node.int('transB', 0) === 1 ? -1 : -2;
  return shape.length === 1 ? shape[0] : (shape.at(transposed) ?? 1);
}

const gemm: OperatorRow = {
  macs: (node) => {
    const [rows, columns] = node.output.shape;
    return rows * columns * (inner(node, 1) + (node.has(2) ? 1 : 0));
  },
  weights: [1, 2],
  misfit: (node) => {
    const [columns] = node.shape(0).toReversed().slice(node.int('transA', 0));
    const rows = inner(node, 1);
    return columns === rows ? undefined : `its weight takes ${rows} features, and its input has ${columns}`;
  },
  operator: (node) =>
    node.isConstant(1) && node.int('transA', 0) === 0
      ? { kind: 'linear', outFeatures: node.output.shape[1], bias: node.has(2) }
      : undefined,
};

/** Sums of products as `bij,bjk->bik` writes them: every combination of indices is one. */
const einsum: OperatorRow = {
  macs: (node) => {
    const [left] = node.text('equation', '').replaceAll(' ', '').split('->');
    const terms = left.split(',');
    if (terms.length < 2) return 0;
    const sizes = new Map<string, number>();
    for (const [i, term] of terms.entries()) {
      const shape = node.shape(i);
      const [front, back] = term.split('...');
      for (const [at, index] of [...front].entries()) sizes.set(index, shape[at]);
      if (back === undefined) continue;
      for (const [at, index] of [...back].entries()) sizes.set(index, shape[shape.length - back.length + at]);
      const between = elements(shape.slice(front.length, shape.length - back.length));
      sizes.set('...', Math.max(between, sizes.get('...') ?? 1));
    }
    return elements([...sizes.values()]);
  },
  weights: [],
};

/** Attention of `[batch, heads, tokens, features]`, or with heads and features in one: both of its products. */
const attention: OperatorRow = {
  macs: (node) => {
    const [query, key, value] = [node.shape(0), node.shape(1), node.shape(2)];
    const heads = query.length === 4 ? query[1] : node.int('q_num_heads', 1);
    const keys = key.at(-2) ?? 1;
    const rows = query[0] * (query.at(-2) ?? 1);
    const perHead = (shape: readonly number[], own: number) =>
      shape.length === 4 ? (shape.at(-1) ?? 1) : (shape.at(-1) ?? 1) / own;
    const keyHeads = node.int('kv_num_heads', heads);
    return rows * heads * keys * (perHead(query, heads) + perHead(value, keyHeads));
  },
};

export const PRODUCTS: OperatorRows = {
  MatMul: product(1, {
    operator: (node) => {
      // A constant on the left, or a batch of them, is a learned operand of a product.
      if (!node.isConstant(1) || node.shape(1).length !== 2) return { kind: 'matmul' };
      return { kind: 'linear', outFeatures: node.shape(1)[1], bias: false };
    },
  }),
  Gemm: gemm,
  Einsum: einsum,
  Attention: attention,
  MatMulInteger: product(1, { settings: [2, 3] }),
  QLinearMatMul: product(3, { weights: [3], settings: [1, 2, 4, 5, 6, 7] }),
};

/** Of onnxruntime's own domain. */
export const RUNTIME_PRODUCTS: OperatorRows = {
  FusedMatMul: product(1),
  FusedGemm: gemm,
  QGemm: {
    macs: (node) => elements(node.output.shape) * (inner(node, 3) + (node.has(6) ? 1 : 0)),
    weights: [3, 6],
    settings: [1, 2, 4, 5, 7, 8],
  },
  MatMulIntegerToFloat: product(1, { settings: [2, 3, 4, 5] }),
  DynamicQuantizeMatMul: product(1, { settings: [2, 3] }),
  MatMulNBits: {
    macs: (node) => elements(node.output.shape) * node.int('K', 1),
    weights: [1],
    settings: [2, 3, 4],
  },
};
