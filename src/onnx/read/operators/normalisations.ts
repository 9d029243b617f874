import { elements } from '../../../base/elements.js';
import { broadcasts, type NodeFacts, vectorMisfit } from './node-facts.js';
import type { OperatorRows } from './operator-row.js';

const NAMES = ['', 'scale', 'shift', 'mean', 'variance'];

/** A scale and a shift (also a mean, a variance) per channel of `[batch, channels, …]`. */
function perChannel(node: NodeFacts): string | undefined {
  const [, channels = 1] = node.shape(0);
  // In old operator sets there could be one per element.
  if (node.int('spatial', 1) === 0) return undefined;
  for (const input of node.node.inputs.keys()) {
    if (input === 0) continue;
    const misfit = vectorMisfit(node, input, NAMES[input], channels, `${channels} channels`);
    if (misfit) return misfit;
  }
  return undefined;
}

function scales(node: NodeFacts, count: number, what: string): string | undefined {
  const [scaled, shifted] = [1, 2].map((input) => (node.has(input) ? elements(node.shape(input)) : count));
  if (scaled !== count) return `it has ${scaled} scales for ${what}`;
  return shifted === count ? undefined : `it has ${shifted} shifts for ${what}`;
}

/** A scale and a shift per channel from operator set 21 on, per group before. */
function perGroup(node: NodeFacts): string | undefined {
  const [, channels = 1] = node.shape(0);
  const groups = node.int('num_groups', 1);
  if (groups < 1 || channels % groups !== 0) return `its ${groups} groups do not divide ${channels} channels`;
  return node.node.version < 21 ? scales(node, groups, `${groups} groups`) : perChannel(node);
}

/** Scales and shifts of the last dimensions, or shapes that broadcast to them. */
function overLast(node: NodeFacts): string | undefined {
  const shape = node.shape(0);
  const last = shape.slice(shape.length - lastDimensions(node));
  // A vector for the last dimensions may have additional dimensions of 1 in front.
  const fits = (scale: readonly number[]) =>
    broadcasts(scale, shape) || (elements(scale) === elements(last) && broadcasts(last, scale));
  const wrong = [1, 2].find((input) => !fits(node.shape(input)));
  return wrong === undefined
    ? undefined
    : `its ${wrong === 1 ? 'scale' : 'shift'} [${node.shape(wrong).join(', ')}] does not fit [${last.join(', ')}]`;
}

/** Number of trailing dimensions that it normalises over. */
function lastDimensions(node: NodeFacts): number {
  const axis = node.int('axis', -1);
  return axis < 0 ? -axis : node.shape(0).length - axis;
}

export const NORMALISATIONS: OperatorRows = {
  // Inputs 3 and 4, mean and variance, are statistics.
  BatchNormalization: { settings: [3, 4], misfit: perChannel, operator: () => ({ kind: 'batchNorm' }) },
  InstanceNormalization: {
    misfit: perChannel,
    operator: (node) => ({ kind: 'groupNorm', groups: node.shape(0)[1] }),
  },
  GroupNormalization: {
    misfit: perGroup,
    operator: (node) => ({ kind: 'groupNorm', groups: node.int('num_groups', 1) }),
  },
  // An operator of onnxruntime that files have in ONNX's domain.
  SimplifiedLayerNormalization: { misfit: overLast },
  LayerNormalization: {
    misfit: overLast,
    operator: (node) => ({ kind: 'layerNorm', dimensions: lastDimensions(node) }),
  },
  RMSNormalization: {
    misfit: overLast,
    operator: (node) => ({ kind: 'rmsNorm', dimensions: lastDimensions(node) }),
  },
};

/**
 * Operators of onnxruntime's own domain that first add another tensor to the input. Scale, shift and bias are
 * these inputs.
 */
const skipping = (vectors: readonly (readonly [input: number, what: string])[]) => ({
  misfit: (node: NodeFacts) => {
    const features = node.shape(0).at(-1) ?? 1;
    if (node.shape(1).at(-1) !== features)
      return `it adds [${node.shape(1).join(', ')}] to [${node.shape(0).join(', ')}]`;
    return vectors
      .map(([input, what]) => vectorMisfit(node, input, what, features, `${features} features`))
      .find((misfit) => misfit !== undefined);
  },
});

const biased = {
  misfit: (node: NodeFacts) => {
    const features = node.shape(0).at(-1) ?? 1;
    return vectorMisfit(node, 1, 'bias', features, `${features} features`);
  },
};

export const RUNTIME_NORMALISATIONS: OperatorRows = {
  SkipLayerNormalization: skipping([
    [2, 'scale'],
    [3, 'shift'],
    [4, 'bias'],
  ]),
  SkipSimplifiedLayerNormalization: skipping([
    [2, 'scale'],
    [3, 'bias'],
  ]),
  BiasGelu: biased,
  FastGelu: biased,
};
