import { elements } from '../constants.js';
import { broadcasts, type NodeFacts } from './node-facts.js';
import type { OperatorRows } from './operator-row.js';

/** A scale, and a shift, per channel of `[batch, channels, …]`. */
function perChannel(node: NodeFacts): string | undefined {
  const [, channels = 1] = node.shape(0);
  return scales(node, channels, `${channels} channels`);
}

function scales(node: NodeFacts, count: number, what: string): string | undefined {
  const [scaled, shifted] = [1, 2].map((input) => (node.has(input) ? elements(node.shape(input)) : count));
  if (scaled !== count) return `it has ${scaled} scales for ${what}`;
  return shifted === count ? undefined : `it has ${shifted} shifts for ${what}`;
}

/** From operator set 21 on a scale, and a shift, per channel; before per group. */
function perGroup(node: NodeFacts): string | undefined {
  const [, channels = 1] = node.shape(0);
  const groups = node.int('num_groups', 1);
  if (channels % groups !== 0) return `its ${groups} groups do not divide ${channels} channels`;
  return node.node.version < 21 ? scales(node, groups, `${groups} groups`) : perChannel(node);
}

/** Scales, and shifts, of the last dimensions, or what widens to them. */
function overLast(node: NodeFacts): string | undefined {
  const shape = node.shape(0);
  const last = shape.slice(shape.length - lastDimensions(node));
  const wrong = [1, 2].find((input) => !broadcasts(node.shape(input), last));
  return wrong === undefined
    ? undefined
    : `its ${wrong === 1 ? 'scale' : 'shift'} [${node.shape(wrong).join(', ')}] does not fit [${last.join(', ')}]`;
}

/** How many of the last dimensions it works over. */
function lastDimensions(node: NodeFacts): number {
  const axis = node.int('axis', -1);
  return axis < 0 ? -axis : node.shape(0).length - axis;
}

export const NORMALISATIONS: OperatorRows = {
  // Its mean and variance are statistics.
  BatchNormalization: { settings: [3, 4], misfit: perChannel, operator: () => ({ kind: 'batchNorm' }) },
  InstanceNormalization: {
    misfit: perChannel,
    operator: (node) => ({ kind: 'groupNorm', groups: node.shape(0)[1] }),
  },
  GroupNormalization: {
    misfit: perGroup,
    operator: (node) => ({ kind: 'groupNorm', groups: node.int('num_groups', 1) }),
  },
  LayerNormalization: {
    misfit: overLast,
    operator: (node) => ({ kind: 'layerNorm', dimensions: lastDimensions(node) }),
  },
  RMSNormalization: {
    misfit: overLast,
    operator: (node) => ({ kind: 'rmsNorm', dimensions: lastDimensions(node) }),
  },
};

/** Of onnxruntime's own domain: with what is added to the input first. */
const skipping = {
  misfit: (node: NodeFacts) => {
    const features = node.shape(0).at(-1) ?? 1;
    const [scaled] = node.shape(2);
    return scaled === features ? undefined : `it has ${scaled} scales for ${features} features`;
  },
};

export const RUNTIME_NORMALISATIONS: OperatorRows = {
  SkipLayerNormalization: skipping,
  SkipSimplifiedLayerNormalization: skipping,
};
