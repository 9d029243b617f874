import { Random } from '../base/random.js';
import type { OperatorGraph } from '../network/graph.js';
import { withImageSize } from '../network/image-size.js';
import { withoutZeros } from '../network/zeros.js';
import { networkModel } from '../onnx/write/network-model.js';
import type { Architecture, DeadOperations, SearchSpace } from '../spaces/space.js';

/** How to turn an architecture into a network that runs. */
export interface NetworkOptions {
  /** `pruned` removes operations that do not reach the output, and arithmetic on zeros, as LatBench did. */
  readonly deadOperations: DeadOperations;
  /** Images per run; `dynamic` leaves it open in the model. */
  readonly batch: number | 'dynamic';
  /** Height and width of the images, if they differ from the space's own. */
  readonly imageSize?: number;
  /** Seed of the weights. */
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

/**
 * The bytes of an architecture's ONNX model, with random weights and a description in its metadata.
 *
 * @throws InputError if the architecture has no network, or its network does not take images of the given size
 */
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

/** Number of random architectures, of which the one with the median MACs is the reference. */
const REFERENCE_DRAWS = 51;

/** The network that is measured again and again to detect drift: of average size, and always the same for a space. */
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
