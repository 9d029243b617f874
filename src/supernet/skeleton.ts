import { InputError } from '../base/errors.js';
import type { OperatorGraph } from '../network/graph.js';
import { withoutZeros } from '../network/zeros.js';
import { type Skeleton, stackedCells } from '../spaces/nasbench201/network.js';
import { nasbench201 } from '../spaces/nasbench201/space.js';
import type { Architecture } from '../spaces/space.js';
import type { ImageSet } from './images.js';

/** Channels of the three stages: narrow, so that a CPU searches in minutes. */
export const DEFAULT_CHANNELS = [8, 16, 32] as const;

/**
 * What cells are stacked into for some images: a cell in each of three stages.
 *
 * @throws InputError if there are no two classes, or one that only the test has
 */
export function skeletonFor(
  { train, test }: ImageSet,
  stageChannels: readonly number[] = DEFAULT_CHANNELS,
): Skeleton {
  const most = (labels: Float32Array) => labels.reduce((a, b) => Math.max(a, b), 0);
  const classes = most(train.labels) + 1;
  if (classes < 2) throw new InputError('all images are of one class', { field: '--data' });
  if (most(test.labels) >= classes) {
    throw new InputError(`class ${most(test.labels)} is in the test alone`, { field: '--data' });
  }
  return { image: [1, train.side, train.side], stageChannels, cellsPerStage: 1, classes };
}

/** The network of a cell, without what cannot reach the output. */
export function derivedNetwork(architecture: Architecture, skeleton: Skeleton): OperatorGraph {
  return withoutZeros(stackedCells(nasbench201.prune(architecture), skeleton));
}
