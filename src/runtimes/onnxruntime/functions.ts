import type { LiveNode, RewrittenGraph } from '../rewritten-graph.js';
import { computed, intOf, MICROSOFT, other, type Rule, sameShape } from './rewrite.js';

/** Rules of levels `basic` and `extended` for functions that exporters write as several operators. */

/** Whether one operand of a node is a single constant close to the given value. */
function near(graph: RewrittenGraph, node: LiveNode | undefined, value: number): boolean {
  return node?.inputs.some((name) => Math.abs((graph.scalar(name) ?? Number.NaN) - value) < 1e-3) ?? false;
}

/**
 * Mean, deviation, mean square, ε, root, quotient, scale and shift: layer normalisation as written by
 * exporters before operator set 17.
 */
export const layerNormalisations: Rule = (graph) => {
  for (const shift of graph.nodes('Add')) {
    const beta = shift.inputs.find((name) => graph.constant(name));
    const scale = graph.private(computed(graph, shift), 'Mul');
    const gamma = scale?.inputs.find((name) => graph.constant(name));
    const quotient = scale && graph.private(computed(graph, scale), 'Div');
    const deviation = graph.writer(quotient?.inputs[0]);
    const mean = deviation?.operator === 'Sub' ? graph.private(deviation.inputs[1], 'ReduceMean') : undefined;
    const root = quotient && graph.private(quotient.inputs[1], 'Sqrt');
    const epsilon = root && graph.private(root.inputs[0], 'Add');
    const variance = epsilon && graph.private(computed(graph, epsilon), 'ReduceMean');
    const square = variance && graph.private(variance.inputs[0], 'Pow', 'Mul');
    if (!beta || !gamma || !deviation || !mean || !square || square.inputs[0] !== deviation.outputs[0])
      continue;
    if (mean.inputs[0] !== deviation.inputs[0]) continue;
    graph.replace([mean, deviation, square, variance, epsilon, root, quotient, scale, shift] as LiveNode[], {
      operator: 'LayerNormalization',
      attributes: { axis: -graph.shape(gamma).length },
      inputs: [mean.inputs[0], gamma, beta],
    });
  }
};

/** x·½·(1 + erf(x/√2)), in the different orders in which exporters multiply. */
export const gelus: Rule = (graph) => {
  for (const erf of graph.nodes('Erf')) {
    const scaled = graph.private(erf.inputs[0], 'Div', 'Mul');
    if (!scaled || !(near(graph, scaled, Math.SQRT2) || near(graph, scaled, Math.SQRT1_2))) continue;
    const x = computed(graph, scaled);
    const plusOne = graph.onlyReader(erf.outputs[0]);
    if (x === undefined || plusOne?.operator !== 'Add' || !near(graph, plusOne, 1)) continue;
    const product = graph.onlyReader(plusOne.outputs[0]);
    if (product?.operator !== 'Mul') continue;
    const factor = other(product, plusOne.outputs[0]);
    const halved = graph.private(factor, 'Mul');
    if (halved && near(graph, halved, 0.5) && computed(graph, halved) === x) {
      graph.replace([scaled, erf, plusOne, halved, product], {
        operator: 'Gelu',
        domain: MICROSOFT,
        inputs: [x],
      });
      continue;
    }
    const last = graph.onlyReader(product.outputs[0]);
    const half = near(graph, product, 0.5);
    if (last?.operator !== 'Mul') continue;
    if (half ? other(last, product.outputs[0]) === x : factor === x && near(graph, last, 0.5)) {
      graph.replace([scaled, erf, plusOne, product, last], {
        operator: 'Gelu',
        domain: MICROSOFT,
        inputs: [x],
      });
    }
  }
};

/** ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), the approximation of GELU. */
export const fastGelus: Rule = (graph) => {
  for (const tanh of graph.nodes('Tanh')) {
    const scaled = graph.private(tanh.inputs[0], 'Mul');
    const cubic = scaled && graph.private(computed(graph, scaled), 'Add');
    if (!scaled || !cubic || !near(graph, scaled, Math.sqrt(2 / Math.PI))) continue;
    for (const x of cubic.inputs) {
      const small = graph.private(other(cubic, x), 'Mul');
      const cube =
        small && near(graph, small, 0.044715)
          ? graph.private(computed(graph, small), 'Pow', 'Mul')
          : undefined;
      const plusOne = graph.onlyReader(tanh.outputs[0]);
      if (!small || !cube?.inputs.includes(x) || plusOne?.operator !== 'Add') continue;
      const square = cube.operator === 'Mul' ? graph.private(other(cube, x), 'Mul') : undefined;
      const product = graph.onlyReader(plusOne.outputs[0]);
      if (product?.operator !== 'Mul') continue;
      const halved = graph.private(other(product, plusOne.outputs[0]), 'Mul');
      const last = halved ? undefined : graph.onlyReader(product.outputs[0]);
      const rest = halved ? [halved, product] : last?.operator === 'Mul' ? [product, last] : undefined;
      if (!rest?.some((node) => near(graph, node, 0.5))) continue;
      graph.replace([...(square ? [square] : []), cube, small, cubic, scaled, tanh, plusOne, ...rest], {
        operator: 'FastGelu',
        domain: MICROSOFT,
        inputs: [x],
      });
      break;
    }
  }
};

/** A row added before a GELU becomes part of it. */
export const biasGelus: Rule = (graph) => {
  for (const gelu of graph.nodes('Gelu')) {
    const add = graph.private(gelu.inputs[0], 'Add');
    const bias = add?.inputs.find((name) => graph.constant(name));
    if (!add || !bias || graph.shape(bias).length !== 1) continue;
    const x = other(add, bias);
    if (graph.shape(bias)[0] !== graph.shape(x).at(-1)) continue;
    graph.replace([add, gelu], { operator: 'BiasGelu', domain: MICROSOFT, inputs: [x, bias] });
  }
};

/** x·σ(αx): swish, or the quick approximation of GELU. */
export const quickGelus: Rule = (graph) => {
  for (const sigmoid of graph.nodes('Sigmoid')) {
    const product = graph.onlyReader(sigmoid.outputs[0]);
    if (product?.operator !== 'Mul') continue;
    const x = other(product, sigmoid.outputs[0]);
    const scaled = graph.private(sigmoid.inputs[0], 'Mul');
    if (sigmoid.inputs[0] === x) {
      graph.replace([sigmoid, product], { operator: 'QuickGelu', domain: MICROSOFT, inputs: [x] });
    } else if (
      scaled &&
      computed(graph, scaled) === x &&
      scaled.inputs.some((name) => graph.scalar(name) !== undefined)
    ) {
      graph.replace([scaled, sigmoid, product], { operator: 'QuickGelu', domain: MICROSOFT, inputs: [x] });
    }
  }
};

/** A sum becomes part of a normalisation that alone reads it, and so does a row added before it. */
export const skipNormalisations: Rule = (graph) => {
  for (const norm of graph.nodes('LayerNormalization')) {
    const add = graph.private(norm.inputs[0], 'Add');
    if (!add || norm.outputs.slice(1).some((name) => name !== '')) continue;
    const [a, b] = add.inputs;
    const shape = graph.shape(a);
    if (shape.length !== 3 || !sameShape(shape, graph.shape(b))) continue;
    const axis = intOf(norm, 'axis', -1);
    if (axis !== -1 && axis !== 2) continue;
    const hidden = shape[2];
    if (graph.shape(norm.inputs[1]).length !== 1) continue;
    const biased = [a, b]
      .map((name) => graph.private(name, 'Add'))
      .find((node) =>
        node?.inputs.some((name) => graph.constant(name) && sameShape(graph.shape(name), [hidden])),
      );
    const bias = biased?.inputs.find((name) => graph.constant(name));
    const inputs =
      biased && bias
        ? [other(biased, bias), other(add, biased.outputs[0]), ...pair(norm), bias]
        : [a, b, ...pair(norm)];
    graph.replace([...(biased ? [biased] : []), add, norm], {
      operator: 'SkipLayerNormalization',
      domain: MICROSOFT,
      inputs,
      outputs: [norm.outputs[0]],
    });
  }
};

/** Scale and shift of a normalisation, as a node reads them. */
const pair = ({ inputs }: LiveNode): string[] => [inputs[1], inputs[2] ?? ''];
