import type { LiveNode, RewrittenGraph } from '../rewritten-graph.js';
import { intOf, intsOf, type Rule, sameShape } from './rewrite.js';
import { shapeConstant } from './simplifications.js';

/** Rules that merge or remove transposes, move them to where they cost less, or take all parts of a tensor at once. */

/** Gathers that each take one part of a tensor (such as the queries, keys and values of a product) become one Split. */
export const gathersToSplits: Rule = (graph) => {
  const byTensor = new Map<string, { axis: number; at: number; node: LiveNode }[]>();
  for (const node of graph.nodes('Gather')) {
    const [x, index] = node.inputs;
    const at = isScalar(graph, index) ? graph.scalar(index) : undefined;
    if (at === undefined) continue;
    const rank = graph.shape(x).length;
    const axis = (intOf(node, 'axis', 0) + rank) % rank;
    const parts = byTensor.get(x) ?? [];
    parts.push({ axis, at: at < 0 ? at + graph.shape(x)[axis] : at, node });
    byTensor.set(x, parts);
  }
  for (const [x, parts] of byTensor) {
    const shape = graph.shape(x);
    const [{ axis }] = parts;
    const places = new Set(parts.map(({ at }) => at));
    if (parts.length !== shape[axis] || places.size !== parts.length || graph.uses(x) !== parts.length)
      continue;
    if (parts.some((part) => part.axis !== axis)) continue;
    const { type } = graph.tensor(x);
    const outputs = parts.map(() => graph.make({ type, shape: shape.with(axis, 1) }));
    graph.add({ operator: 'Split', attributes: { axis }, inputs: [x, shapeConstant(graph)], outputs });
    for (const { at, node } of parts) {
      const axes = graph.make({ type: 'int64', shape: [1], constant: true, values: [axis] });
      graph.replace([node], { operator: 'Squeeze', inputs: [outputs[at], axes] });
    }
  }
};

/** Adjacent slices that together cover a tensor become one Split. */
export const slicesToSplits: Rule = (graph) => {
  const byTensor = new Map<string, LiveNode[]>();
  for (const node of graph.nodes('Slice')) {
    byTensor.set(node.inputs[0], [...(byTensor.get(node.inputs[0]) ?? []), node]);
  }
  for (const [x, slices] of byTensor) {
    if (slices.length < 2 || graph.uses(x) !== slices.length) continue;
    const shape = graph.shape(x);
    const parts = slices.map((node) => partOf(graph, node));
    const [first] = parts;
    if (!first || parts.some((part) => part === undefined || part.axis !== first.axis)) continue;
    const ordered = parts
      .flatMap((part, i) => (part ? [{ ...part, node: slices[i] }] : []))
      .sort((a, b) => a.start - b.start);
    const ends = ordered.map(({ start, size }) => start + size);
    const whole =
      ordered.every(({ start }, i) => start === (ends[i - 1] ?? 0)) && ends.at(-1) === shape[first.axis];
    if (!whole) continue;
    graph.remove(...slices);
    graph.add({
      operator: 'Split',
      attributes: { axis: first.axis },
      inputs: [x, shapeConstant(graph)],
      outputs: ordered.map(({ node }) => node.outputs[0]),
    });
  }
};

/** The range that a Slice takes; undefined unless it is one range of one dimension. */
function partOf(
  graph: RewrittenGraph,
  { inputs, outputs }: LiveNode,
): { axis: number; start: number; size: number } | undefined {
  const [starts, , axes, steps] = inputs
    .slice(1)
    .map((name) => (name ? graph.tensor(name).values : undefined));
  if (starts?.length !== 1 || (steps && steps[0] !== 1)) return undefined;
  const shape = graph.shape(inputs[0]);
  const axis = ((axes?.[0] ?? 0) + shape.length) % shape.length;
  const start = starts[0] < 0 ? Math.max(0, starts[0] + shape[axis]) : starts[0];
  return { axis, start, size: graph.shape(outputs[0])[axis] };
}

/** Arithmetic on two equally transposed tensors is done before the transpose. */
export const transposesBehindArithmetic: Rule = (graph) => {
  for (const node of graph.nodes('Add', 'Sub', 'Mul', 'Div')) {
    const [a, b] = node.inputs.map((name) => graph.writer(name));
    if (a?.operator !== 'Transpose' || b?.operator !== 'Transpose') continue;
    const perm = intsOf(a, 'perm');
    if (!sameShape(perm, intsOf(b, 'perm'))) continue;
    const [x, y] = [a.inputs[0], b.inputs[0]];
    const { type } = graph.tensor(x);
    const result = graph.make({ type, shape: graph.shape(x) });
    graph.remove(node);
    graph.add({ operator: node.operator, inputs: [x, y], outputs: [result] });
    graph.add({ operator: 'Transpose', attributes: { perm }, inputs: [result], outputs: node.outputs });
    for (const transpose of new Set([a, b])) {
      if (graph.uses(transpose.outputs[0]) === 0) graph.remove(transpose);
    }
  }
};

/** A Gather from a transposed tensor is done first, so that only its result is transposed. */
export const transposesBehindGathers: Rule = (graph) => {
  for (const transpose of graph.nodes('Transpose')) {
    const [[x], [transposed]] = [transpose.inputs, transpose.outputs];
    const gathers = graph.readers(transposed);
    const perm = intsOf(transpose, 'perm');
    if (gathers.length === 0 || gathers.length !== graph.uses(transposed) || perm.length === 0) continue;
    if (!gathers.every((node) => node.operator === 'Gather' && isScalar(graph, node.inputs[1]))) continue;
    graph.remove(transpose);
    for (const gather of gathers) {
      const axis = perm[(intOf(gather, 'axis', 0) + perm.length) % perm.length];
      const rest = perm.filter((d) => d !== axis).map((d) => (d > axis ? d - 1 : d));
      const taken = graph.make({ type: graph.tensor(x).type, shape: graph.shape(x).toSpliced(axis, 1) });
      graph.remove(gather);
      graph.add({
        operator: 'Gather',
        attributes: { axis },
        inputs: [x, gather.inputs[1]],
        outputs: [taken],
      });
      graph.add({
        operator: 'Transpose',
        attributes: { perm: rest },
        inputs: [taken],
        outputs: gather.outputs,
      });
    }
  }
};

const isScalar = (graph: RewrittenGraph, name: string): boolean =>
  graph.constant(name) && graph.shape(name).length === 0;

/** Two consecutive transposes become one, or none. */
export const joinedTransposes: Rule = (graph) => {
  for (const second of graph.nodes('Transpose')) {
    const first = graph.private(second.inputs[0], 'Transpose');
    if (!first) continue;
    const [before, after] = [intsOf(first, 'perm'), intsOf(second, 'perm')];
    if (before.length === 0 || after.length === 0) continue;
    const perm = after.map((d) => before[d]);
    const joined = graph.replace([first, second], {
      operator: 'Transpose',
      attributes: { perm },
      inputs: first.inputs,
    });
    if (perm.every((d, i) => d === i)) graph.bypass(joined);
  }
};
