import type { NodeFacts } from './node-facts.js';
import type { OperatorRows } from './operator-row.js';

/** A scale, and a shift, per channel of `[batch, channels, …]`. */
function perChannel(node: NodeFacts): string | undefined {
  const [, channels = 1] = node.shape(0);
  const [scales] = node.shape(1);
  return scales === channels ? undefined : `it has ${scales} scales for ${channels} channels`;
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
  GroupNormalization: { operator: (node) => ({ kind: 'groupNorm', groups: node.int('num_groups', 1) }) },
  LayerNormalization: { operator: (node) => ({ kind: 'layerNorm', dimensions: lastDimensions(node) }) },
  RMSNormalization: { operator: (node) => ({ kind: 'rmsNorm', dimensions: lastDimensions(node) }) },
};
