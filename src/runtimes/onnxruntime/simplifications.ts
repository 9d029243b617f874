import { elements } from '../../base/elements.js';
import type { LiveNode, RewrittenGraph } from '../rewritten-graph.js';
import { intOf, intsOf, other, perChannel, type Rule, sameShape } from './rewrite.js';

/** Rules of level `basic` that reduce the number of operators without introducing new kinds. */

const COPIES = new Set(['Slice', 'Expand', 'Cast', 'Pad', 'Tile', 'Resize', 'Upsample']);

/**
 * Removes nodes that pass their input on: Identity and Dropout, copies that change neither shape nor type, ·1
 * and +0.
 */
export const withoutEffect: Rule = (graph) => {
  for (const node of graph.nodes()) {
    const [[input], [output]] = [node.inputs, node.outputs];
    if (!passesOn(graph, node)) continue;
    if (graph.isOutput(output) && (graph.isOutput(input) || graph.writer(input) === undefined)) continue;
    graph.bypass(node);
  }
};

function passesOn(graph: RewrittenGraph, node: LiveNode): boolean {
  const { operator, inputs, outputs } = node;
  if (operator === 'Identity') return true;
  if (operator === 'Dropout') return outputs.slice(1).every((name) => name === '' || graph.uses(name) === 0);
  if (operator === 'Concat' && inputs.length === 1) return true;
  const same =
    inputs[0] !== undefined &&
    inputs[0] !== '' &&
    outputs[0] !== '' &&
    sameShape(graph.shape(inputs[0]), graph.shape(outputs[0])) &&
    graph.tensor(inputs[0]).type === graph.tensor(outputs[0]).type;
  if (!same) return false;
  if (COPIES.has(operator)) return operator !== 'Slice' || !reversed(graph, node);
  const value = graph.scalar(inputs[1]);
  return (
    ((operator === 'Add' || operator === 'Sub') && value === 0) ||
    ((operator === 'Mul' || operator === 'Div') && value === 1)
  );
}

/** Whether a slice has a negative step. */
function reversed(graph: RewrittenGraph, { inputs }: LiveNode): boolean {
  const steps = inputs[4];
  return steps ? (graph.tensor(steps).values ?? []).some((step) => step < 0) : false;
}

/** Merges nodes that compute the same from the same inputs. */
export const commonSubexpressions: Rule = (graph) => {
  const seen = new Map<string, LiveNode[]>();
  for (const node of graph.nodes()) {
    if (node.operator.startsWith('Random')) continue;
    const key = `${node.domain} ${node.operator} ${node.inputs.join(' ')}`;
    const alike = seen.get(key) ?? [];
    const first = alike.find((other) => graph.has(other) && sameAttributes(other, node));
    if (!first) {
      seen.set(key, [...alike, node]);
      continue;
    }
    if (node.outputs.some((name) => name !== '' && graph.isOutput(name))) continue;
    if (node.outputs.length !== first.outputs.length) continue;
    graph.remove(node);
    node.outputs.forEach((name, i) => {
      if (name !== '') graph.redirect(name, first.outputs[i]);
    });
  }
};

const sameAttributes = (a: LiveNode, b: LiveNode): boolean =>
  a.attributes.size === b.attributes.size &&
  [...a.attributes].every(([name, value]) => String(b.attributes.get(name)) === String(value));

/** Normalisation by constants, or arithmetic with a constant per channel, becomes part of the convolution before it. */
export const foldedIntoConvolutions: Rule = (graph) => {
  for (const node of graph.nodes('Conv')) {
    let conv = node;
    for (;;) {
      const [output] = conv.outputs;
      const next = graph.onlyReader(output);
      if (!next || !foldable(graph, conv, next)) break;
      const [x, w, bias] = conv.inputs;
      const needsBias = next.operator !== 'Mul';
      const channels = graph.shape(w)[0];
      const inputs = [x, w];
      if (bias) inputs.push(bias);
      else if (needsBias)
        inputs.push(graph.make({ type: graph.tensor(w).type, shape: [channels], constant: true }));
      conv = graph.replace([conv, next], {
        ...conv,
        inputs,
        outputs: [next.outputs[0]],
      });
    }
  }
};

function foldable(graph: RewrittenGraph, conv: LiveNode, next: LiveNode): boolean {
  const [output] = conv.outputs;
  if (!graph.constant(conv.inputs[1]) || (conv.inputs[2] && !graph.constant(conv.inputs[2]))) return false;
  if (next.operator === 'BatchNormalization') {
    return next.inputs[0] === output && next.inputs.slice(1).every((name) => graph.constant(name));
  }
  if (next.operator !== 'Add' && next.operator !== 'Mul') return false;
  const constant = next.inputs.find((name) => name !== output);
  if (constant === undefined || !graph.constant(constant)) return false;
  const shape = graph.shape(output);
  const given = graph.shape(constant);
  // A single value can only be folded in a multiplication.
  return perChannel(given, shape[1], shape.length) && (next.operator === 'Mul' || given.length > 0);
}

/** Zeros around the input of a convolution become its own padding. */
export const foldedPadding: Rule = (graph) => {
  for (const pad of graph.nodes('Pad')) {
    const reader = graph.onlyReader(pad.outputs[0]);
    if (reader?.operator !== 'Conv') continue;
    const mode = pad.attributes.get('mode');
    const pads = graph.constant(pad.inputs[1]) ? graph.tensor(pad.inputs[1]).values : intsOf(pad, 'pads');
    const value = pad.inputs[2] ? graph.scalar(pad.inputs[2]) : 0;
    if ((mode ?? 'constant') !== 'constant' || value !== 0 || !pads) continue;
    const rank = pads.length / 2;
    if (pads.some((size, i) => size < 0 || (i % rank < 2 && size !== 0))) continue;
    const own = intsOf(reader, 'pads');
    const given = [...pads.slice(2, rank), ...pads.slice(rank + 2)];
    const attributes = new Map(reader.attributes);
    attributes.set(
      'pads',
      given.map((size, i) => size + (own[i] ?? 0)),
    );
    const [, ...rest] = reader.inputs;
    graph.replace([pad, reader], { ...reader, attributes, inputs: [pad.inputs[0], ...rest] });
  }
};

/**
 * A product with constants and the addition of a row become one Gemm; tensors of other ranks are viewed as
 * matrices.
 */
export const addedToProducts: Rule = (graph) => fuseAdditions(graph, attentions(graph));

/** The same, including products that might have become part of an attention. */
export const addedToAllProducts: Rule = (graph) => fuseAdditions(graph, new Set());

/**
 * The four products with rows of an attention after a normalisation, which are reserved for fusing the whole
 * attention: those of queries, keys and values, and the one whose result is added to the normalisation's
 * output.
 */
function attentions(graph: RewrittenGraph): Set<LiveNode> {
  const products = new Set<LiveNode>();
  for (const norm of graph.nodes('LayerNormalization')) {
    const readers = graph.readers(norm.outputs[0]);
    const [adds, inner] = ['Add', 'MatMul'].map((operator) =>
      readers.filter((reader) => reader.operator === operator),
    );
    if (adds.length !== 1 || inner.length !== 3 || readers.length !== 4) continue;
    const projected = graph.writer(other(adds[0], norm.outputs[0]));
    if (projected?.operator !== 'Add') continue;
    for (const product of inner) products.add(product);
    for (const name of projected.inputs) {
      const outer = graph.writer(name);
      if (outer?.operator === 'MatMul') products.add(outer);
    }
  }
  return products;
}

/** @param left products that stay as they are */
function fuseAdditions(graph: RewrittenGraph, left: ReadonlySet<LiveNode>): void {
  for (const product of graph.nodes('MatMul')) {
    const add = graph.onlyReader(product.outputs[0]);
    if (add?.operator !== 'Add' || left.has(product)) continue;
    const [a, b] = product.inputs;
    const bias = other(add, product.outputs[0]);
    const [shapeA, shapeB, shapeBias] = [a, b, bias].map((name) => graph.shape(name));
    if (shapeB.length !== 2 || !/^b?float/.test(graph.tensor(a).type)) continue;
    const [k, n] = shapeB;
    const matrix = shapeA.length === 2;
    const row = shapeBias.length === 1 && shapeBias[0] === n;
    const table =
      matrix &&
      shapeBias.length === 2 &&
      ((shapeBias[0] === 1 && shapeBias[1] === n) ||
        (shapeBias[0] === shapeA[0] && (shapeBias[1] === 1 || shapeBias[1] === n)));
    if (!row && !table) continue;
    const output = add.outputs[0];
    if (matrix) {
      graph.replace([product, add], { operator: 'Gemm', inputs: [a, b, bias], outputs: [output] });
      continue;
    }
    const { type } = graph.tensor(a);
    const m = elements(shapeA.slice(0, -1));
    const rows = graph.make({ type, shape: [m, k] });
    const result = graph.make({ type, shape: [m, n] });
    const [to, from] = [shapeConstant(graph), shapeConstant(graph)];
    graph.remove(product, add);
    graph.add({ operator: 'Reshape', inputs: [a, to], outputs: [rows] });
    graph.add({ operator: 'Gemm', inputs: [rows, b, bias], outputs: [result] });
    graph.add({ operator: 'Reshape', inputs: [result, from], outputs: [output] });
  }
}

/** A constant that holds a shape; its values do not matter here. */
export const shapeConstant = (graph: RewrittenGraph): string =>
  graph.make({ type: 'int64', shape: [4], constant: true });

const VIEWS = ['Reshape', 'Squeeze', 'Unsqueeze'] as const;

/** A view of a view becomes one view. */
export const joinedViews: Rule = (graph) => {
  for (const node of graph.nodes(...VIEWS)) {
    let first = node;
    if (!graph.has(first) || graph.private(first.inputs[0], ...VIEWS)) continue;
    for (;;) {
      const next = graph.onlyReader(first.outputs[0]);
      if (!next || !(VIEWS as readonly string[]).includes(next.operator)) break;
      first = graph.replace([first, next], {
        operator: 'Reshape',
        inputs: [first.inputs[0], shapeConstant(graph)],
        outputs: next.outputs,
      });
    }
  }
};

/** ReLU before a clip at or above zero becomes part of it. */
export const clippedOnce: Rule = (graph) => {
  for (const clip of graph.nodes('Clip')) {
    const relu = graph.private(clip.inputs[0], 'Relu');
    const least = clip.inputs[1] ? graph.scalar(clip.inputs[1]) : undefined;
    if (relu && least !== undefined && least >= 0) {
      graph.replace([relu, clip], { ...clip, inputs: [relu.inputs[0], ...clip.inputs.slice(1)] });
    }
  }
};

/** A Gemm reads a transposed matrix directly. */
export const transposedIntoGemm: Rule = (graph) => {
  for (const gemm of graph.nodes('Gemm')) {
    let node = gemm;
    for (const side of [0, 1]) {
      const transpose = graph.private(node.inputs[side], 'Transpose');
      if (!transpose || graph.shape(transpose.inputs[0]).length !== 2) continue;
      const flag = side === 0 ? 'transA' : 'transB';
      const attributes = new Map(node.attributes).set(flag, 1 - intOf(node, flag, 0));
      const inputs = node.inputs.map((name, i) => (i === side ? transpose.inputs[0] : name));
      node = graph.replace([transpose, node], { ...node, attributes, inputs });
    }
  }
};
