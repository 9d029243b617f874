import type { LiveNode, RewrittenGraph } from '../rewritten-graph.js';
import { computed, intOf, intsOf, MICROSOFT, other, type Rule } from './rewrite.js';

/** Rules of level `extended` for what products and convolutions compute besides: factors, transposes, activations. */

/** A factor before or after a matrix product, or a swap of an operand's last two dimensions, becomes part of it. */
export const scaledProducts: Rule = (graph) => {
  for (const product of graph.nodes('MatMul', 'FusedMatMul')) {
    if (!graph.tensor(product.inputs[0]).type.includes('float')) continue;
    let node = product;
    const scale = graph.onlyReader(node.outputs[0]);
    if (scale && isFactor(graph, scale, node.outputs[0])) {
      node = fusedProduct(graph, [node, scale], node, node.inputs);
    }
    for (const side of [0, 1]) {
      const before = graph.private(node.inputs[side], 'Mul', 'Div');
      const x = before && computed(graph, before);
      if (!before || !x || !isFactor(graph, before, x)) continue;
      node = fusedProduct(graph, [before, node], node, exchanged(node.inputs, side, x));
    }
  }
};

export const transposedProducts: Rule = (graph) => {
  for (const product of graph.nodes('MatMul', 'FusedMatMul')) {
    let node = product;
    for (const side of [0, 1]) {
      const transpose = graph.writer(node.inputs[side]);
      if (transpose?.operator !== 'Transpose') continue;
      const [x] = transpose.inputs;
      const rank = graph.shape(x).length;
      const permutation = intsOf(transpose, 'perm');
      const exchangesLast = permutation.every((d, i) =>
        i < rank - 2 ? d === i : d === (i === rank - 1 ? rank - 2 : rank - 1),
      );
      if (rank < 2 || permutation.length === 0 || !exchangesLast) continue;
      const flag = side === 0 ? 'transA' : 'transB';
      const alone = graph.uses(node.inputs[side]) === 1;
      const attributes = new Map(node.attributes).set(flag, 1 - intOf(node, flag, 0));
      node = graph.replace([...(alone ? [transpose] : []), node], {
        operator: 'FusedMatMul',
        domain: MICROSOFT,
        attributes,
        inputs: exchanged(node.inputs, side, x),
      });
    }
  }
};

const exchanged = (inputs: readonly string[], at: number, name: string): string[] =>
  inputs.map((input, i) => (i === at ? name : input));

/** Whether a node multiplies or divides a tensor by one constant number. */
function isFactor(graph: RewrittenGraph, { operator, inputs }: LiveNode, x: string): boolean {
  if (operator !== 'Mul' && !(operator === 'Div' && inputs[0] === x)) return false;
  return inputs.some((name) => name !== x && graph.scalar(name) !== undefined);
}

function fusedProduct(
  graph: RewrittenGraph,
  old: readonly LiveNode[],
  { attributes }: LiveNode,
  inputs: readonly string[],
): LiveNode {
  return graph.replace(old, { operator: 'FusedMatMul', domain: MICROSOFT, attributes, inputs });
}

const AFTER_PRODUCTS = new Set([
  'Elu',
  'HardSigmoid',
  'LeakyRelu',
  'Relu',
  'Selu',
  'Sigmoid',
  'Softplus',
  'Softsign',
  'Tanh',
  'ThresholdedRelu',
]);

/** An activation becomes part of a product that only it reads. */
export const activatedProducts: Rule = (graph) => {
  for (const gemm of graph.nodes('Gemm')) {
    const activation = graph.onlyReader(gemm.outputs[0]);
    if (!activation || !AFTER_PRODUCTS.has(activation.operator)) continue;
    graph.replace([gemm, activation], {
      operator: 'FusedGemm',
      domain: MICROSOFT,
      attributes: new Map(gemm.attributes).set('activation', activation.operator),
      inputs: gemm.inputs,
    });
  }
};

const AFTER_CONVOLUTIONS = new Set([
  'Relu',
  'Sigmoid',
  'Tanh',
  'LeakyRelu',
  'HardSigmoid',
  'Clip',
  'HardSwish',
]);

/**
 * Whether an activation can be part of a convolution: the bounds of a clip must be known, and a hard swish
 * must not be an output of the network.
 */
export function followsConvolutions(graph: RewrittenGraph, { operator, inputs, outputs }: LiveNode): boolean {
  if (operator === 'HardSwish' && graph.isOutput(outputs[0])) return false;
  return (
    AFTER_CONVOLUTIONS.has(operator) && inputs.slice(1).every((name) => name === '' || graph.constant(name))
  );
}

/** An activation becomes part of a convolution that only it reads. */
export const activatedConvolutions: Rule = (graph) => {
  for (const conv of graph.nodes('Conv')) {
    const activation = graph.onlyReader(conv.outputs[0]);
    if (conv.domain !== '' || !activation || !followsConvolutions(graph, activation)) continue;
    graph.replace([conv, activation], {
      operator: 'FusedConv',
      domain: MICROSOFT,
      attributes: new Map(conv.attributes).set('activation', activation.operator),
      inputs: conv.inputs,
    });
  }
};

/** x·hardSigmoid(x) is a hard swish, which convolutions can compute; elsewhere it is split into two operators again. */
export const hardSwishes: Rule = (graph) => {
  for (const sigmoid of graph.nodes('HardSigmoid')) {
    const product = graph.onlyReader(sigmoid.outputs[0]);
    const [x] = sigmoid.inputs;
    if (product?.operator !== 'Mul' || other(product, sigmoid.outputs[0]) !== x) continue;
    if (graph.writer(x)?.operator !== 'Conv') continue;
    graph.replace([sigmoid, product], { operator: 'HardSwish', inputs: [x] });
  }
};

export const separateHardSwishes: Rule = (graph) => {
  for (const swish of graph.nodes('HardSwish')) {
    const [x] = swish.inputs;
    const { type, shape } = graph.tensor(x);
    const gate = graph.make({ type, shape });
    graph.remove(swish);
    graph.add({ operator: 'HardSigmoid', inputs: [x], outputs: [gate] });
    graph.add({ operator: 'Mul', inputs: [x, gate], outputs: swish.outputs });
  }
};
