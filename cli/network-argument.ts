import { Option } from 'commander';
import { InputError } from '../src/base/errors.js';
import { publishedNetwork } from '../src/network/zoo/index.js';
import type { ReadNetwork } from '../src/onnx/read/read-network.js';
import { spaceNamed } from '../src/spaces/registry.js';
import { type InputSizes, isOnnxFile, readOnnxFile, shapeOption } from './onnx-file.js';
import { integer, spaceOption } from './options.js';

/** Help text of an argument that names a network. */
export const NETWORK_ARGUMENT =
  'an .onnx file, or the canonical string of an architecture; not with --network';

/** Options that name a network instead of the argument. */
export const networkOptions = (): Option[] => [
  new Option('--network <name>', 'published network (see `tempograph networks`)'),
  new Option('--image-size <pixels>', 'height and width of its images (default: as published)').argParser(
    integer('image-size', 8),
  ),
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
 * The network named by an argument or its options, and remarks about it for the user.
 *
 * @throws InputError if none or two are named, or the file or the text is wrong
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
