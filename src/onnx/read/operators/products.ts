import { elements } from '../../../base/elements.js';
import { broadcasts, type NodeFacts, vectorMisfit } from './node-facts.js';
import type { OperatorRow, OperatorRows } from './operator-row.js';

/**
 * A matrix product: every output element takes as many multiply-accumulates as the left matrix has columns, and one
 * more if the input `bias` is given.
 */
function product(
  right: number,
  { bias, ...rest }: Partial<OperatorRow> & { bias?: number } = {},
): OperatorRow {
  const added = (node: NodeFacts) => (bias !== undefined && node.has(bias) ? 1 : 0);
  return {
    macs: (node) => elements(node.output.shape) * (inner(node, right) + added(node)),
    weights: [0, right],
    ...(bias === undefined ? {} : { misfit: biasMisfit(bias) }),
    ...rest,
  };
}

function biasMisfit(input: number): OperatorRow['misfit'] {
  return (node) => {
    const features = node.output.shape.at(-1) ?? 1;
    return vectorMisfit(node, input, 'bias', features, `${features} features`);
  };
}

/**
 * Number of products per sum: the second to last dimension of the right operand, or the only one of a vector.
 * `transB` makes it the last; `transBatchB`, which moves the first dimension behind the batch, the first.
 */
function inner(node: NodeFacts, right: number): number {
  const shape = node.shape(right);
  if (shape.length === 1) return shape[0];
  if (node.int('transB', 0) !== 0) return shape.at(-1) ?? 1;
  return (node.int('transBatchB', 0) === 0 ? shape.at(-2) : shape[0]) ?? 1;
}

const gemm: OperatorRow = {
  macs: (node) => {
    const [rows, columns] = node.output.shape;
    return rows * columns * (inner(node, 1) + (node.has(2) ? 1 : 0));
  },
  weights: [1, 2],
  misfit: (node) => {
    const columns = node.shape(0).at(node.int('transA', 0) === 0 ? -1 : -2);
    const rows = inner(node, 1);
    if (columns !== rows) return `its weight takes ${rows} features, and its input has ${columns}`;
    if (broadcasts(node.shape(2), node.output.shape)) return undefined;
    return `its bias [${node.shape(2).join(', ')}] does not go with its output [${node.output.shape.join(', ')}]`;
  },
  operator: (node) =>
    node.isConstant(1) && node.int('transA', 0) === 0
      ? { kind: 'linear', outFeatures: node.output.shape[1], bias: node.has(2) }
      : undefined,
};

/** Sums of products in the notation `bij,bjk->bik`: every combination of indices is one multiply-accumulate. */
const einsum: OperatorRow = {
  macs: (node) => {
    const terms = termsOf(node);
    return terms.length < 2 ? 0 : elements([...indexSizes(node, terms).values()]);
  },
  misfit: (node) => {
    const terms = termsOf(node);
    const sizes = indexSizes(node, terms);
    for (const [i, term] of terms.entries()) {
      if (term.includes('...')) continue;
      const shape = node.shape(i);
      if (term.length !== shape.length) return `${term} stands for its input [${shape.join(', ')}]`;
      for (const [at, index] of [...term].entries()) {
        const size = sizes.get(index);
        if (shape[at] !== size && shape[at] !== 1)
          return `its index ${index} is both ${shape[at]} and ${size}`;
      }
    }
    return undefined;
  },
};

function termsOf(node: NodeFacts): readonly string[] {
  return node.text('equation', '').replaceAll(' ', '').split('->')[0].split(',');
}

/** The size of each index in the terms; `...` counts as one index. */
function indexSizes(node: NodeFacts, terms: readonly string[]): Map<string, number> {
  const sizes = new Map<string, number>();
  /** The dimensions that `...` stands for, from the last one. */
  const others: number[] = [];
  const widen = (index: string, size: number) => sizes.set(index, Math.max(size, sizes.get(index) ?? 1));
  for (const [i, term] of terms.entries()) {
    const shape = node.shape(i);
    const [front, back] = term.split('...');
    for (const [at, index] of [...front].entries()) widen(index, shape[at]);
    if (back === undefined) continue;
    for (const [at, index] of [...back].entries()) widen(index, shape[shape.length - back.length + at]);
    for (const [at, size] of shape
      .slice(front.length, shape.length - back.length)
      .toReversed()
      .entries())
      others[at] = Math.max(size, others[at] ?? 1);
  }
  return sizes.set('...', elements(others));
}

export const PRODUCTS: OperatorRows = {
  MatMul: product(1, {
    operator: (node) => {
      // A constant on the left, or a batch of constants, is a learned operand of a product.
      if (!node.isConstant(1) || node.shape(1).length !== 2) return { kind: 'matmul' };
      return { kind: 'linear', outFeatures: node.shape(1)[1], bias: false };
    },
  }),
  Gemm: gemm,
  Einsum: einsum,
  MatMulInteger: product(1, { settings: [2, 3] }),
  QLinearMatMul: product(3, { weights: [3], settings: [1, 2, 4, 5, 6, 7] }),
};

/**
 * A weight with few bits per value, `[columns, …]`, whose elements hold several values each; it has `K` rows
 * and `N` columns.
 */
const fewBits: OperatorRow = {
  macs: (node) => elements(node.output.shape) * (node.int('K', 1) + (node.has(5) ? 1 : 0)),
  weights: [1],
  packed: (node) => node.int('K', 1) * node.int('N', 1),
  settings: [2, 3, 4],
};

/** Layers of experts, `k` of which process each row. Their weights and biases `[experts, …]` are these inputs. */
function experts(weights: readonly number[], rest: Partial<OperatorRow> = {}): OperatorRow {
  const size = rest.packed ?? ((node: NodeFacts, input: number) => elements(node.shape(input)));
  return {
    macs: (node) => {
      const rows = elements(node.shape(0).slice(0, -1));
      const [count] = node.shape(weights[0]);
      const all = weights.reduce((sum, input) => sum + (node.has(input) ? size(node, input) : 0), 0);
      return (rows * node.int('k', 1) * all) / count;
    },
    weights,
    ...rest,
  };
}

/** Matrices of experts hold several values per byte; biases do not. */
const packedExperts: OperatorRow['packed'] = (node, input) => {
  const count = elements(node.shape(input));
  return node.shape(input).length > 2 ? (count * 8) / node.int('expert_weight_bits', 4) : count;
};

/** Operators of onnxruntime's own domain. */
export const RUNTIME_PRODUCTS: OperatorRows = {
  FusedMatMul: product(1),
  TransposeMatMul: product(1),
  FusedGemm: gemm,
  QGemm: {
    misfit: (node) => {
      const [columns, rows] = [node.shape(0).at(node.int('transA', 0) === 0 ? 1 : 0), inner(node, 3)];
      if (columns !== rows) return `its weight takes ${rows} features, and its input has ${columns}`;
      if (!node.has(6) || broadcasts(node.shape(6), node.output.shape)) return undefined;
      return `its bias [${node.shape(6).join(', ')}] does not go with its output [${node.output.shape.join(', ')}]`;
    },
    macs: (node) => elements(node.output.shape) * (inner(node, 3) + (node.has(6) ? 1 : 0)),
    weights: [3, 6],
    settings: [1, 2, 4, 5, 7, 8],
  },
  MatMulIntegerToFloat: product(1, { settings: [2, 3, 4, 5], bias: 6 }),
  DynamicQuantizeMatMul: product(1, { settings: [2, 3], bias: 4 }),
  MatMulInteger16: product(1),
  MatMulNBits: fewBits,
  MatMulBnb4: fewBits,
  MoE: experts([2, 3, 4, 5, 6, 7]),
  QMoE: experts([2, 4, 5, 7, 8, 10], { packed: packedExperts, settings: [3, 6, 9] }),
};
