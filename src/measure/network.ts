import { Random } from '../base/random.js';
import type { OperatorGraph } from '../network/graph.js';
import { withImageSize } from '../network/image-size.js';
import { withoutZeros } from '../network/zeros.js';
import { networkModel } from '../onnx/write/network-model.js';
import type { Architecture, DeadOperations, SearchSpace } from '../spaces/space.js';

/** How an architecture becomes a network that runs. */
export interface NetworkOptions {
  /** `pruned` leaves out what cannot reach the output, and arithmetic on zeros, as LatBench did. */
  readonly deadOperations: DeadOperations;
  /** Images per run; `dynamic` leaves it to whoever runs the model. */
  readonly batch: number | 'dynamic';
  /** Height and width of the images, where they differ from the space's own. */
  readonly imageSize?: number;
  /** Of the weights. */
  readonly seed: number;
}

/** The operators that run when an architecture is measured. */
export function measuredNetwork(
  space: SearchSpace,
  architecture: Architecture,
  { deadOperations, imageSize }: Pick<NetworkOptions, 'deadOperations' | 'imageSize'>,
): OperatorGraph {
  const network =
    deadOperations === 'pruned'
      ? withoutZeros(space.toNetwork(space.prune(architecture)))
      : space.toNetwork(architecture);
  return imageSize === undefined ? network : withImageSize(network, imageSize);
}

/** The bytes of an architecture's ONNX model, which says in its metadata what it is. */
export function architectureModel(
  space: SearchSpace,
  architecture: Architecture,
  options: NetworkOptions,
): Uint8Array {
  return networkModel(measuredNetwork(space, architecture, options), {
    ...options,
    metadata: {
      space: space.name,
      architecture: space.format(architecture),
      deadOperations: options.deadOperations,
      seed: String(options.seed),
    },
  });
}

/** Architectures among which the reference has the middle number of MACs. */
const REFERENCE_DRAWS = 51;

/** A network of middling size, the same one for every run in a space, that is measured again and again for drift. */
export function referenceArchitecture(space: SearchSpace): Architecture {
  const random = new Random(0);
  const drawn: Architecture[] = [];
  while (drawn.length < REFERENCE_DRAWS) {
    const architecture = space.sample(random);
    if (space.isConnected(architecture)) drawn.push(space.prune(architecture));
  }
  drawn.sort((a, b) => space.macs(a) - space.macs(b));
  return drawn[(REFERENCE_DRAWS - 1) / 2];
}
