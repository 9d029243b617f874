import { Option } from 'commander';
import { InputError } from '../src/base/errors.js';
import { publishedNetwork } from '../src/network/zoo/index.js';
import type { ReadNetwork } from '../src/onnx/read/read-network.js';
import { spaceNamed } from '../src/spaces/registry.js';
import { type InputSizes, isOnnxFile, readOnnxFile, shapeOption } from './onnx-file.js';
import { integer, spaceOption } from './options.js';

/** What a command's argument that names a network may be. */
export const NETWORK_ARGUMENT =
  'an .onnx file, or canonical string of a search space, unless a --network is named';

/** Options that say which network is meant, beside the argument. */
export const networkOptions = (): Option[] => [
  new Option('--network <name>', 'published network (see `tempograph networks`)'),
  new Option('--image-size <pixels>', 'height and width of its images').argParser(integer('image-size', 8)),
  spaceOption(),
  shapeOption(),
];

export interface NetworkFlags {
  readonly network?: string;
  readonly imageSize?: number;
  readonly space: string;
  readonly shape?: InputSizes;
}

/**
 * The network that an argument and its options name, and what is to be said of it.
 *
 * @throws InputError if none or two are named, or for what is wrong with the file or the text
 */
export async function networkArgument(
  given: string | undefined,
  { network, imageSize, space: name, shape }: NetworkFlags,
): Promise<ReadNetwork> {
  if (network !== undefined && given === undefined) {
    return { network: publishedNetwork(network, imageSize), notes: [] };
  }
  if (network !== undefined || given === undefined) {
    throw new InputError('name either an .onnx file, an architecture or a --network');
  }
  if (isOnnxFile(given)) return readOnnxFile(given, shape);
  const space = spaceNamed(name);
  return { network: space.toNetwork(space.prune(space.parse(given))), notes: [] };
}
